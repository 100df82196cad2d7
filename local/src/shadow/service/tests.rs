use std::path::Path;

use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;

use super::*;

/// A service with its file, asked one request at a time.
struct Desk {
    requests: UnboundedSender<Request>,
    said: UnboundedReceiver<Message>,
    running: tokio::task::JoinHandle<()>,
}

impl Desk {
    fn open(dir: &Path) -> Self {
        let (requests, service) = Service::new(EmbeddedShadows::open(dir).unwrap());
        let (say, said) = unbounded_channel();
        let running = tokio::spawn(service.run(move |message| say.send(message).unwrap()));
        Self {
            requests,
            said,
            running,
        }
    }

    /// What is said about a request: the topic below the request's, and the body without its times.
    async fn ask(&mut self, operation: Operation, payload: &str) -> Vec<(String, Value)> {
        self.ask_for("tv", operation, payload).await
    }

    async fn ask_for(
        &mut self,
        thing: &str,
        operation: Operation,
        payload: &str,
    ) -> Vec<(String, Value)> {
        let (done, outcome) = oneshot::channel();
        let topic = "$aws/things/tv/shadow/x";
        let request = Request {
            thing: thing.into(),
            operation,
            message: Message::new(topic, payload.to_owned()),
            slot: None,
            done,
        };
        self.requests.send(request).unwrap();
        outcome.await.unwrap().unwrap();
        let mut said = Vec::new();
        while let Ok(message) = self.said.try_recv() {
            let name = message.topic.strip_prefix(topic).unwrap();
            let mut body: Value = serde_json::from_slice(&message.payload).unwrap();
            timeless(&mut body);
            said.push((name[1..].to_owned(), body));
        }
        said
    }

    async fn update(&mut self, body: Value) -> Vec<(String, Value)> {
        self.ask(Operation::Update, &body.to_string()).await
    }

    async fn close(self) {
        drop(self.requests);
        self.running.await.unwrap();
    }
}

/// Takes the times away, having seen that they are some.
fn timeless(body: &mut Value) {
    match body {
        Value::Object(object) => {
            let now = now().0 / 1000;
            if let Some(time) = object.get("timestamp").and_then(Value::as_i64) {
                assert!((now - 60..=now).contains(&time), "{time}");
                object.insert("timestamp".to_owned(), "now".into());
            }
            object.values_mut().for_each(timeless);
        }
        Value::Array(values) => values.iter_mut().for_each(timeless),
        _ => {}
    }
}

fn names(said: &[(String, Value)]) -> Vec<&str> {
    said.iter().map(|(name, _)| &**name).collect()
}

#[tokio::test]
async fn an_update_is_accepted_and_told_with_what_is_left_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(dir.path());
    let desired =
        json!({"state": {"desired": {"a": 1, "b": {"c": 2, "d": 3}}}, "clientToken": "t"});
    let said = desk.update(desired).await;
    let time = || json!({"timestamp": "now"});
    let state = json!({"a": 1, "b": {"c": 2, "d": 3}});
    let metadata = json!({"a": time(), "b": {"c": time(), "d": time()}});
    let expected = [
        (
            "accepted",
            json!({
                "state": {"desired": state}, "metadata": {"desired": metadata},
                "version": 1, "timestamp": "now", "clientToken": "t",
            }),
        ),
        (
            "delta",
            json!({
                "state": state, "metadata": metadata,
                "version": 1, "timestamp": "now", "clientToken": "t",
            }),
        ),
        (
            "documents",
            json!({
                "previous": {"state": {}, "metadata": {}, "version": 0},
                "current": {"state": {"desired": state}, "metadata": {"desired": metadata}, "version": 1},
                "timestamp": "now", "clientToken": "t",
            }),
        ),
    ];
    assert_eq!(said, expected.map(|(name, body)| (name.to_owned(), body)));
    let said = desk
        .update(json!({"state": {"reported": {"a": 1, "b": {"c": 2}, "e": 9}}}))
        .await;
    assert_eq!(names(&said), ["accepted", "delta", "documents"]);
    assert_eq!(said[1].1["state"], json!({"b": {"d": 3}}));
    assert_eq!(said[1].1["version"], 2);
    let said = desk
        .update(json!({"state": {"reported": {"b": {"d": 3}}}}))
        .await;
    assert_eq!(names(&said), ["accepted", "documents"]);
    let said = desk.ask(Operation::Get, r#"{"clientToken":"g"}"#).await;
    let (name, whole) = &said[0];
    assert_eq!(name, "accepted");
    let reported = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": 9});
    assert_eq!(
        whole["state"],
        json!({"desired": state, "reported": reported})
    );
    assert_eq!(
        (&whole["version"], &whole["clientToken"]),
        (&json!(3), &json!("g"))
    );
    assert_eq!(whole["metadata"]["reported"]["e"], time());
}

