//! How devices are answered, and what they may do.

use std::collections::BTreeSet;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use matinee::rating::{PredictionRequest, RejectionCode, ThingName, thing_asking};
use matinee_integration::workspace;
use serde_json::{Value, json};

use crate::rule::Rule;
use crate::template::{each, resources, said, template};

/// The most characters of a policy of AWS IoT, without spaces.
const MAX_POLICY: usize = 2_048;

/// A device, wherever a policy means the one that is connected.
const OWN: &str = "${!iot:Connection.Thing.ThingName}";

/// The rules that call the Predict function, by name.
fn request_rules(template: &Value) -> Vec<(&str, &Value)> {
    let mut rules = resources(template, "AWS::IoT::TopicRule");
    rules.retain(|(_, rule)| !rule["TopicRulePayload"]["Actions"][0]["Lambda"].is_null());
    assert!(!rules.is_empty());
    rules
}

#[test]
fn what_the_rules_make_of_devices_requests_is_understood() {
    let Some(template) = template() else { return };
    let scenario = workspace().join("events/predict/film-request.json");
    let scenario: Value = serde_json::from_slice(&fs::read(scenario).unwrap()).unwrap();
    let film = scenario["shown"].to_string();
    let mut things = BTreeSet::new();
    for (name, rule) in request_rules(&template) {
        let rule = &rule["TopicRulePayload"];
        let sql = Rule::read(name, rule);
        let topic = sql.filter.replace('+', "LivingRoom");
        let thing = thing_asking(&topic, &ThingName::default()).unwrap();
        // What is no JSON comes through like everything else.
        for (payload, expected) in [
            (film.as_bytes(), None),
            (b"{\"title\":", Some(RejectionCode::InvalidJson)),
            (b"[1]", Some(RejectionCode::InvalidRequest)),
            (b"", Some(RejectionCode::InvalidJson)),
            (&[0xff, 0x00], Some(RejectionCode::InvalidJson)),
        ] {
            let made = sql.apply(payload, &topic);
            for (field, value) in made.as_object().unwrap() {
                assert_eq!(value.is_string(), scenario[field].is_string(), "{field}");
            }
            assert_eq!(made["matinee_topic"], topic, "{name}");
            let passed_on = STANDARD.decode(made["matinee_payload"].as_str().unwrap());
            let read = PredictionRequest::read(&passed_on.unwrap(), &thing);
            assert_eq!(read.err().map(|rejection| rejection.code), expected);
        }
        things.insert((sql.filter, thing.to_string()));

        let called = &rule["Actions"][0]["Lambda"]["FunctionArn"];
        assert_eq!(said(called), "PredictFunction.Alias", "{name}");
        let error = &rule["ErrorAction"]["Sqs"];
        assert_eq!(said(&error["QueueUrl"]), "DeadLetterQueue", "{name}");
        assert_eq!(said(&error["RoleArn"]), "DevicesRole.Arn", "{name}");
        let disabled = json!(["HasPredictions", false, true]);
        assert_eq!(rule["RuleDisabled"]["Fn::If"], disabled, "{name}");
    }
    let expected = [
        ("filmrequest", "MovieSelector"),
        ("matinee/+/request", "LivingRoom"),
    ];
    let expected = expected.map(|(filter, thing)| (filter.to_owned(), thing.to_owned()));
    assert_eq!(things, BTreeSet::from(expected));
}

#[test]
fn each_rule_may_call_the_function_and_no_other_accounts_may() {
    let Some(template) = template() else { return };
    let mut allowed = BTreeSet::new();
    for (name, permission) in resources(&template, "AWS::Lambda::Permission") {
        assert_eq!(permission["Action"], "lambda:InvokeFunction", "{name}");
        if permission["Principal"] != "iot.amazonaws.com" {
            continue;
        }
        assert_eq!(
            said(&permission["SourceAccount"]),
            "AWS::AccountId",
            "{name}"
        );
        assert_eq!(
            said(&permission["FunctionName"]),
            "PredictFunction.Alias",
            "{name}"
        );
        allowed.insert(said(&permission["SourceArn"]));
    }
    let rules = request_rules(&template);
    let rules = rules.iter().map(|(name, _)| format!("{name}.Arn"));
    assert_eq!(allowed, rules.collect());
}

