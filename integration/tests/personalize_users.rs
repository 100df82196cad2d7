//! What clients of Amazon Personalize say about users, with boto3 as it comes: kept, seen in lists through
//! filters, forgotten. Every answer is judged by the service models that boto3 ships.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use matinee::taste::ViewerId;
use matinee_integration::lambda::program;
use matinee_integration::{Server, workspace};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:personalize:us-east-1:123456789012";

/// Calls `endpoint` with boto3. Gives what `integration/personalize/clients.py` says of each call, once
/// nothing is wrong with any answer.
fn calls(endpoint: &str, calls: &Value) -> Option<Vec<Value>> {
    let python = program("python")?;
    let mut client = Command::new(python)
        .arg(workspace().join("integration/personalize/clients.py"))
        .arg(endpoint)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = client.stdin.take().unwrap();
    stdin.write_all(calls.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = client.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let replies: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    for (reply, call) in replies.iter().zip(calls.as_array().unwrap()) {
        assert_eq!(reply["wrong"], json!([]), "{call}: {reply}");
    }
    Some(replies)
}

fn put(dataset: &str, users: &Value) -> Value {
    json!({"client": "personalize-events", "call": "put_users",
        "with": {"datasetArn": format!("{ARN}:dataset/films/{dataset}"), "users": users}})
}

fn user(id: &str, properties: &Value) -> Value {
    json!({"userId": id, "properties": properties.to_string()})
}

/// A list of comedies alone for whom the filter means, else of whatever is popular.
fn list(filter: &str, user: &str, values: &Value) -> Value {
    json!({"client": "personalize-runtime", "call": "get_recommendations", "with": {
        "campaignArn": format!("{ARN}:campaign/matinee-popular"), "userId": user,
        "filterArn": format!("{ARN}:filter/{filter}"), "filterValues": values,
        "metadataColumns": {"ITEMS": ["GENRES"]}}})
}

fn comedies_alone(reply: &Value) -> bool {
    assert_eq!(reply["status"], 200, "{reply}");
    let items = reply["answer"]["itemList"].as_array().unwrap();
    assert!(items.len() > 10, "{reply}");
    items.iter().all(|item| {
        let genres = item["metadata"]["GENRES"].as_str().unwrap();
        genres.split('|').any(|genre| genre == "Comedy")
    })
}

fn start(dir: &Path) -> Server {
    let comedies = "INCLUDE ItemID WHERE Items.GENRES IN (\"Comedy\") IF CurrentUser";
    let document = json!({"filters": {
        "gold": format!("{comedies}.MEMBERSHIP_LEVEL = \"gold\""),
        "young": format!("{comedies}.AGE < $AGE"),
    }});
    fs::write(dir.join("personalize.json"), document.to_string()).unwrap();
    let args = ["serve", "--port", "0", "--mqtt-port", "0"];
    let more = ["--personalize", "personalize.json"];
    Server::start(dir, &[&args[..], &more].concat())
}

#[test]
fn a_filter_goes_by_what_boto3_puts_until_the_viewer_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    // A user of another alphabet is a viewer under a hash.
    let (name, viewer) = ("Ada Moor", ViewerId::foreign("personalize", "Ada Moor"));
    let gold = json!({"membershipLevel": "gold", "age": 17});
    let asked = json!([
        list("gold", name, &json!({})),
        put("USERS", &json!([user("bo", &json!({})), user(name, &gold)])),
        list("gold", name, &json!({})),
        list("gold", "bo", &json!({})),
        list("young", name, &json!({"AGE": "18"})),
        list("young", name, &json!({"AGE": "17"})),
        put(
            "USERS",
            &json!([user(name, &json!({"membershipLevel": "silver"}))])
        ),
        list("gold", name, &json!({})),
        put("USERS", &json!([user(name, &gold)])),
        list("gold", name, &json!({})),
    ]);
    let Some(replies) = calls(server.base(), &asked) else {
        return;
    };
    let puts = [1, 6, 8];
    for place in puts {
        assert_eq!(replies[place]["status"], 200, "{}", replies[place]);
        assert_eq!(replies[place]["answer"], json!({}));
    }
    let lists = (0..asked.as_array().unwrap().len()).filter(|place| !puts.contains(place));
    let found: Vec<bool> = lists.map(|place| comedies_alone(&replies[place])).collect();
    assert_eq!(found, [false, true, false, true, false, false, true]);

    let path = format!("/viewers/{viewer}");
    assert_eq!(server.get(&path).json()["properties"], gold);
    // It is kept: another process finds it.
    drop(server);
    let server = start(dir.path());
    assert_eq!(server.get(&path).json()["properties"], gold);
    let asked = json!([list("gold", name, &json!({}))]);
    assert!(comedies_alone(&calls(server.base(), &asked).unwrap()[0]));

    let forgotten = server.call("DELETE", &path, &[], b"");
    assert_eq!(forgotten.status, 204, "{forgotten:?}");
    assert!(!comedies_alone(&calls(server.base(), &asked).unwrap()[0]));
    assert_eq!(server.get(&path).json()["properties"], Value::Null);
}

#[test]
fn boto3_puts_users_and_is_told_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    let gold = user("ada", &json!({"membershipLevel": "gold"}));
    let with = |second: Value| put("USERS", &json!([gold, second]));
    let cases = [
        (
            put("ITEMS", &json!([gold])),
            "ResourceNotFoundException",
            "there is arn:…:dataset/NAME/USERS",
        ),
        (
            with(user("bo", &json!({"tags": ["a"]}))),
            "InvalidInputException",
            "users[1].properties.tags must be a string, a number, true, false or null, found an array",
        ),
        (
            with(user("bo", &json!({"persona": "x"}))),
            "InvalidInputException",
            "users[1].properties.persona",
        ),
        (
            with(json!({"userId": "bo", "properties": "gold"})),
            "InvalidInputException",
            "users[1].properties must be a JSON object in a string",
        ),
        (
            with(json!({"userId": "x".repeat(257)})),
            "InvalidInputException",
            "users[1].userId must have 1 to 256 characters",
        ),
        (
            put("USERS", &json!(vec![gold.clone(); 11])),
            "InvalidInputException",
            "users must have 1 to 10 elements, found 11",
        ),
    ];
    let asked: Vec<Value> = cases.iter().map(|(call, ..)| call.clone()).collect();
    let Some(replies) = calls(server.base(), &json!(asked)) else {
        return;
    };
    assert_eq!(replies.len(), cases.len());
    for (reply, (call, error, message)) in replies.iter().zip(&cases) {
        assert_eq!(reply["error"], *error, "{call}: {reply}");
        let said = reply["message"].as_str().unwrap();
        assert!(said.contains(message), "{call}: {said}");
    }
    // None of them was kept.
    let ada = server.get("/viewers/ada").json();
    assert_eq!(ada["properties"], Value::Null);
}
