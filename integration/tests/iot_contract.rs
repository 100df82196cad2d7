//! Messages through AWS IoT keep the contract that messages in memory keep.

use matinee::ports::{Shadow as _, contract};
use matinee_aws::{Clients, IotShadow, Pace};
use matinee_integration::apart;
use matinee_integration::lambda::{Fault, FaultProxy, Moto, Things};

/// Tells a process of this test where moto tells what was published.
const MOTO: &str = "MATINEE_CONTRACT_MOTO";

/// The cause that publishing is to fail for, where it is to fail.
const CAUSE: &str = "MATINEE_CONTRACT_CAUSE";

#[test]
#[ignore = "runs in a process of its own, for the tests below"]
fn in_a_process_of_its_own() {
    apart::play(MOTO, async |moto| {
        let shadow = IotShadow::new(&Clients::new(Pace::function()));
        let Ok(cause) = std::env::var(CAUSE) else {
            let things = Things::at(&moto);
            return contract::shadow(&shadow, async || things.published()).await;
        };
        let error = shadow
            .publish("matinee/a/rejected", b"{}")
            .await
            .unwrap_err();
        assert_eq!(
            format!("{:?}", error.cause),
            cause,
            "{error}: {}",
            error.source
        );
        assert!(error.to_string().contains("matinee/a/rejected"), "{error}");
    });
}

/// Lets a process publish through `endpoint`.
fn play(endpoint: &str, moto: &str, cause: Option<&str>) {
    apart::in_a_process_of_its_own(&[
        (MOTO, moto),
        ("AWS_ENDPOINT_URL_IOT_DATA_PLANE", endpoint),
        (CAUSE, cause.unwrap_or_default()),
    ]);
}

#[test]
fn a_broker_keeps_the_contract_also_where_it_stumbles() {
    let Some(moto) = Moto::start_with_things() else {
        return;
    };
    let proxy = FaultProxy::start(moto.endpoint());
    for fault in [Fault::SlowDown, Fault::InternalError, Fault::HangUp] {
        proxy.inject(fault.on("POST", "rejected").times(1));
    }
    play(&proxy.endpoint(), moto.endpoint(), None);
    assert_eq!(proxy.faulted(), 3, "not all of them happened");
}

#[test]
fn every_failure_has_its_cause() {
    let Some(moto) = Moto::start_with_things() else {
        return;
    };
    let proxy = FaultProxy::start(moto.endpoint());
    for (fault, cause) in [
        (Fault::AccessDenied, "AccessDenied"),
        (Fault::ExpiredToken { status: 400 }, "ExpiredCredentials"),
        (Fault::SlowDown, "Unavailable"),
        (Fault::InternalError, "Unavailable"),
        (Fault::Unavailable, "Unavailable"),
        (Fault::HangUp, "Unavailable"),
    ] {
        proxy.clear();
        proxy.inject(fault);
        play(&proxy.endpoint(), moto.endpoint(), Some(cause));
    }
    assert_eq!(moto.things().published(), []);
}
