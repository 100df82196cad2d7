//! The state machines of the deployed system: valid, and run in moto's interpreter. Their tasks of Amazon
//! Personalize are real calls by boto3, held against botocore's model of the service.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use matinee_integration::lambda::{Moto, Run, States, program};
use matinee_integration::workspace;
use serde_json::{Value, json};

const FILLED: [(&str, &str); 6] = [
    ("Partition", "aws"),
    ("Name", "films"),
    ("Arn", "arn:aws:personalize:us-east-1:123456789012"),
    ("Bucket", "films-data"),
    (
        "PersonalizeRole",
        "arn:aws:iam::123456789012:role/films-personalize",
    ),
    (
        "Function",
        "arn:aws:lambda:us-east-1:123456789012:function:films-batch:live",
    ),
];

/// A machine in an interpreter.
struct House {
    states: States,
    machine: String,
    _moto: Moto,
}

impl House {
    fn new() -> Option<Self> {
        let moto = Moto::start_with_states()?;
        let states = moto.states();
        let machine = states.create("personalize.asl.json", &FILLED);
        Some(Self {
            states,
            machine,
            _moto: moto,
        })
    }

    fn run(&self, script: &Value, input: &Value) -> Run {
        self.states.script(script);
        self.states.run(&self.machine, input)
    }

    /// What is there, without what all ARNs begin with.
    fn there(&self) -> BTreeSet<String> {
        let (_, there) = self.states.asked();
        let behind = |arn: String| arn.rsplit_once("123456789012:").unwrap().1.to_owned();
        there.into_iter().map(behind).collect()
    }

    fn requests(&self, operation: &str) -> Vec<Value> {
        let (calls, _) = self.states.asked();
        let calls = calls.into_iter().filter(|(of, _)| of == operation);
        calls.map(|(_, request)| request).collect()
    }
}

/// What the function answers that exports.
fn exported(run: &str) -> Value {
    let dataset = |kind: &str, name: &str, location: &str| json!({"type": kind, "name": name, "schema": "{\"type\":\"record\"}", "location": location});
    json!({
        "run": run,
        "ready": true,
        "missing": "",
        "datasets": [
            dataset("INTERACTIONS", "interactions", "personalize/interactions/"),
            dataset("ITEMS", "items", "personalize/items.csv"),
            dataset("USERS", "users", "personalize/users.csv"),
        ],
        "report": {},
    })
}

fn wanted(for_you: &str, similar: &str, ranking: &str) -> Value {
    json!({"deploy": {"for_you": for_you, "similar": similar, "ranking": ranking}})
}

#[test]
fn the_state_machines_are_valid() {
    let Some(statelint) = program("statelint") else {
        return;
    };
    let folder = workspace().join("statemachines");
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let output = Command::new(&statelint).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !said.contains("error"), "{said}");
        // What a state machine does is what people look for when it fails.
        let definition: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert!(definition["TimeoutSeconds"].as_u64() > Some(0), "{file:?}");
        let comment = definition["Comment"].as_str().unwrap();
        let doc = comment.split("docs/").nth(1).unwrap();
        let doc = doc.split(".md").next().unwrap();
        assert!(
            workspace().join(format!("docs/{doc}.md")).is_file(),
            "{comment}"
        );
    }
}

