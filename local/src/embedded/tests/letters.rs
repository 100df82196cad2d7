use matinee::ports::{Interactions, Queue as _, Viewers};
use matinee::taste::{DeadLetter, DeadReason, Message, Unreadable};
use rusqlite::Connection;

use super::*;
use crate::embedded::{FILE, Letter};

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn bury(embedded: &Embedded, letter: &DeadLetter) {
    embedded.dead_letters().send(&letter.body()).await.unwrap();
}

async fn messages(embedded: &Embedded) -> Vec<serde_json::Value> {
    let letters = embedded.letters().await.unwrap();
    letters.into_iter().map(|l| l.letter.message).collect()
}

async fn forget(embedded: &Embedded, viewer: &str, until: i64) {
    let (tables, viewer) = (embedded.tables(), viewer.parse().unwrap());
    Viewers::forget(&tables, &viewer, Millis(until))
        .await
        .unwrap();
    Interactions::forget(&tables, &viewer, Millis(until))
        .await
        .unwrap();
}

/// Lets every letter be so many days older.
async fn age(embedded: &Embedded, days: i64) {
    let age = embedded.store.write("age", "a test", move |connection| {
        connection.execute("UPDATE dead_letters SET sent = sent - ?1", [days * DAY])
    });
    age.await.unwrap();
}

fn rows_in_the_file(dir: &TempDir) -> i64 {
    Connection::open(dir.path().join(FILE))
        .unwrap()
        .query_row("SELECT count(*) FROM dead_letters", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn letters_are_listed_with_their_times_and_stay_where_they_are() {
    let dir = folder();
    let embedded = open(&dir);
    let before = crate::embedded::now();
    let conflict = DeadLetter::id_conflict(&row("ada", "1", 10));
    bury(&embedded, &conflict).await;
    embedded.dead_letters().send("no letter").await.unwrap();
    for _ in 0..2 {
        let letters = embedded.letters().await.unwrap();
        let [first, second] = letters.as_slice() else {
            panic!("{letters:?}");
        };
        let Letter { sent, letter } = first;
        assert_eq!(*letter, conflict);
        assert!((before.0..=crate::embedded::now().0).contains(&sent.0));
        assert_eq!(second.letter.message, "no letter");
    }
}

#[tokio::test]
async fn letters_go_after_fourteen_days() {
    let dir = folder();
    let embedded = open(&dir);
    let letter = DeadLetter::id_conflict(&row("ada", "1", 10));
    bury(&embedded, &letter).await;
    age(&embedded, 13).await;
    bury(&embedded, &letter).await;
    assert_eq!(rows_in_the_file(&dir), 2);
    age(&embedded, 1).await;
    assert_eq!(embedded.letters().await.unwrap().len(), 1);
    bury(&embedded, &letter).await;
    assert_eq!(
        rows_in_the_file(&dir),
        2,
        "one that is added lets the old go"
    );
    age(&embedded, 13).await;
    drop(embedded);
    let embedded = open(&dir);
    assert_eq!(rows_in_the_file(&dir), 1, "opening lets the old go");
    assert_eq!(embedded.letters().await.unwrap().len(), 1);
}

#[tokio::test]
async fn letters_of_a_file_from_before_they_had_times_are_as_old_as_its_first_opening() {
    let dir = folder();
    drop(open(&dir));
    let older = Connection::open(dir.path().join(FILE)).unwrap();
    let as_before = "DROP INDEX dead_letters_by_sent; ALTER TABLE dead_letters DROP COLUMN sent; \
         INSERT INTO dead_letters (visible_at, receives, body) VALUES (0, 0, 'old')";
    older.execute_batch(as_before).unwrap();
    drop(older);
    let before = crate::embedded::now();
    let embedded = open(&dir);
    let letters = embedded.letters().await.unwrap();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].sent >= before);
    age(&embedded, 14).await;
    drop(embedded);
    assert_eq!(open(&dir).letters().await.unwrap(), []);
}

#[tokio::test]
async fn who_is_forgotten_is_in_no_letter() {
    let dir = folder();
    let embedded = open(&dir);
    let (old, new, other) = (
        row("ada", "1", 10),
        row("ada", "2", 30),
        row("adam", "1", 10),
    );
    let json = |row: &Recorded| serde_json::to_value(row).unwrap();
    let unreadable = Unreadable {
        detail: "a test".to_owned(),
    };
    let wish = |until| Message::forget(&"ada".parse().unwrap(), Millis(until));
    let letters = || {
        [
            DeadLetter::id_conflict(&old),
            DeadLetter::id_conflict(&new),
            DeadLetter::id_conflict(&other),
            DeadLetter::too_often(&Message::interactions(std::slice::from_ref(&old)), 10),
            DeadLetter::too_often(&Message::interactions(&[old.clone(), other.clone()]), 10),
            DeadLetter::unreadable(r#"{"viewer": "ada", "kind": "loved"}"#, &unreadable),
            DeadLetter::too_often(r#"{"served": {"viewer": "ada", "at": 20}}"#, 10),
            DeadLetter::too_often(r#"{"served": {"viewer": "ada", "at": 21}}"#, 10),
            DeadLetter::unreadable("of nobody", &unreadable),
        ]
    };
    let left = [
        json(&new),
        json(&other),
        serde_json::json!({"interactions": [json(&other)]}),
        serde_json::json!({"served": {"viewer": "ada", "at": 21}}),
        "of nobody".into(),
    ];
    for letter in letters() {
        bury(&embedded, &letter).await;
    }
    bury(&embedded, &DeadLetter::too_often(&wish(20), 10)).await;
    bury(&embedded, &DeadLetter::too_often(&wish(21), 10)).await;
    forget(&embedded, "ada", 20).await;
    let mut expected = left.to_vec();
    expected.push(serde_json::from_str(&wish(21)).unwrap());
    assert_eq!(messages(&embedded).await, expected);

    // What dies behind that.
    for letter in letters() {
        bury(&embedded, &letter).await;
    }
    bury(&embedded, &DeadLetter::too_often(&wish(20), 10)).await;
    expected.extend(left);
    expected.push(serde_json::from_str(&wish(20)).unwrap());
    assert_eq!(messages(&embedded).await, expected);
    let reasons: Vec<_> = embedded.letters().await.unwrap();
    assert_eq!(reasons[2].letter.reason, DeadReason::TooOften);
}
