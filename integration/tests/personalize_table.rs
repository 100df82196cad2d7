//! That docs/personalize.md has a row for every field and error of its calls, and that every test which
//! it names is there.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use matinee_integration::lambda::program;
use matinee_integration::workspace;

/// Prints every field of the calls that Amazon's service models have, and every error, a line each.
const FIELDS: &str = r#"
import botocore.session

def walk(shape, at):
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from walk(member, f"{at}.{name}" if at else name)
    elif shape.type_name == "list" and shape.member.type_name == "structure":
        yield at
        yield from walk(shape.member, f"{at}[]")
    else:
        yield at

for service, call in [
    ("personalize-runtime", "GetRecommendations"),
    ("personalize-runtime", "GetPersonalizedRanking"),
    ("personalize-events", "PutEvents"),
    ("personalize-events", "PutItems"),
    ("personalize-events", "PutUsers"),
]:
    operation = botocore.session.get_session().get_service_model(service).operation_model(call)
    for shape in [operation.input_shape, operation.output_shape]:
        for field in walk(shape, "") if shape else []:
            print(call, field)
    for error in operation.error_shapes:
        print(call, error.name)
"#;

/// The part of the documentation that has a table for each call.
fn tables() -> String {
    let text = fs::read_to_string(workspace().join("docs/personalize.md")).unwrap();
    let (_, tables) = text.split_once("\n## Every field and error\n").unwrap();
    // What comes behind has names of its own.
    tables.split("\n## ").next().unwrap().to_owned()
}

/// The first cells of the rows below the heading of each call, without their quotes.
fn rows(text: &str) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for section in text.split("\n### ").skip(1) {
        let call = section.lines().next().unwrap();
        let cells = section.lines().filter_map(|line| line.strip_prefix("| `"));
        rows.extend(cells.map(|rest| {
            let (field, _) = rest.split_once('`').unwrap();
            format!("{call} {field}")
        }));
    }
    rows
}

#[test]
fn every_field_and_error_of_the_service_models_has_a_row() {
    let Some(python) = program("python") else {
        return;
    };
    let output = Command::new(python).args(["-c", FIELDS]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let fields: BTreeSet<String> = printed.lines().map(str::to_owned).collect();
    assert!(fields.len() > 40, "{fields:?}");
    assert_eq!(rows(&tables()), fields);
}

/// The names of the tests below a folder or in a file, and of all other functions.
fn functions(path: &Path, names: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            functions(&entry.unwrap().path(), names);
        }
        return;
    }
    let text = fs::read_to_string(path).unwrap();
    let mut of_test = false;
    for line in text.lines().map(str::trim) {
        if let Some((_, rest)) = line.split_once("fn ")
            && of_test
        {
            let name = rest.split('(').next().unwrap_or_default();
            names.insert(name.to_owned());
        }
        of_test = line.starts_with("#[test]") || line.starts_with("#[tokio::test]");
    }
}

#[test]
fn every_row_names_tests_that_are_there() {
    let mut names = BTreeSet::new();
    for path in [
        "shared/recommender/src/personalize",
        "functions/recommend/src/tests/personalize.rs",
        "functions/recommend/src/tests/personalize_items.rs",
        "functions/recommend/src/tests/personalize_users.rs",
        "integration/tests/personalize_clients.rs",
        "integration/tests/personalize_datasets.rs",
        "integration/tests/personalize_sdk.rs",
        "integration/tests/personalize_users.rs",
    ] {
        functions(&workspace().join(path), &mut names);
    }
    let tables = tables();
    let mut rows = 0;
    for row in tables.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let tests = cells.last().unwrap().split('`').skip(1).step_by(2);
        let tests: Vec<&str> = tests.collect();
        assert!(!tests.is_empty(), "{row}");
        for test in tests {
            assert!(names.contains(test), "there is no test {test}: {row}");
        }
        rows += 1;
    }
    assert!(rows > 40, "{rows}");
}
