//! Functions in AWS's emulator and under our Runtime API.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use matinee_integration::lambda::{Emulator, Function, Invoke, Log, Memory};
use serde_json::json;

use crate::bootstrap;

const PATIENCE: Duration = Duration::from_secs(20);

/// Both ways to run a function keep the same promises.
fn answers(function: &dyn Invoke, log: &Log, way: &str) {
    let returned = function.invoke(&json!({"n": 1})).returned();
    assert_eq!(returned["event"]["n"], 1, "{way}");
    let environment = &returned["environment"];
    for (name, value) in [
        ("AWS_REGION", "us-east-1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "under-test"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_ACCESS_KEY_ID", "made-up"),
        ("TZ", ":UTC"),
        ("MINE", "1"),
    ] {
        assert_eq!(environment[name], value, "{name} {way}");
    }
    assert!(
        environment.get("HOME").is_none(),
        "{way}: the environment is ours"
    );
    assert_eq!(environment["LAMBDA_TASK_ROOT"], returned["folder"], "{way}");
    assert_eq!(
        returned["folder"],
        bootstrap().parent().unwrap().to_str().unwrap(),
        "{way}"
    );
    assert!(
        returned["headers"]["Lambda-Runtime-Deadline-Ms"].is_string(),
        "{way}"
    );

    let failed = function.invoke(&json!({"fail": true}));
    assert!(
        failed.function_error && failed.status == 200,
        "{way}: {failed:?}"
    );
    assert_eq!(
        failed.body,
        json!({"errorType": "Asked", "errorMessage": "as it was asked"}),
        "{way}"
    );
    log.wait_for("it fails", PATIENCE);
    // What is written to stdout and to stderr is read side by side.
    log.wait_for("ready", PATIENCE);
    assert!(
        log.json()
            .contains(&json!({"level": "INFO", "message": "ready"})),
        "{}",
        log.text()
    );

    let slept = function.invoke(&json!({"sleep": 0.2}));
    assert!(
        slept.took >= Duration::from_millis(200) && !slept.function_error,
        "{slept:?}"
    );

    let answer = function.get("/movies/tmdb%3A603?limit=2");
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/json"))
    );
    assert_eq!(answer.json()["path"], "/movies/tmdb:603", "{way}");
    assert_eq!(
        function.post("/converse", &json!({"text": "hello"})).status,
        200,
        "{way}"
    );

    let ended = function.invoke(&json!({"exit": 3}));
    assert!(
        ended.function_error && ended.status == 502,
        "{way}: {ended:?}"
    );
    assert_eq!(
        ended.body["errorType"], "Runtime.ExitError",
        "{way}: {ended:?}"
    );
}

/// More than Python needs to start, less than a machine has.
fn plausible(memory: Memory) {
    assert!(memory.peak >= memory.resident, "{memory:?}");
    assert!(
        (2_000_000..500_000_000).contains(&memory.resident),
        "{memory:?}"
    );
}