#[test]
fn a_first_run_makes_everything_and_the_next_only_updates() {
    let Some(house) = House::new() else { return };
    let script = json!({"answers": [exported("20260302030000")]});
    let run = house.run(&script, &wanted("campaign", "batch", "campaign"));
    assert_eq!(run.status, "SUCCEEDED", "{run:?}");
    let there = house.there();
    for arn in [
        "dataset-group/films",
        "dataset/films/INTERACTIONS",
        "dataset/films/ITEMS",
        "dataset/films/USERS",
        "schema/films-users",
        "dataset-import-job/films-interactions-20260302030000",
        "solution/films-for-you/00000001",
        "campaign/films-for-you",
        "campaign/films-ranking",
        "batch-inference-job/films-similar-20260302030000",
    ] {
        assert!(there.contains(arn), "{arn} is missing in {there:?}");
    }
    assert!(!there.contains("campaign/films-similar"));
    let solutions = house.requests("CreateSolution");
    let recipes: BTreeSet<&str> = solutions
        .iter()
        .map(|request| {
            request["recipeArn"]
                .as_str()
                .unwrap()
                .rsplit_once('/')
                .unwrap()
                .1
        })
        .collect();
    let expected = [
        "aws-personalized-ranking-v2",
        "aws-similar-items",
        "aws-user-personalization-v2",
    ];
    assert_eq!(recipes, BTreeSet::from(expected));
    for solution in &solutions {
        assert_eq!(solution["performAutoTraining"], false, "{solution}");
    }
    let imports = house.requests("CreateDatasetImportJob");
    assert_eq!(imports.len(), 3);
    for import in imports {
        assert_eq!(import["importMode"], "FULL");
        let from = import["dataSource"]["dataLocation"].as_str().unwrap();
        assert!(from.starts_with("s3://films-data/personalize/"), "{from}");
    }
    assert_eq!(house.requests("CreateBatchInferenceJob").len(), 1);
    assert_eq!(house.requests("Invoke"), [json!({"export": {}})]);

    let script = json!({"answers": [exported("20260303030000")]});
    let run = house.run(&script, &wanted("campaign", "none", "none"));
    assert_eq!(run.status, "SUCCEEDED", "{run:?}");
    let there = house.there();
    assert!(
        there.contains("solution/films-for-you/00000002"),
        "{there:?}"
    );
    assert!(there.contains("campaign/films-for-you"));
    let [update] = &house.requests("UpdateCampaign")[..] else {
        panic!("expected one update")
    };
    let version = update["solutionVersionArn"].as_str().unwrap();
    assert!(version.ends_with("films-for-you/00000002"), "{version}");
    // A campaign is billed by the hour: what is not wanted any more is gone, and first of all.
    for gone in [
        "campaign/films-ranking",
        "solution/films-ranking",
        "solution/films-similar",
    ] {
        assert!(!there.contains(gone), "{gone} is there still");
    }
    let (calls, _) = house.states.asked();
    let place = |of: &str| calls.iter().position(|(operation, _)| operation == of);
    assert!(place("DeleteCampaign") < place("Invoke"), "{calls:?}");

    // To the last: nothing of it is left.
    let run = house.run(&json!({}), &json!({"teardown": true}));
    assert_eq!(run.status, "SUCCEEDED", "{run:?}");
    assert_eq!(house.there(), BTreeSet::new());
    assert_eq!(house.requests("Invoke").len(), 0);
    // And what is not there can be torn down again.
    let again = house.run(&json!({}), &json!({"teardown": true}));
    assert_eq!(again.status, "SUCCEEDED", "{again:?}");
}

#[test]
fn what_personalize_is_too_busy_for_is_tried_again() {
    let Some(house) = House::new() else { return };
    let busy =
        json!({"CreateDatasetImportJob": 2, "CreateSolutionVersion": 2, "CreateCampaign": 1});
    let script = json!({"answers": [exported("20260302030000")], "busy": busy});
    let run = house.run(&script, &wanted("campaign", "none", "none"));
    assert_eq!(run.status, "SUCCEEDED", "{run:?}");
    assert_eq!(house.requests("CreateDatasetImportJob").len(), 3 + 2);
    assert_eq!(house.requests("CreateSolutionVersion").len(), 1 + 2);
    assert_eq!(house.requests("CreateCampaign").len(), 1 + 1);
}

#[test]
fn a_training_whose_beginning_nobody_was_told_of_is_not_begun_again() {
    let Some(house) = House::new() else { return };
    let lost = json!({"CreateSolutionVersion": 1});
    let script = json!({"answers": [exported("20260302030000")], "lost": lost});
    let run = house.run(&script, &wanted("campaign", "none", "none"));
    assert_eq!(run.status, "SUCCEEDED", "{run:?}");
    assert_eq!(house.requests("CreateSolutionVersion").len(), 2);
    let there = house.there();
    let versions: Vec<&String> = there
        .iter()
        .filter(|arn| arn.starts_with("solution/films-for-you/"))
        .collect();
    assert_eq!(versions, ["solution/films-for-you/00000001"]);
    let campaigns = house.requests("CreateCampaign");
    let version = campaigns[0]["solutionVersionArn"].as_str().unwrap();
    assert!(version.ends_with(versions[0]), "{version}");
}

