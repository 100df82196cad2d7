//! Blobs in S3 keep the contract that blobs in memory and in a directory keep.

use matinee::ports::contract;
use matinee_aws::{Pace, S3Blobs};
use matinee_integration::apart;
use matinee_integration::lambda::{Fault, FaultProxy, Moto};

/// Tells a process of this test that it is the one to call S3.
const BUCKET: &str = "MATINEE_CONTRACT_BUCKET";

#[test]
#[ignore = "runs in a process of its own, for the test below"]
fn in_a_process_of_its_own() {
    apart::play(BUCKET, async |bucket| {
        for (prefix, pace) in [("", Pace::tool()), ("models/", Pace::function())] {
            contract::blobs(&S3Blobs::new(&bucket, prefix, pace)).await;
        }
    });
}

fn keeps_the_contract(endpoint: &str) {
    apart::in_a_process_of_its_own(&[(BUCKET, "contract"), ("AWS_ENDPOINT_URL", endpoint)]);
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