#[tokio::test]
async fn null_takes_away_an_attribute_a_section_or_all_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(dir.path());
    let both = json!({"state": {"desired": {"a": 1, "b": 2}, "reported": {"c": 3}}});
    desk.update(both).await;
    let said = desk
        .update(json!({"state": {"desired": {"a": null}}}))
        .await;
    // The answer repeats what was sent; the document has it no more.
    assert_eq!(said[0].1["state"], json!({"desired": {"a": null}}));
    let whole = |said: Vec<(String, Value)>| said[0].1["state"].clone();
    let found = whole(desk.ask(Operation::Get, "").await);
    let expected = json!({"desired": {"b": 2}, "reported": {"c": 3}, "delta": {"b": 2}});
    assert_eq!(found, expected);
    let said = desk.update(json!({"state": {"desired": null}})).await;
    assert_eq!(names(&said), ["accepted", "documents"]);
    assert_eq!(
        whole(desk.ask(Operation::Get, "").await),
        json!({"reported": {"c": 3}})
    );
    desk.update(json!({"state": {"desired": null, "reported": null}}))
        .await;
    let said = desk.ask(Operation::Get, "").await;
    assert_eq!(said[0].1["state"], json!({}));
    assert_eq!(said[0].1["version"], 4);
}

#[tokio::test]
async fn who_expects_another_version_is_told_of_a_conflict() {
    let dir = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(dir.path());
    let at = |version: u64| json!({"state": {"desired": {"a": version}}, "version": version});
    let conflict = json!({
        "code": 409, "message": "Version conflict", "timestamp": "now", "clientToken": "t",
    });
    let mut wrong = at(7);
    wrong["clientToken"] = "t".into();
    let said = desk.update(wrong.clone()).await;
    assert_eq!(said, [("rejected".to_owned(), conflict.clone())]);
    assert_eq!(desk.update(at(0)).await[0].1["version"], 1);
    assert_eq!(desk.update(at(1)).await[0].1["version"], 2);
    assert_eq!(
        desk.update(wrong).await,
        [("rejected".to_owned(), conflict)]
    );
    assert_eq!(desk.update(at(1)).await[0].1["code"], 409);
    let found = desk.ask(Operation::Get, "").await;
    assert_eq!(found[0].1["state"]["desired"], json!({"a": 1}));
}

#[tokio::test]
async fn versions_go_on_after_a_shadow_was_deleted_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(dir.path());
    let missing = json!({
        "code": 404, "message": "No shadow exists with name: 'tv'", "timestamp": "now",
    });
    let missing = [("rejected".to_owned(), missing)];
    assert_eq!(desk.ask(Operation::Get, "").await, missing);
    assert_eq!(desk.ask(Operation::Delete, "").await, missing);
    let update = json!({"state": {"desired": {"a": 1}}});
    desk.update(update.clone()).await;
    desk.update(update.clone()).await;
    desk.close().await;
    let mut desk = Desk::open(dir.path());
    let said = desk.ask(Operation::Delete, r#"{"clientToken":"d"}"#).await;
    let deleted = json!({"version": 2, "timestamp": "now", "clientToken": "d"});
    assert_eq!(said, [("accepted".to_owned(), deleted)]);
    assert_eq!(desk.ask(Operation::Get, "").await, missing);
    desk.close().await;
    let mut desk = Desk::open(dir.path());
    let said = desk.update(update).await;
    assert_eq!(said[0].1["version"], 3);
    assert_eq!(
        said[2].1["previous"],
        json!({"state": {}, "metadata": {}, "version": 2})
    );
}

