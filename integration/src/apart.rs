//! Parts of a test that need an environment of their own.

use std::env;
use std::process::Command;

use tokio::runtime::Builder;

/// What the ignored test of a process of its own does: `scene` with what `variable` says, to its end. Where
/// nobody set the variable there is nothing to do.
///
/// # Panics
/// When `scene` does.
pub fn play(variable: &str, scene: impl AsyncFnOnce(String)) {
    let Ok(value) = env::var(variable) else {
        return;
    };
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime of one thread starts");
    runtime.block_on(scene(value));
}

/// Runs the ignored test `in_a_process_of_its_own` of the test program that calls this in a process with
/// these variables, and a region and credentials for what stands in for AWS: what the SDK reads of the
/// environment cannot be set in a process with threads. Nothing of the machine's own settings of AWS counts. A
/// variable that is empty is taken away.
///
/// # Panics
/// When the test fails there, or there is none.
#[track_caller]
pub fn in_a_process_of_its_own(variables: &[(&str, &str)]) {
    let program = env::current_exe().expect("the test program has a path");
    let mut test = Command::new(program);
    test.args([
        "--ignored",
        "--exact",
        "in_a_process_of_its_own",
        "--nocapture",
    ])
    .env("AWS_REGION", "us-east-1")
    .env("AWS_ACCESS_KEY_ID", "made-up")
    .env("AWS_SECRET_ACCESS_KEY", "made-up")
    .env("AWS_CONFIG_FILE", "/dev/null")
    .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    .env("AWS_EC2_METADATA_DISABLED", "true")
    .env_remove("AWS_PROFILE")
    .env_remove("AWS_SESSION_TOKEN");
    for (name, value) in variables {
        match *value {
            "" => test.env_remove(name),
            value => test.env(name, value),
        };
    }
    let output = test.output().expect("the test program starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{variables:?}: {output:?}"
    );
}
