//! The Rust SDK's clients of Amazon Personalize, as they come, against the server on one machine: by the
//! address alone.

use std::time::Duration;

use aws_sdk_personalizeevents as sdk_events;
use aws_sdk_personalizeruntime as sdk_runtime;
use aws_smithy_http_client::Builder;
use matinee_integration::Server;
use sdk_events::primitives::DateTime;
use sdk_events::types::Event;
use sdk_runtime::config::{BehaviorVersion, Credentials, Region};
use sdk_runtime::error::SdkError;
use sdk_runtime::operation::get_recommendations::GetRecommendationsError;

const ARN: &str = "arn:aws:personalize:us-east-1:123456789012";

/// A client of one of the SDK's crates, which have no type in common.
macro_rules! client {
    ($sdk:ident, $server:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::from_static("us-east-1"))
                .credentials_provider(Credentials::new("any", "any", None, None, "tests"))
                .http_client(Builder::new().build_http())
                .endpoint_url($server.base())
                .build(),
        )
    };
}

fn campaign(list: &str) -> String {
    format!("{ARN}:campaign/matinee-{list}")
}

#[tokio::test]
async fn the_rust_sdk_sends_events_and_gets_lists_that_go_by_them() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["serve", "--port", "0", "--mqtt-port", "0"];
    let server = Server::start(dir.path(), &args);
    let (runtime, events) = (client!(sdk_runtime, server), client!(sdk_events, server));
    let now = jiff::Timestamp::now().as_second();
    let event = Event::builder()
        .event_id("1")
        .event_type("Like")
        .item_id("tmdb:603")
        .sent_at(DateTime::from_secs(now))
        .build();
    let put = events.put_events().tracking_id("t").session_id("s");
    put.user_id("ada")
        .event_list(event.unwrap())
        .send()
        .await
        .unwrap();
    let list = loop {
        let asked = runtime
            .get_recommendations()
            .campaign_arn(campaign("for-you"));
        let list = asked.user_id("ada").num_results(10).send().await.unwrap();
        let known = server.get("/viewers/ada").json();
        if known["interactions"] == 1 {
            break list;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(list.recommendation_id().is_some());
    let asked = runtime
        .get_recommendations()
        .campaign_arn(campaign("for-you"));
    let list = asked.user_id("ada").num_results(10).send().await.unwrap();
    let ids: Vec<&str> = list
        .item_list()
        .iter()
        .filter_map(|item| item.item_id())
        .collect();
    assert_eq!(ids.len(), 10);
    assert!(!ids.contains(&"tmdb:603"), "{ids:?}");

    let ranking = runtime.get_personalized_ranking();
    let ranking = ranking
        .campaign_arn(campaign("ranking"))
        .user_id("ada")
        .set_input_list(Some(["tmdb:105", "tmdb:604"].map(str::to_owned).into()))
        .metadata_columns("ITEMS", vec!["TITLE".to_owned()])
        .send()
        .await
        .unwrap();
    let first = &ranking.personalized_ranking()[0];
    assert_eq!(first.item_id(), Some("tmdb:604"));
    assert_eq!(first.metadata().unwrap()["TITLE"], "The Matrix Reloaded");
}

#[tokio::test]
async fn the_rust_sdk_tells_the_documented_errors_apart() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["serve", "--port", "0", "--mqtt-port", "0"];
    let server = Server::start(dir.path(), &args);
    let runtime = client!(sdk_runtime, server);
    let ask = |list: &str| runtime.get_recommendations().campaign_arn(campaign(list));
    let unknown = ask("other").send().await.unwrap_err();
    assert!(matches!(
        unknown.into_service_error(),
        GetRecommendationsError::ResourceNotFoundException(_)
    ));
    let nobody = ask("for-you").send().await.unwrap_err();
    assert!(
        matches!(&nobody, SdkError::ServiceError(error) if error.raw().status().as_u16() == 400)
    );
    let GetRecommendationsError::InvalidInputException(error) = nobody.into_service_error() else {
        panic!("another error");
    };
    assert!(error.message().unwrap().contains("userId must be given"));
    let event = Event::builder()
        .event_type("Like")
        .sent_at(DateTime::from_secs(0))
        .build();
    let put = client!(sdk_events, server)
        .put_events()
        .tracking_id("t")
        .session_id("s");
    let refused = put.event_list(event.unwrap()).send().await.unwrap_err();
    assert!(refused.into_service_error().is_invalid_input_exception());
}
