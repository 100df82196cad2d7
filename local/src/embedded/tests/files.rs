use std::fs;
use std::path::Path;
use std::time::Instant;

use matinee::ports::{Interactions, MemoryTables, Queue as _, StoreCause, Viewers};
use proptest::prelude::*;
use rusqlite::{Connection, TransactionBehavior};

use super::*;
use crate::embedded::{EmbeddedError, FILE};

fn refused(dir: &Path) -> (EmbeddedError, String) {
    let error = Embedded::open(dir).unwrap_err();
    let said = error.to_string();
    assert!(said.contains(&dir.display().to_string()), "{said}");
    (error, said)
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_as_it_is() {
    let dir = folder();
    drop(open(&dir));
    let file = dir.path().join(FILE);
    Connection::open(&file)
        .unwrap()
        .pragma_update(None, "user_version", 7)
        .unwrap();
    let before = fs::read(&file).unwrap();
    let (error, said) = refused(dir.path());
    let newer = matches!(
        error,
        EmbeddedError::Newer {
            found: 7,
            known: 1,
            ..
        }
    );
    assert!(newer && said.contains("newer"), "{said}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_database_of_something_else_is_refused() {
    let dir = folder();
    let other = Connection::open(dir.path().join(FILE)).unwrap();
    other.execute_batch("CREATE TABLE bookmarks (url)").unwrap();
    drop(other);
    let (error, said) = refused(dir.path());
    assert!(matches!(error, EmbeddedError::Foreign { .. }), "{said}");
}

#[tokio::test]
async fn damage_is_found_when_the_file_is_opened() {
    let dir = folder();
    let embedded = open(&dir);
    let rows: Vec<Recorded> = (0..2_000)
        .map(|number| row("ada", &number.to_string(), number))
        .collect();
    keep(&embedded, &rows).await;
    drop(embedded);
    let file = dir.path().join(FILE);
    let sound = fs::read(&file).unwrap();

    let text = b"this is no database, it is a text about one ".repeat(100);
    let cut = sound[..sound.len() / 2].to_vec();
    let mut zeroed = sound.clone();
    zeroed[40_960..81_920].fill(0);
    for (name, broken) in [("text", text), ("cut", cut), ("zeroed", zeroed)] {
        fs::write(&file, broken).unwrap();
        let (error, said) = refused(dir.path());
        assert!(
            matches!(error, EmbeddedError::Damaged { .. }),
            "{name}: {said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    fs::write(&file, sound).unwrap();
    assert_eq!(open(&dir).tables().all_interactions().await.unwrap(), {
        let mut rows = rows;
        rows.sort_by_key(|row| row.interaction.at);
        rows
    });
}

#[test]
fn a_file_that_somebody_holds_is_waited_for_and_then_refused() {
    let dir = folder();
    drop(open(&dir));
    let mut other = Connection::open(dir.path().join(FILE)).unwrap();
    let held = other.transaction_with_behavior(TransactionBehavior::Exclusive);
    let begin = Instant::now();
    let (error, said) = refused(dir.path());
    assert!(matches!(error, EmbeddedError::Locked { .. }), "{said}");
    assert!(
        (2..20).contains(&begin.elapsed().as_secs()),
        "{:?}",
        begin.elapsed()
    );
    drop(held);
    drop(open(&dir));
}

#[test]
fn a_folder_that_cannot_be_is_refused() {
    let dir = folder();
    fs::write(dir.path().join("file"), "").unwrap();
    let (error, said) = refused(&dir.path().join("file"));
    assert!(matches!(error, EmbeddedError::Folder { .. }), "{said}");
    fs::create_dir_all(dir.path().join("taken").join(FILE)).unwrap();
    let (error, said) = refused(&dir.path().join("taken"));
    assert!(matches!(error, EmbeddedError::ReadOnly { .. }), "{said}");
}

#[tokio::test]
async fn a_transaction_that_was_never_ended_leaves_nothing() {
    let dir = folder();
    let embedded = open(&dir);
    let kept = row("ada", "kept", 10);
    keep(&embedded, std::slice::from_ref(&kept)).await;
    drop(embedded);
    let mut dying = Connection::open(dir.path().join(FILE)).unwrap();
    let half_done = dying.transaction().unwrap();
    half_done.execute("DELETE FROM interactions", []).unwrap();
    half_done
        .execute(
            "INSERT INTO queue (visible_at, receives, body) VALUES (0, 0, 'half')",
            [],
        )
        .unwrap();
    // As a process leaves it that is killed: neither committed nor taken back.
    let copy = folder();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    let again = open(&copy);
    assert_eq!(again.tables().all_interactions().await.unwrap(), [kept]);
    assert_eq!(again.queue().receive(10).await.unwrap(), []);
}

#[tokio::test]
async fn a_full_disk_refuses_what_is_new_and_keeps_what_was_accepted() {
    let dir = folder();
    let embedded = open(&dir);
    let limit = |pages: u32| {
        embedded.store.write("limit", "pages", move |connection| {
            connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
        })
    };
    limit(60).await.unwrap();
    let (tables, queue) = (embedded.tables(), embedded.queue());
    let (mut accepted, mut sent, mut refused) = (Vec::new(), 0, Vec::new());
    let body = "x".repeat(10_000);
    for number in 0..100 {
        let row = row("ada", &number.to_string(), number);
        let (put, sending) =
            tokio::join!(tables.put(std::slice::from_ref(&row)), queue.send(&body));
        match put.into_iter().next().unwrap() {
            Ok(_) => accepted.push(row),
            Err(error) => refused.push(error),
        }
        match sending {
            Ok(()) => sent += 1,
            Err(error) => refused.push(error),
        }
    }
    assert!(sent > 0 && !accepted.is_empty() && !refused.is_empty());
    for error in refused {
        assert_eq!(error.cause, StoreCause::Unavailable, "{error:?}");
    }
    let there = tables.all_interactions().await.unwrap();
    assert_eq!(there, accepted);
    assert_eq!(queue.counts().await.unwrap().waiting, sent);
    // As soon as there is room it goes on.
    limit(1_000_000).await.unwrap();
    embedded.queue().send(&body).await.unwrap();
}

#[tokio::test]
async fn work_that_fails_is_taken_back_alone() {
    let dir = folder();
    let embedded = open(&dir);
    let send = |number: usize| {
        let fails = number % 3 == 1;
        embedded
            .store
            .write("send to", "a test", move |connection| {
                connection.execute(
                    "INSERT INTO queue (visible_at, receives, body) VALUES (0, 0, ?1)",
                    [number.to_string()],
                )?;
                let more = if fails { "nowhere" } else { "dead_letters" };
                let sql =
                    format!("INSERT INTO {more} (visible_at, receives, body) VALUES (0, 0, '')");
                connection.execute(&sql, [])
            })
    };
    // At once: what waits together is committed together.
    let outcomes = futures_util::future::join_all((0..60).map(send)).await;
    for (number, outcome) in outcomes.into_iter().enumerate() {
        assert_eq!(outcome.is_err(), number % 3 == 1, "{number}");
    }
    let (queue, dead) = (embedded.queue(), embedded.dead_letters());
    assert_eq!(queue.counts().await.unwrap().waiting, 40);
    assert_eq!(dead.counts().await.unwrap().waiting, 40);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_the_file_and_those_beside_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = folder();
    let embedded = open(&dir);
    keep(&embedded, &[row("ada", "1", 10)]).await;
    let mut names = Vec::new();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        names.push(entry.file_name().into_string().unwrap());
        assert_eq!(mode & 0o777, 0o600, "{names:?}");
    }
    names.sort();
    assert_eq!(names, ["feedback.db", "feedback.db-shm", "feedback.db-wal"]);
}

/// What can be done to the twin, and to what is known of it.
#[derive(Clone, Debug)]
enum Step {
    Put { viewer: u8, id: u8, liked: bool },
    Forget { viewer: u8 },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3_u8, 0..6_u8, any::<bool>())
            .prop_map(|(viewer, id, liked)| Step::Put { viewer, id, liked }),
        2 => (0..3_u8).prop_map(|viewer| Step::Forget { viewer }),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is done in whatever order, the file holds what memory holds, and every row that
    /// is there or in the outbox got there once.
    #[test]
    fn the_file_holds_what_memory_holds(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let dir = folder();
        let memory = MemoryTables::default();
        let mut embedded = open(&dir);
        runtime.block_on(async {
            for (time, step) in (0_i64..).zip(steps) {
                match step {
                    Step::Put { viewer, id, liked } => {
                        let mut row = row(&format!("v{viewer}"), &format!("i{id}"), time);
                        row.interaction.kind = if liked { Kind::Liked } else { Kind::Disliked };
                        let put = embedded.tables().put(std::slice::from_ref(&row)).await;
                        let expected = memory.put(&[row]).await;
                        let outcome = |put: Vec<Result<_, _>>| put.into_iter().next().unwrap().unwrap();
                        assert_eq!(outcome(put), outcome(expected));
                    }
                    Step::Forget { viewer } => {
                        let viewer = format!("v{viewer}").parse().unwrap();
                        let until = Millis(time - 2);
                        let tables = embedded.tables();
                        Viewers::forget(&tables, &viewer, until).await.unwrap();
                        Viewers::forget(&memory, &viewer, until).await.unwrap();
                        let gone = Interactions::forget(&tables, &viewer, until).await.unwrap();
                        let expected = Interactions::forget(&memory, &viewer, until).await.unwrap();
                        assert_eq!(gone, expected);
                    }
                    Step::Reopen => {
                        drop(std::mem::replace(&mut embedded, open(&dir)));
                    }
                }
            }
            let mut rows = embedded.tables().all_interactions().await.unwrap();
            rows.sort_by_key(|row| (row.interaction.viewer.clone(), row.interaction.id.clone()));
            assert_eq!(rows, memory.rows());
        });
    }
}
