//! State machines of the deployed system, in moto's interpreter.

#![expect(clippy::unwrap_used, reason = "a test cannot go on")]

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

use super::aws_json::AwsJson;
use crate::workspace;

/// The longest that an execution may take; its waits are cut.
const PATIENCE: Duration = Duration::from_mins(4);

const POLL: Duration = Duration::from_millis(100);

static EXECUTIONS: AtomicU32 = AtomicU32::new(0);

/// moto's state machines, and what they ask of Amazon Personalize and of functions.
#[derive(Clone, Debug)]
pub struct States {
    steps: AwsJson,
    plane: String,
    agent: Agent,
}

/// What became of an execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: String,
    /// What it gave, where it succeeded.
    pub output: Value,
    /// The error's name, where it failed.
    pub error: String,
    /// What the error says.
    pub cause: String,
}

impl States {
    pub(super) fn at(endpoint: &str) -> Self {
        let agent = Agent::config_builder().proxy(None).build().into();
        Self {
            steps: AwsJson::at(endpoint, "states"),
            plane: format!("{endpoint}/plane"),
            agent,
        }
    }

    /// A state machine from its file below `statemachines/`, with what the template fills in. Nothing
    /// waits in it: pauses are 0 seconds, and what is tried again is after a second.
    ///
    /// # Panics
    /// When the file is missing or no state machine, or not everything is filled in.
    pub fn create(&self, file: &str, filled: &[(&str, &str)]) -> String {
        let path = workspace().join("statemachines").join(file);
        let mut text = fs::read_to_string(path).unwrap();
        for (name, value) in filled {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        assert!(!text.contains("${"), "{file} is not filled in: {text}");
        let mut definition: Value = serde_json::from_str(&text).unwrap();
        hurry(&mut definition["States"]);
        let body = json!({
            "name": format!("machine-{}", next()),
            "definition": definition.to_string(),
            "roleArn": "arn:aws:iam::123456789012:role/machine",
        });
        let made = self
            .steps
            .done("AWSStepFunctions.CreateStateMachine", &body);
        made["stateMachineArn"].as_str().unwrap().to_owned()
    }

    /// Runs a state machine to its end.
    ///
    /// # Panics
    /// When it does not end.
    #[track_caller]
    pub fn run(&self, machine: &str, input: &Value) -> Run {
        let body = json!({
            "stateMachineArn": machine,
            "name": format!("run-{}", next()),
            "input": input.to_string(),
        });
        let started = self.steps.done("AWSStepFunctions.StartExecution", &body);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let asked = json!({"executionArn": started["executionArn"]});
            let run = self
                .steps
                .done("AWSStepFunctions.DescribeExecution", &asked);
            let said = |field: &str| run[field].as_str().unwrap_or_default().to_owned();
            if said("status") != "RUNNING" {
                return Run {
                    status: said("status"),
                    output: serde_json::from_str(&said("output")).unwrap_or_default(),
                    error: said("error"),
                    cause: said("cause"),
                };
            }
            assert!(Instant::now() < deadline, "{run} goes on and on");
            thread::sleep(POLL);
        }
    }

    /// Forgets what was asked until now, and says what is to happen: `answers` of functions, in order;
    /// parts of the names of what is `failing` to be created; how often an operation is `busy`, and how often
    /// its answer is `lost`; at which address a `function` runs in the runtime emulator, which answers when no answer is left.
    ///
    /// # Panics
    /// When the server is gone.
    pub fn script(&self, script: &Value) {
        let sent = self.agent.post(&self.plane).send(script.to_string());
        assert!(sent.unwrap().status().is_success());
    }

    /// What was asked since the last script, as pairs of an operation of Personalize, or `Invoke`, and the
    /// request; and the ARNs of what is there.
    ///
    /// # Panics
    /// When the server is gone.
    pub fn asked(&self) -> (Vec<(String, Value)>, Vec<String>) {
        let mut answer = self.agent.get(&self.plane).call().unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let mut told: Value = serde_json::from_str(&text).unwrap();
        let calls = serde_json::from_value(told["calls"].take()).unwrap();
        (calls, serde_json::from_value(told["there"].take()).unwrap())
    }
}

fn next() -> u32 {
    EXECUTIONS.fetch_add(1, Ordering::Relaxed)
}

/// Cuts the pauses of states, those within maps and branches included.
fn hurry(states: &mut Value) {
    for state in states.as_object_mut().unwrap().values_mut() {
        if state["Type"] == "Wait" {
            let state = state.as_object_mut().unwrap();
            assert!(state.remove("SecondsPath").is_some(), "{state:?}");
            state.insert("Seconds".to_owned(), 0.into());
        }
        let retries = state.get_mut("Retry").and_then(Value::as_array_mut);
        for retry in retries.into_iter().flatten() {
            retry["IntervalSeconds"] = 1.into();
            retry["BackoffRate"] = 1.0.into();
        }
        if let Some(processor) = state.get_mut("ItemProcessor") {
            hurry(&mut processor["States"]);
        }
        let branches = state.get_mut("Branches").and_then(Value::as_array_mut);
        for branch in branches.into_iter().flatten() {
            hurry(&mut branch["States"]);
        }
    }
}
