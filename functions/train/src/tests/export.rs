//! The export for Personalize.

use std::fs;

use serde_json::Value;

use super::*;
use crate::export::run;

/// The longest name of a stack that Personalize can be trained by, which docs/personalize-training.md says.
const LONGEST_STACK: usize = 35;

/// The longest name that Personalize takes.
const LONGEST_NAME: usize = 63;

#[test]
fn an_export_says_what_is_imported_and_what_is_missing() {
    let (_folder, trainer) = trained();
    let exported = trainer.export(NOW).now_or_never().unwrap().unwrap();
    assert_eq!(exported.run, "20260302030000");
    assert!(!exported.ready);
    assert!(
        exported.missing.contains("964 more interactions"),
        "{}",
        exported.missing
    );
    let found: Vec<_> = exported
        .datasets
        .iter()
        .map(|dataset| (dataset.kind, dataset.location.as_str()))
        .collect();
    let expected = [
        ("INTERACTIONS", "personalize/interactions/"),
        ("ITEMS", "personalize/items.csv"),
        ("USERS", "personalize/users.csv"),
    ];
    assert_eq!(found, expected);
    for dataset in &exported.datasets {
        assert!(
            !keys(&trainer.data, &dataset.location).is_empty(),
            "{dataset:?}"
        );
        let schema = format!("personalize/schemas/{}.json", dataset.name);
        assert_eq!(text(&trainer.data, &schema), dataset.schema);
    }
    assert_eq!(
        text(&trainer.data, "personalize/items.csv").lines().count(),
        11
    );
    assert!(!trainer.work.join("ml-tiny").exists());
}

#[test]
fn without_a_catalogue_nothing_is_ready() {
    let (_folder, trainer) = trained();
    let key = "ml-tiny/movies.csv";
    trainer
        .catalogues
        .delete(key)
        .now_or_never()
        .unwrap()
        .unwrap();
    let exported = trainer.export(NOW).now_or_never().unwrap().unwrap();
    assert_eq!(
        text(&trainer.data, "personalize/items.csv").lines().count(),
        1
    );
    assert!(!exported.ready);
    let missing = &exported.missing;
    assert!(
        missing.starts_with("Personalize needs films: "),
        "{missing}"
    );
}

/// What tasks of a definition name what they make, at any depth.
fn names(definition: &Value) -> Vec<String> {
    let within: Vec<String> = match definition {
        Value::Object(fields) => fields.values().flat_map(names).collect(),
        Value::Array(items) => items.iter().flat_map(names).collect(),
        _ => Vec::new(),
    };
    let made = definition["Resource"].as_str().unwrap_or_default();
    let fields = ["Name", "Name.$", "JobName.$"].map(|field| &definition["Parameters"][field]);
    let own = fields.into_iter().filter_map(Value::as_str);
    let own = own
        .filter(|_| made.contains(":personalize:create"))
        .map(str::to_owned);
    own.chain(within).collect()
}

/// The longest text that an expression of the definition gives.
fn longest(expression: &str, run: &str, of: &[(&str, usize)]) -> usize {
    let value = |name: &str| match name {
        "$.run" => run.len(),
        name => of.iter().find(|(known, _)| *known == name).unwrap().1,
    };
    let Some(format) = expression.strip_prefix("States.Format('") else {
        return match expression.strip_prefix("${Name}") {
            Some(rest) => LONGEST_STACK + rest.len(),
            None => value(expression),
        };
    };
    let (format, values) = format.trim_end_matches(')').split_once("', ").unwrap();
    let fixed = format
        .replace("${Name}", &"s".repeat(LONGEST_STACK))
        .replace("{}", "");
    fixed.len() + values.split(", ").map(value).sum::<usize>()
}

#[test]
fn what_the_state_machine_makes_can_be_named_after_the_longest_stack() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let definition = fs::read(root.join("statemachines/personalize.asl.json")).unwrap();
    let definition: Value = serde_json::from_slice(&definition).unwrap();
    let solutions = &definition["States"]["Solutions"]["Parameters"]["solutions"];
    let solutions = solutions.as_array().unwrap().iter();
    let solution = solutions
        .map(|solution| longest(solution["name"].as_str().unwrap(), "", &[]))
        .max();
    let datasets = matinee_training::export::datasets("").unwrap();
    let dataset = datasets.iter().map(|dataset| dataset.name.len()).max();
    let of = [
        ("$.name", solution.unwrap()),
        ("$.dataset.name", dataset.unwrap()),
    ];
    let names = names(&definition);
    assert!(names.iter().any(|name| name.contains("$.run")), "{names:?}");
    let longest = names.iter().map(|name| longest(name, &run(NOW), &of)).max();
    assert_eq!(longest, Some(LONGEST_NAME), "{names:?}");
    let docs = fs::read_to_string(root.join("docs/personalize-training.md")).unwrap();
    assert!(docs.contains(&format!("{LONGEST_STACK} characters at most")));
}
