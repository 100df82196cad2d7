//! The state machines, and what they may do.

use std::collections::BTreeSet;
use std::fs;

use matinee_integration::workspace;
use serde_json::{Value, json};

use crate::template::{each, placeholders, resources, said, template};

/// What begins the resource of a task of Personalize.
const PERSONALIZE: &str = ":states:::aws-sdk:personalize:";

/// The kind of thing that an operation is about, as its ARN names it.
const KINDS: [(&str, &str); 7] = [
    ("DatasetImportJob", "dataset-import-job/"),
    ("DatasetGroup", "dataset-group/"),
    ("BatchInferenceJob", "batch-inference-job/"),
    ("Dataset", "dataset/"),
    ("Schema", "schema/"),
    ("Solution", "solution/"),
    ("Campaign", "campaign/"),
];

fn definition(machine: &Value) -> Value {
    let path = machine["DefinitionUri"].as_str().unwrap();
    serde_json::from_slice(&fs::read(workspace().join(path)).unwrap()).unwrap()
}

/// Every state, those within maps and branches included.
fn states(definition: &Value) -> Vec<&Value> {
    let own = definition["States"].as_object().unwrap().values();
    let mut all = Vec::new();
    for state in own {
        all.push(state);
        if !state["ItemProcessor"].is_null() {
            all.extend(states(&state["ItemProcessor"]));
        }
        let branches = state["Branches"].as_array();
        all.extend(branches.into_iter().flatten().flat_map(states));
    }
    all
}

#[test]
fn everything_in_a_definition_is_filled_in_and_nothing_besides() {
    let Some(template) = template() else { return };
    for (name, machine) in resources(&template, "AWS::Serverless::StateMachine") {
        let text = definition(machine).to_string();
        let filled = machine["DefinitionSubstitutions"].as_object().unwrap();
        let filled: BTreeSet<String> = filled.keys().cloned().collect();
        assert_eq!(placeholders(&text), filled, "{name}");
        // Only who asks for it has it.
        assert!(
            template["Resources"][name]["Condition"].is_string(),
            "{name}"
        );
    }
    for parameter in ["BatchLists", "PersonalizeTraining"] {
        assert_eq!(template["Parameters"][parameter]["Default"], "off");
    }
}

#[test]
fn the_role_for_personalize_may_call_what_the_tasks_call_on_the_stacks_own_and_no_more() {
    let Some(template) = template() else { return };
    let resources = &template["Resources"];
    let definition = definition(&resources["PersonalizeMachine"]["Properties"]);
    let called: BTreeSet<String> = states(&definition)
        .iter()
        .filter_map(|state| state["Resource"].as_str()?.split_once(PERSONALIZE))
        .map(|(_, action)| {
            let (first, rest) = action.split_at(1);
            format!("personalize:{}{rest}", first.to_uppercase())
        })
        .collect();
    assert!(called.len() > 15, "{called:?}");
    let role = &resources["PersonalizeMachineRole"]["Properties"]["Policies"][0];
    let mut allowed = BTreeSet::new();
    for statement in each(&role["PolicyDocument"]["Statement"]) {
        let on: Vec<String> = each(&statement["Resource"]).into_iter().map(said).collect();
        for action in each(&statement["Action"]).into_iter().map(said) {
            let Some(operation) = action.strip_prefix("personalize:") else {
                continue;
            };
            let kind = KINDS.iter().find(|(kind, _)| operation.contains(kind));
            let (_, kind) = kind.unwrap_or_else(|| panic!("{operation}"));
            let of = |arn: &String| arn.contains(&format!(":{kind}${{AWS::StackName}}"));
            // A solution is made in a group and by a recipe, too.
            let beside = operation == "CreateSolution";
            assert!(on.iter().any(of) || beside, "{action}: {on:?}");
            allowed.insert(action);
        }
        for arn in on.iter().filter(|arn| arn.contains(":personalize:")) {
            let recipe = arn.ends_with(":personalize:::recipe/*");
            assert!(recipe || arn.contains("${AWS::AccountId}:"), "{arn}");
            assert!(recipe || arn.contains("/${AWS::StackName}"), "{arn}");
        }
        if said(&statement["Action"]) == "iam:PassRole" {
            let to = &statement["Condition"]["StringEquals"]["iam:PassedToService"];
            assert_eq!(to, "personalize.amazonaws.com");
        }
    }
    assert_eq!(allowed, called);
}

#[test]
fn every_task_is_tried_again_and_every_pause_grows() {
    let Some(template) = template() else { return };
    for (name, machine) in resources(&template, "AWS::Serverless::StateMachine") {
        let definition = definition(machine);
        for state in states(&definition) {
            if state["Type"] == "Task" {
                let retries = state["Retry"].as_array().unwrap();
                assert!(!retries.is_empty(), "{name}: {state}");
                for retry in retries {
                    assert!(
                        retry["BackoffRate"].as_f64() >= Some(1.5),
                        "{name}: {state}"
                    );
                }
            }
            if state["Type"] == "Wait" {
                assert_eq!(state["SecondsPath"], "$.poll.seconds", "{name}: {state}");
            }
        }
    }
}

#[test]
fn lists_are_made_by_a_distributed_map() {
    let Some(template) = template() else { return };
    let machine = &template["Resources"]["BatchMachine"]["Properties"];
    let definition = definition(machine);
    let map = &definition["States"]["MakeLists"];
    let config = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    assert_eq!(map["ItemProcessor"]["ProcessorConfig"], config);
    // A list that is missing would not be noticed.
    assert_eq!(map["ToleratedFailureCount"], 0);
    // Of what a new account has for all of its functions some are left.
    assert!(map["MaxConcurrency"].as_u64() > Some(0));
    assert_eq!(machine["Name"]["Fn::Sub"], "${AWS::StackName}-batch");
}

#[test]
fn lists_for_all_viewers_are_made_as_those_for_one_are() {
    let Some(template) = template() else { return };
    let variables = |function: &str| {
        let function = &template["Resources"][function]["Properties"];
        function["Environment"]["Variables"].clone()
    };
    let (batch, recommend) = (variables("BatchFunction"), variables("RecommendFunction"));
    for variable in ["TASTE_HALF_LIFE_DAYS", "EXPLORED_SHARE"] {
        assert_eq!(batch[variable], recommend[variable], "{variable}");
    }
    let function = |name: &str| template["Resources"][name]["Properties"]["CodeUri"].clone();
    assert_eq!(function("BatchFunction"), function("TrainFunction"));
}