fn env() -> [(&'static str, String); 2] {
    [
        ("MINE", "1".to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", "under-test".to_owned()),
    ]
}

/// Whether a process ends soon. One that nobody has asked for its status yet has ended too.
fn ends(id: u32) -> bool {
    let runs = || {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| !rest.starts_with('Z'))
    };
    let deadline = Instant::now() + PATIENCE;
    while runs() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    !runs()
}

#[test]
fn the_emulator_runs_a_function() {
    let Some(emulator) = Emulator::start(&bootstrap(), &env()) else {
        return;
    };
    assert_eq!(emulator.bootstrap_pid(), None);
    assert_eq!(emulator.get("/").status, 200);
    plausible(emulator.memory().unwrap());
    let init = emulator.init_duration();
    assert!(
        init > Duration::from_millis(1) && init < PATIENCE,
        "{init:?}"
    );
    let first = emulator.bootstrap_pid().unwrap();
    answers(&emulator, emulator.log(), "in the emulator");
    // After a function that ended comes another.
    assert_eq!(emulator.get("/").status, 200);
    let second = emulator.bootstrap_pid().unwrap();
    assert!(second != first && ends(first), "{first} {second}");
    drop(emulator);
    assert!(ends(second), "{second} still runs");
}

#[test]
fn calls_of_one_emulator_wait_for_each_other() {
    let Some(emulator) = Emulator::start(&bootstrap(), &[]) else {
        return;
    };
    emulator.get("/");
    let start = Instant::now();
    thread::scope(|scope| {
        for n in 0..4 {
            let emulator = &emulator;
            scope.spawn(move || {
                let returned = emulator.invoke(&json!({"sleep": 0.1, "n": n})).returned();
                assert_eq!(returned["event"]["n"], n);
            });
        }
    });
    assert!(
        start.elapsed() >= Duration::from_millis(400),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn several_emulators_run_beside_each_other() {
    let emulators: Vec<_> = (0..4)
        .filter_map(|_| Emulator::start(&bootstrap(), &[]))
        .collect();
    thread::scope(|scope| {
        for emulator in &emulators {
            scope.spawn(|| assert_eq!(emulator.get("/").status, 200));
        }
    });
}

#[test]
fn a_function_that_refuses_to_start_is_seen_in_the_emulator() {
    let refuse = [("REFUSE", "MODEL_BUCKET".to_owned())];
    let Some(emulator) = Emulator::start(&bootstrap(), &refuse) else {
        return;
    };
    let invocation = emulator.invoke(&json!({}));
    assert!(invocation.function_error, "{invocation:?}");
    assert_eq!(emulator.get("/").status, 500);
    emulator
        .log()
        .wait_for("the configuration is wrong", PATIENCE);
}

#[test]
fn our_runtime_api_runs_a_function() {
    let function = Function::start(&bootstrap(), &env());
    let ready = function.ready(PATIENCE);
    assert!(
        ready > Duration::from_millis(1) && ready < function.started().elapsed(),
        "{ready:?}"
    );
    plausible(function.memory().unwrap());
    let returned = function.invoke(&json!({})).returned();
    let trace = returned["headers"]["Lambda-Runtime-Trace-Id"]
        .as_str()
        .unwrap();
    assert!(
        trace.starts_with("Root=1-") && trace.ends_with(";Sampled=1"),
        "{trace}"
    );
    answers(&function, function.log(), "under our Runtime API");
    assert_eq!(function.ended(PATIENCE).unwrap().code(), Some(3));
    assert_eq!(function.memory(), None);
}

#[test]
fn the_first_answer_is_timed_from_the_start() {
    let function = Function::start(&bootstrap(), &[]);
    let invocation = function.invoke(&json!({}));
    let first = invocation.finished - function.started();
    let ready = function.ready(PATIENCE);
    assert!(
        first > ready && ready > Duration::ZERO,
        "{first:?} {ready:?}"
    );
    assert!(first >= invocation.took, "{first:?} {invocation:?}");
}

#[test]
fn a_function_that_refuses_to_start_is_seen_under_our_runtime_api() {
    let function = Function::start(&bootstrap(), &[("REFUSE", "MODEL_BUCKET".to_owned())]);
    assert_eq!(function.ended(PATIENCE).unwrap().code(), Some(1));
    assert_eq!(
        function.init_error().unwrap()["errorMessage"],
        "MODEL_BUCKET"
    );
    let invocation = function.invoke(&json!({}));
    assert!(
        invocation.function_error && invocation.status == 502,
        "{invocation:?}"
    );
    function
        .log()
        .wait_for("the configuration is wrong", PATIENCE);
}

#[test]
#[should_panic(expected = "no line with \"never\"")]
fn a_line_that_never_comes_is_a_failure() {
    let function = Function::start(&bootstrap(), &[]);
    function.log().wait_for("never", Duration::from_millis(50));
}