#[test]
fn a_request_that_fails_comes_again_twice_and_is_heard_of() {
    let Some(template) = template() else { return };
    let config = &template["Resources"]["PredictInvokeConfig"]["Properties"];
    assert_eq!(said(&config["FunctionName"]), "PredictFunction");
    let qualifier = json!([7, {"Fn::Split": [":", {"Ref": "PredictFunction.Alias"}]}]);
    assert_eq!(config["Qualifier"]["Fn::Select"], qualifier);
    assert_eq!(config["MaximumRetryAttempts"], 2);
    let failed = &config["DestinationConfig"]["OnFailure"]["Destination"];
    assert_eq!(said(failed), "DeadLetterQueue.Arn");
}

#[test]
fn the_thing_of_old_is_the_functions_default() {
    let Some(template) = template() else { return };
    let things = resources(&template, "AWS::IoT::Thing");
    assert_eq!(things.len(), 1);
    assert_eq!(said(&things[0].1["ThingName"]), "ThingName");
    assert_eq!(
        template["Resources"]["Thing"]["Condition"],
        "HasPredictions"
    );
    let parameter = &template["Parameters"]["ThingName"];
    assert_eq!(parameter["Default"], ThingName::default().as_str());
    let variables = &template["Resources"]["PredictFunction"]["Properties"]["Environment"];
    assert_eq!(said(&variables["Variables"]["THING_NAME"]), "ThingName");
}

/// What a policy allows: `iot:Publish topic/matinee/<own>/request`, and on which conditions.
fn allowed(policy: &Value) -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for statement in each(&policy["PolicyDocument"]["Statement"]) {
        assert_eq!(statement["Effect"], "Allow");
        let condition = &statement["Condition"];
        let condition = match condition {
            Value::Null => String::new(),
            condition => format!(" if {condition}"),
        };
        for action in each(&statement["Action"]) {
            for resource in each(&statement["Resource"]) {
                let resource = said(resource);
                let ours = "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:";
                let resource = resource.strip_prefix(ours).unwrap();
                let resource = resource.replace(OWN, "<own>");
                allowed.insert(format!("{} {resource}{condition}", said(action)));
            }
        }
    }
    allowed
}

#[test]
fn a_device_speaks_and_hears_of_itself_alone() {
    let Some(template) = template() else { return };
    let policy = |name: &str| allowed(&template["Resources"][name]["Properties"]);
    let expected = [
        r#"iot:Connect client/<own> if {"Bool":{"iot:Connection.Thing.IsAttached":"true"}}"#,
        "iot:Publish topic/matinee/<own>/request",
        "iot:Publish topic/matinee/<own>/feedback",
        "iot:Publish topic/$aws/things/<own>/shadow/*",
        "iot:Publish topic/$aws/rules/${ThingRequestRule}/matinee/<own>/request",
        "iot:Publish topic/$aws/rules/${ThingFeedbackRule}/matinee/<own>/feedback",
        "iot:Subscribe topicfilter/matinee/<own>/prediction/*",
        "iot:Subscribe topicfilter/matinee/<own>/rejected",
        "iot:Subscribe topicfilter/$aws/things/<own>/shadow/*",
        "iot:Receive topic/matinee/<own>/prediction/*",
        "iot:Receive topic/matinee/<own>/rejected",
        "iot:Receive topic/$aws/things/<own>/shadow/*",
    ];
    assert_eq!(policy("DevicePolicy"), expected.map(str::to_owned).into());
    let only = r#"if {"StringEquals":{"iot:Connection.Thing.ThingName":{"Ref":"ThingName"}}}"#;
    let expected = ["filmrequest", "filmupdate"];
    let expected = expected.map(|topic| format!("iot:Publish topic/{topic} {only}"));
    assert_eq!(policy("OldDevicePolicy"), expected.into());
}

/// With the longest names that AWS gives, in a region with a long one.
#[test]
fn every_policy_is_as_short_as_aws_iot_takes_it() {
    let Some(template) = template() else { return };
    for (name, policy) in resources(&template, "AWS::IoT::Policy") {
        let mut text = policy["PolicyDocument"].to_string();
        for (placeholder, value) in [
            ("{\"Fn::Sub\":", ""),
            ("${AWS::Partition}", "aws"),
            ("${AWS::Region}", "ap-southeast-2"),
            ("${AWS::AccountId}", "123456789012"),
            ("${ThingRequestRule}", &"x".repeat(128)),
            ("${ThingFeedbackRule}", &"x".repeat(128)),
            ("{\"Ref\":\"ThingName\"}", &"x".repeat(130)),
        ] {
            text = text.replace(placeholder, value);
        }
        assert!(text.len() <= MAX_POLICY, "{name}: {}", text.len());
    }
}
