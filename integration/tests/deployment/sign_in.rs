//! Who may ask about viewers.

use serde_json::{Value, json};

use crate::template::{resources, said, template};

#[test]
fn calls_about_viewers_take_a_token_where_there_is_a_sign_in() {
    let Some(template) = template() else { return };
    let (_, api) = resources(&template, "AWS::Serverless::HttpApi")[0];
    let body = &api["DefinitionBody"];
    let route = &body["paths"]["/viewers/{proxy+}"]["x-amazon-apigateway-any-method"];
    let security = json!(["HasSignIn", [{"SignedIn": []}], {"Ref": "AWS::NoValue"}]);
    assert_eq!(route["security"]["Fn::If"], security);

    let components = &body["components"]["Fn::If"];
    assert_eq!(components[0], "HasSignIn");
    let authorizer =
        &components[1]["securitySchemes"]["SignedIn"]["x-amazon-apigateway-authorizer"];
    assert_eq!(authorizer["type"], "jwt");
    assert_eq!(
        authorizer["identitySource"],
        "$request.header.Authorization"
    );
    assert_eq!(said(&authorizer["jwtConfiguration"]["issuer"]), "JwtIssuer");
    let audience = &authorizer["jwtConfiguration"]["audience"]["Fn::Split"];
    assert_eq!(
        (&audience[0], said(&audience[1])),
        (&json!(","), "JwtAudience".to_owned())
    );
}

/// A browser's question before the call comes without a token.
#[test]
fn the_function_is_behind_every_route_and_the_preflight_is_open() {
    let Some(template) = template() else { return };
    let all = resources(&template, "AWS::Serverless::Function");
    let (_, function) = all
        .iter()
        .find(|(name, _)| *name == "RecommendFunction")
        .unwrap();
    let events = function["Events"].as_object().unwrap().values();
    let mut routes: Vec<(&str, &str)> = events
        .map(|event| {
            assert_eq!(event["Type"], "HttpApi");
            let event = &event["Properties"];
            assert_eq!(event["PayloadFormatVersion"], "2.0");
            let text = |field: &str| event[field].as_str().unwrap_or_default();
            (text("Method"), text("Path"))
        })
        .collect();
    routes.sort_unstable();
    let viewers = "/viewers/{proxy+}";
    assert_eq!(routes, [("", ""), ("ANY", viewers), ("OPTIONS", viewers)]);
    let (_, api) = resources(&template, "AWS::Serverless::HttpApi")[0];
    let paths = &api["DefinitionBody"]["paths"];
    assert_eq!(paths[viewers]["options"], Value::Null);

    let cors = &api["CorsConfiguration"]["Fn::If"][1];
    assert_eq!(cors["AllowMethods"], json!(["GET", "POST", "DELETE"]));
    assert_eq!(
        cors["AllowHeaders"],
        json!(["authorization", "content-type"])
    );
}

#[test]
fn issuer_and_audience_are_given_together_or_not_at_all() {
    let Some(template) = template() else { return };
    let given = |name: &str| json!({"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]});
    let mut found: Vec<(Value, Value)> = template["Rules"]
        .as_object()
        .unwrap()
        .values()
        .filter(|rule| rule["RuleCondition"].to_string().contains("Jwt"))
        .map(|rule| {
            (
                rule["RuleCondition"].clone(),
                rule["Assertions"][0]["Assert"].clone(),
            )
        })
        .collect();
    found.sort_by_key(|(when, _)| when.to_string());
    let (issuer, audience) = (given("JwtIssuer"), given("JwtAudience"));
    assert_eq!(
        found,
        [(audience.clone(), issuer.clone()), (issuer, audience)]
    );
}

/// Nothing may cost at rest: a secret does, so each exists only where it is used.
#[test]
fn secrets_are_made_once_and_only_for_those_who_need_them() {
    let Some(template) = template() else { return };
    let all = resources(&template, "AWS::Serverless::Function");
    let mut found = Vec::new();
    for (name, secret) in resources(&template, "AWS::SecretsManager::Secret") {
        let generated = &secret["GenerateSecretString"];
        assert!(generated["PasswordLength"].as_u64() >= Some(40), "{name}");
        assert_eq!(generated["ExcludePunctuation"], true);
        let resource = &template["Resources"][name];
        let text = |field: &str| resource[field].as_str().unwrap().to_owned();
        assert_eq!(text("DeletionPolicy"), text("UpdateReplacePolicy"));
        let condition = text("Condition");
        let reference = format!("{{{{resolve:secretsmanager:${{{name}}}:SecretString}}}}");
        let given = json!([condition, {"Fn::Sub": reference}, ""]);
        for (function, properties) in &all {
            let variables = properties["Environment"]["Variables"].as_object();
            for (variable, value) in variables.into_iter().flatten() {
                if value["Fn::If"] == given {
                    let kept = text("DeletionPolicy");
                    found.push(format!("{function} {variable} {condition} {kept}"));
                }
            }
        }
    }
    found.sort_unstable();
    let expected = [
        "AlexaFunction VIEWER_ID_KEY HasAlexaSkill Retain",
        "RecommendFunction PERSONALIZE_API_SECRET HasPersonalizeApi Delete",
    ];
    assert_eq!(found, expected);
}
