use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::program;
use crate::workspace;

/// Calls `endpoint` with boto3; `key` is an access key id and its secret, `calls` are objects of a `client`, a
/// `call` and the arguments `with`. Gives what `integration/personalize/clients.py` says of each call. Where
/// boto3 is missing this says so and gives nothing.
///
/// # Panics
/// When an answer is not as the service models of boto3 say, or the client cannot be run.
#[expect(clippy::expect_used, reason = "a test cannot go on")]
pub fn boto3(endpoint: &str, key: &[&str], calls: &Value) -> Option<Vec<Value>> {
    let python = program("python")?;
    let mut client = Command::new(python)
        .arg(workspace().join("integration/personalize/clients.py"))
        .arg(endpoint)
        .args(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut stdin = client.stdin.take().expect("stdin is a pipe");
    stdin
        .write_all(calls.to_string().as_bytes())
        .expect("the client reads");
    drop(stdin);
    let output = client.wait_with_output().expect("the client ends");
    assert!(output.status.success(), "{output:?}");
    let replies: Vec<Value> = serde_json::from_slice(&output.stdout).expect("replies in JSON");
    for (reply, call) in replies.iter().zip(calls.as_array().expect("calls")) {
        assert_eq!(reply["wrong"], json!([]), "{call}: {reply}");
    }
    Some(replies)
}