#[test]
fn a_solution_that_fails_leaves_the_others_alone_and_is_told_at_the_end() {
    let Some(house) = House::new() else { return };
    let answers = [exported("20260302030000")];
    let script = json!({"answers": answers, "failing": ["films-similar/00000001"]});
    let run = house.run(&script, &wanted("campaign", "campaign", "campaign"));
    assert_eq!(
        (run.status.as_str(), run.error.as_str()),
        ("FAILED", "SolutionsFailed")
    );
    let told: Value = serde_json::from_str(&run.cause).unwrap();
    let failed: Vec<bool> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["failed"].as_bool().unwrap())
        .collect();
    assert_eq!(failed, [false, true, false], "{told}");
    assert_eq!(told[1]["error"], "TrainingFailed", "{told}");
    let cause = told[1]["cause"].as_str().unwrap();
    assert!(cause.contains("could not train films-similar"), "{cause}");
    let there = house.there();
    assert!(there.contains("campaign/films-for-you") && there.contains("campaign/films-ranking"));
    assert!(!there.contains("campaign/films-similar"));
}

#[test]
fn an_import_that_fails_ends_the_run_with_its_reason_before_anything_is_trained() {
    let Some(house) = House::new() else { return };
    let answers = [exported("20260302030000")];
    let script = json!({"answers": answers, "failing": ["dataset-import-job/films-items"]});
    let run = house.run(&script, &wanted("campaign", "none", "none"));
    assert_eq!(
        (run.status.as_str(), run.error.as_str()),
        ("FAILED", "ImportFailed")
    );
    let expected = "Personalize could not import items: it was to fail";
    assert!(run.cause.contains(expected), "{run:?}");
    for never in ["CreateSolution", "CreateCampaign"] {
        assert_eq!(house.requests(never).len(), 0, "{never}");
    }
    // The next run is a new job.
    let script = json!({"answers": [exported("20260302040000")]});
    let run = house.run(&script, &wanted("campaign", "none", "none"));
    assert_eq!(run.status, "SUCCEEDED", "{run:?}");
}

#[test]
fn a_training_that_fails_leaves_the_campaign_as_it_was() {
    let Some(house) = House::new() else { return };
    let script = json!({"answers": [exported("20260302030000")]});
    let run = house.run(&script, &wanted("campaign", "none", "none"));
    assert_eq!(run.status, "SUCCEEDED", "{run:?}");
    let answers = [exported("20260303030000")];
    let script = json!({"answers": answers, "failing": ["films-for-you/00000002"]});
    let run = house.run(&script, &wanted("campaign", "none", "none"));
    assert_eq!(
        (run.status.as_str(), run.error.as_str()),
        ("FAILED", "SolutionsFailed")
    );
    assert!(run.cause.contains("TrainingFailed"), "{run:?}");
    assert!(house.there().contains("campaign/films-for-you"));
    assert_eq!(house.requests("UpdateCampaign").len(), 0);
    assert_eq!(house.requests("DeleteCampaign").len(), 2);
}

#[test]
fn too_little_data_costs_nothing() {
    let Some(house) = House::new() else { return };
    let mut answer = exported("20260302030000");
    answer["ready"] = false.into();
    answer["missing"] = "Personalize needs 940 more interactions".into();
    let run = house.run(
        &json!({"answers": [answer]}),
        &wanted("campaign", "none", "none"),
    );
    assert_eq!(
        (run.status.as_str(), run.error.as_str()),
        ("FAILED", "TooLittleData")
    );
    assert_eq!(run.cause, "Personalize needs 940 more interactions");
    assert_eq!(house.there(), BTreeSet::new());
}

#[test]
fn an_input_that_says_something_else_changes_nothing() {
    let Some(house) = House::new() else { return };
    for input in [
        json!({}),
        json!({"deploy": {}}),
        json!({"deploy": {"for_you": "campaign", "similar": "none"}}),
        wanted("campaing", "none", "none"),
        wanted("none", "none", "batch"),
        json!({"teardown": false}),
    ] {
        let run = house.run(&json!({}), &input);
        assert_eq!(
            (run.status.as_str(), run.error.as_str()),
            ("FAILED", "UnexpectedInput")
        );
        assert!(run.cause.contains("teardown"), "{run:?}");
        let (calls, _) = house.states.asked();
        assert!(calls.is_empty(), "{input}: {calls:?}");
    }
    // Nothing is an answer, too.
    let run = house.run(&json!({}), &wanted("none", "none", "none"));
    assert_eq!(run.status, "SUCCEEDED");
    assert_eq!(house.requests("Invoke").len(), 0);
}
