//! Which calls of AWS our code makes, read from its source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use matinee_integration::workspace;

/// How a module of `shared/aws` names what it calls, once in each call.
const NAMES: [(&str, &str); 5] = [
    ("dynamo", ".table_name("),
    ("iotdata", ".topic("),
    ("personalize", ".campaign_arn("),
    ("sqs", ".queue_url("),
    ("s3", ".bucket(&self.bucket)"),
];

/// What policies call the operations that have no action of their own name.
const ACTIONS: [(&str, &str); 3] = [
    ("ListObjectsV2", "ListBucket"),
    ("SendMessageBatch", "SendMessage"),
    ("DeleteMessageBatch", "DeleteMessage"),
];

/// The actions, each with its resource, that `methods` of a module of `shared/aws` need, whatever
/// functions they go through. `resource` is the table, the queue or the objects; a query of an index
/// is about that instead.
pub(crate) fn of(module: &str, methods: &str, resource: &str) -> BTreeSet<(String, String)> {
    let functions = functions(module);
    let mut left: Vec<&str> = methods.split(' ').collect();
    let mut seen = BTreeSet::new();
    let mut needed = BTreeSet::new();
    while let Some(name) = left.pop() {
        if !seen.insert(name.to_owned()) {
            continue;
        }
        let body = functions.get(name);
        let body = body.unwrap_or_else(|| panic!("{module} has no function {name}"));
        for (operation, index) in operations(body) {
            let on = index.map_or_else(
                || resource.to_owned(),
                |index| format!("${{{resource}}}/index/{index}"),
            );
            needed.insert((action(module, &operation), on));
        }
        left.extend(
            functions
                .keys()
                .filter(|called| calls(body, called))
                .map(String::as_str),
        );
    }
    assert!(!needed.is_empty(), "{module}: {methods} call nothing");
    needed
}

/// The functions of a module, by name, each as [`chained`] text; what has one name is one.
fn functions(module: &str) -> BTreeMap<String, String> {
    let mut functions: BTreeMap<String, String> = BTreeMap::new();
    let mut text = String::new();
    for file in files(module) {
        let source = fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = source.lines().map(str::trim);
        let lines = lines.filter(|line| !line.starts_with("//"));
        text.extend(lines.flat_map(|line| [line, " "]));
    }
    // Every call is found: there are as many as there are names of what is called.
    let service = module.split('/').next().unwrap_or_default();
    let (_, name) = NAMES.iter().find(|(of, _)| *of == service).unwrap();
    let text = chained(&text);
    let named = text.matches(name).count();
    assert_eq!(operations(&text).len(), named, "{module}");

    for part in text.split("fn ").skip(1) {
        let name: String = part.chars().take_while(|c| is_of_name(*c)).collect();
        functions.entry(name).or_default().push_str(part);
    }
    functions
}

/// A text in which chains of calls have no breaks.
fn chained(text: &str) -> String {
    text.replace(" .", ".").replace("( ", "(")
}

/// The files of a module: a table's is read with what all tables have in common.
fn files(module: &str) -> Vec<PathBuf> {
    let source = workspace().join("shared/aws/src");
    let rust = |path: &Path| path.extension().is_some_and(|kind| kind == "rs");
    if let Some((common, _)) = module.split_once('/') {
        let own = source.join(module).with_extension("rs");
        return vec![source.join(common).join("mod.rs"), own];
    }
    let folder = source.join(module);
    if !folder.is_dir() {
        return vec![folder.with_extension("rs")];
    }
    let entries = fs::read_dir(folder).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    files.filter(|file| rust(file)).collect()
}

/// The SDK's operations in a chained text, each with the index that it asks for.
fn operations(text: &str) -> Vec<(String, Option<String>)> {
    // `client.put_item()`, `self.client().await.get_object()`
    let places = text.split("client.").skip(1);
    let places = places.chain(text.split("client().await.").skip(1));
    let made = places.filter_map(|place| {
        let (operation, rest) = place.split_once("()")?;
        let call = rest.split(".send()").next().unwrap_or_default();
        let index = call.split_once(".index_name(");
        let index = index.and_then(|(_, rest)| rest.split_once(')'));
        operation
            .chars()
            .all(is_of_name)
            .then(|| (operation.to_owned(), index.map(|(i, _)| i.to_lowercase())))
    });
    made.collect()
}

/// Whether a chained text calls that function of ours.
fn calls(text: &str, name: &str) -> bool {
    let called = format!("{name}(");
    text.match_indices(&called).any(|(at, _)| {
        let after_a_name = text[..at].chars().next_back().is_some_and(is_of_name);
        // The SDK's own has no arguments.
        let sdks = name == "send" && text[at + called.len()..].starts_with(')');
        !after_a_name && !sdks
    })
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// `dynamodb:PutItem` for `put_item` of `dynamo/films`.
fn action(module: &str, operation: &str) -> String {
    let words = operation.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    let operation: String = words.collect();
    let action = ACTIONS.iter().find(|(of, _)| *of == operation);
    let action = action.map_or(operation.as_str(), |(_, action)| action);
    let service = module.split('/').next().unwrap_or_default();
    let service = match service {
        "dynamo" => "dynamodb",
        "iotdata" => "iot",
        service => service,
    };
    format!("{service}:{action}")
}

#[test]
fn forgetting_finds_and_deletes_and_the_history_is_read_by_time() {
    let of = |methods| of("dynamo/interactions", methods, "Table.Arn");
    let said = |action: &str, on: &str| (action.to_owned(), on.to_owned());
    let expected = ["dynamodb:DeleteItem", "dynamodb:Query"].map(|a| said(a, "Table.Arn"));
    assert_eq!(of("forget"), BTreeSet::from(expected));
    let expected = said("dynamodb:Query", "${Table.Arn}/index/by_time");
    assert_eq!(of("newest"), BTreeSet::from([expected]));
}
