//! What the functions are given.

use std::collections::BTreeSet;
use std::fs;

use matinee_integration::workspace;
use serde_json::Value;

use crate::template::{parameters, placeholders, resources, template};

/// Documented variables that the deployed functions have no use for: they take their models from
/// the bucket, and what they log is a parameter.
const NOT_DEPLOYED: [&str; 3] = [
    "MODEL_DIR",
    "AWS_LAMBDA_LOG_LEVEL",
    // Given by Lambda.
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
];

/// The variables that some functions alone are given, and which.
const OF_SOME: [(&str, &str); 17] = [
    ("ALEXA_SKILL_ID", "AlexaFunction"),
    ("VIEWER_ID_KEY", "AlexaFunction"),
    ("WATCHED_FRACTION", "RecommendFunction"),
    ("PERSONALIZE_API_KEY_ID", "RecommendFunction"),
    ("PERSONALIZE_API_SECRET", "RecommendFunction"),
    ("RECOMMENDER", "RecommendFunction"),
    ("PERSONALIZE_CAMPAIGN_ARN", "RecommendFunction"),
    ("FILMS_TABLE", "FeedbackFunction"),
    ("DEAD_LETTER_QUEUE_URL", "FeedbackFunction"),
    (
        "DATA_BUCKET",
        "BatchFunction FeedbackFunction RecommendFunction TrainFunction",
    ),
    ("LOG_PREFIX", "BatchFunction FeedbackFunction TrainFunction"),
    ("CATALOGUE_PREFIX", "BatchFunction TrainFunction"),
    (
        "ITEMS_PREFIX",
        "BatchFunction RecommendFunction TrainFunction",
    ),
    ("DENSE_FILMS", "TrainFunction"),
    ("THING_NAME", "PredictFunction"),
    ("LEGACY_SHADOW_KEYS", "PredictFunction"),
    (
        "MODEL_BUCKET",
        "AlexaFunction BatchFunction PredictFunction RecommendFunction TrainFunction",
    ),
];

fn variables(of: &Value) -> BTreeSet<String> {
    let variables = of["Environment"]["Variables"].as_object();
    variables
        .into_iter()
        .flatten()
        .map(|(n, _)| n.clone())
        .collect()
}

#[test]
fn the_functions_are_given_the_variables_that_they_read() {
    let Some(template) = template() else { return };
    let mut set = variables(&template["Globals"]["Function"]);
    for (name, function) in resources(&template, "AWS::Serverless::Function") {
        let given = variables(function);
        for (variable, owners) in OF_SOME {
            assert_eq!(
                given.contains(variable),
                owners.split(' ').any(|owner| name == owner),
                "{name}: {variable}"
            );
        }
        set.extend(given);
    }
    // The table at the top of the module that reads them: `| `NAME` | default | meaning |`.
    let source = fs::read_to_string(workspace().join("shared/aws/src/settings.rs")).unwrap();
    let read: BTreeSet<String> = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !NOT_DEPLOYED.contains(&name.as_str()))
        .collect();
    assert_eq!(set, read);
}

/// SAM publishes no version when only a parameter's value changed, unless the description did.
#[test]
fn a_version_names_every_parameter_that_it_depends_on_and_none_besides() {
    let Some(template) = template() else { return };
    let globals = parameters(&template, &template["Globals"]["Function"]);
    for (name, function) in resources(&template, "AWS::Serverless::Function") {
        let described = function["VersionDescription"]["Fn::Sub"].as_str().unwrap();
        let mut rest = function.clone();
        // Who calls it is not its own.
        for field in ["VersionDescription", "Events"] {
            rest.as_object_mut().unwrap().remove(field);
        }
        let mut depends = parameters(&template, &rest);
        depends.extend(globals.clone());
        assert_eq!(placeholders(described), depends, "{name}");
    }
}

/// Lambda's limit, in characters.
const LONGEST_DESCRIPTION: usize = 256;

#[test]
fn a_versions_description_has_room_for_the_longest_values() {
    let Some(template) = template() else { return };
    for (name, function) in resources(&template, "AWS::Serverless::Function") {
        let described = function["VersionDescription"]["Fn::Sub"].as_str().unwrap();
        let mut length = described.len();
        for parameter in placeholders(described) {
            let longest = longest(&template["Parameters"][&parameter]);
            length = length + longest - format!("${{{parameter}}}").len();
        }
        assert!(length <= LONGEST_DESCRIPTION, "{name}: {length}");
    }
}

/// The most characters of a parameter's value; of a fraction, those of four decimals.
fn longest(parameter: &Value) -> usize {
    if let Some(values) = parameter["AllowedValues"].as_array() {
        let lengths = values.iter().map(|value| value.as_str().unwrap().len());
        return lengths.max().unwrap();
    }
    match (&parameter["MaxLength"], &parameter["MaxValue"]) {
        (Value::Number(characters), _) => characters.as_u64().unwrap().try_into().unwrap(),
        (_, most) if *most == 1 => "0.1234".len(),
        (_, Value::Number(most)) => most.to_string().len(),
        _ => panic!("nothing bounds the length of {parameter}"),
    }
}

#[test]
fn every_parameter_is_explained_labelled_and_grouped() {
    let Some(template) = template() else { return };
    let docs = fs::read_to_string(workspace().join("docs/deployment.md")).unwrap();
    let interface = &template["Metadata"]["AWS::CloudFormation::Interface"];
    let groups = interface["ParameterGroups"].as_array().unwrap();
    let grouped: Vec<&str> = groups
        .iter()
        .flat_map(|group| group["Parameters"].as_array().unwrap())
        .map(|name| name.as_str().unwrap())
        .collect();
    for name in template["Parameters"].as_object().unwrap().keys() {
        assert_eq!(grouped.iter().filter(|n| *n == name).count(), 1, "{name}");
        assert!(
            interface["ParameterLabels"][name]["default"].is_string(),
            "{name}"
        );
        let row = format!("| `{name}` |");
        assert!(
            docs.contains(&row),
            "docs/deployment.md does not explain {name}"
        );
    }
}

#[test]
fn every_output_is_explained() {
    let Some(template) = template() else { return };
    let docs = fs::read_to_string(workspace().join("docs/deployment.md")).unwrap();
    for name in template["Outputs"].as_object().unwrap().keys() {
        let row = format!("| `{name}` |");
        assert!(
            docs.contains(&row),
            "docs/deployment.md does not explain {name}"
        );
    }
}
