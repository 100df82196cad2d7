//! Blobs in S3 keep the contract that blobs in memory and in a directory keep.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::process::Command;

use matinee::ports::contract;
use matinee_aws::{Pace, S3Blobs};
use matinee_integration::lambda::{Fault, FaultProxy, Moto};

/// Tells a process of this test that it is the one to call S3: what the SDK reads of the
/// environment cannot be set in a process with threads.
const BUCKET: &str = "MATINEE_CONTRACT_BUCKET";

#[test]
#[ignore = "runs in a process of its own, for the test below"]
fn in_a_process_of_its_own() {
    let Ok(bucket) = std::env::var(BUCKET) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for (prefix, pace) in [("", Pace::tool()), ("models/", Pace::function())] {
            contract::blobs(&S3Blobs::new(&bucket, prefix, pace)).await;
        }
    });
}

fn keeps_the_contract(endpoint: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "in_a_process_of_its_own",
            "--nocapture",
        ])
        .env(BUCKET, "contract")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "made-up")
        .env("AWS_SECRET_ACCESS_KEY", "made-up")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env_remove("AWS_PROFILE")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{output:?}"
    );
}

#[test]
fn a_bucket_keeps_the_contract_also_where_the_store_stumbles() {
    let Some(moto) = Moto::start() else { return };
    moto.create_bucket("contract");
    let proxy = FaultProxy::start(moto.endpoint());
    keeps_the_contract(&proxy.endpoint());
    // Large blobs were fetched in parts.
    let parts = proxy.requests();
    let parts: Vec<_> = parts
        .iter()
        .filter_map(|request| request.range.as_deref())
        .collect();
    assert!(parts.contains(&"bytes=4194304-8388607"), "{parts:?}");

    // Every fault is over before the caller notices.
    for fault in [
        Fault::SlowDown.on("GET", "large").times(2),
        Fault::CutShort.on("GET", "large").times(2),
        Fault::InternalError.on("PUT", "c").times(2),
        Fault::InternalError.on("DELETE", "a/b.txt").times(1),
        Fault::HangUp.on("GET", "contract/").times(1),
    ] {
        proxy.inject(fault);
    }
    keeps_the_contract(&proxy.endpoint());
    assert_eq!(proxy.faulted(), 8, "not all of them happened");
}