#[tokio::test]
async fn a_version_is_forgotten_48_hours_after_its_shadow_was_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let shadows = EmbeddedShadows::open(dir.path()).unwrap();
    let versions = shadows.change(|connection| {
        let deleted = |changed| Row {
            version: 5,
            changed,
            document: None,
        };
        deleted(1_000_000).write(connection, "tv")?;
        let version = |now| Row::read(connection, "tv", now).map(|row| row.map(|row| row.version));
        let hours = |hours: i64| 1_000_000 + hours * 3600;
        Ok([version(hours(47))?, version(hours(49))?])
    });
    assert_eq!(versions.await.unwrap(), [Some(5), None]);
}

#[tokio::test]
async fn a_state_has_8_kilobytes_whatever_stands_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(dir.path());
    // {"a":"…"} takes eight bytes beside the text.
    let update = |bytes: usize| {
        json!({
            "state": {"desired": {"a": "x".repeat(bytes - 8)}}, "title": "y".repeat(20_000),
        })
    };
    assert_eq!(names(&desk.update(update(8 * 1024)).await)[0], "accepted");
    let said = desk.update(update(8 * 1024 + 1)).await;
    let large = json!({
        "code": 413, "message": "The payload exceeds the maximum size allowed", "timestamp": "now",
    });
    assert_eq!(said, [("rejected".to_owned(), large.clone())]);
    // What was there counts, too.
    let more = json!({"state": {"reported": {"b": 1}}});
    assert_eq!(
        desk.update(more.clone()).await,
        [("rejected".to_owned(), large)]
    );
    desk.update(json!({"state": {"desired": {"a": null}}}))
        .await;
    assert_eq!(names(&desk.update(more).await)[0], "accepted");
}

#[tokio::test]
async fn things_that_cannot_be_called_so_have_no_shadow() {
    let dir = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(dir.path());
    let said = desk
        .ask_for("a b", Operation::Update, r#"{"state":{}}"#)
        .await;
    assert_eq!(said[0].0, "rejected");
    assert_eq!(said[0].1["code"], 400);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_rejects_with_500() {
    let dir = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(dir.path());
    let elsewhere = rusqlite::Connection::open(dir.path().join("shadows.db")).unwrap();
    elsewhere.execute_batch("DROP TABLE shadows").unwrap();
    let said = desk.update(json!({"state": {}})).await;
    let failed = json!({"code": 500, "message": "Internal service failure", "timestamp": "now"});
    assert_eq!(said, [("rejected".to_owned(), failed)]);
}

#[tokio::test]
async fn requests_are_answered_in_their_order_however_many_come_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let Desk {
        requests,
        mut said,
        running,
    } = Desk::open(dir.path());
    let mut outcomes = Vec::new();
    for number in 0..1_000 {
        let (done, outcome) = oneshot::channel();
        let payload = json!({"state": {"reported": {"n": number}}}).to_string();
        requests
            .send(Request {
                thing: if number % 2 == 0 { "even" } else { "odd" }.into(),
                operation: Operation::Update,
                message: Message::new("t", payload),
                slot: None,
                done,
            })
            .unwrap();
        outcomes.push(outcome);
    }
    for outcome in outcomes {
        outcome.await.unwrap().unwrap();
    }
    drop(requests);
    running.await.unwrap();
    let mut accepted = Vec::new();
    while let Some(message) = said.recv().await {
        if &*message.topic == "t/accepted" {
            let body: Value = serde_json::from_slice(&message.payload).unwrap();
            accepted.push((
                body["state"]["reported"]["n"].clone(),
                body["version"].clone(),
            ));
        }
    }
    let expected: Vec<_> = (0..1_000).map(|n| (json!(n), json!(n / 2 + 1))).collect();
    assert_eq!(accepted, expected);
}
