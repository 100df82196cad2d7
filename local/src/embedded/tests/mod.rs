//! The contracts of the ports, and what a file on a disk adds to them.

mod bringing_in;
mod files;
mod letters;
mod log;
mod queues;
mod served;

use std::time::Duration;

use matinee::ports::{DirectoryBlobs, Interactions as _, contract};
use matinee::taste::{FilmRating, Interaction, Kind, Millis, Recorded, Source};
use tempfile::TempDir;

use super::{Embedded, Settings, now};

/// How long messages are hidden in tests that wait for them.
const SHORT: Duration = Duration::from_millis(50);

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(dir: &TempDir) -> Embedded {
    Embedded::open(dir.path()).unwrap()
}

/// With messages that are hidden for [`SHORT`].
fn hasty(dir: &TempDir) -> Embedded {
    let settings = Settings { visibility: SHORT };
    Embedded::open_with(dir.path(), settings).unwrap()
}

fn log_of(dir: &TempDir) -> DirectoryBlobs {
    DirectoryBlobs::new(dir.path().join("log"))
}

fn row(viewer: &str, id: &str, accepted: i64) -> Recorded {
    Recorded {
        interaction: Interaction {
            id: id.parse().unwrap(),
            viewer: viewer.parse().unwrap(),
            movie: "tmdb:603".parse().unwrap(),
            kind: Kind::Liked,
            at: Millis(accepted - 1),
            source: Source::Voice,
            recommendation: None,
        },
        accepted: Millis(accepted),
        clamped: false,
        undated: true,
    }
}

fn rating(title: &str, accepted: i64) -> FilmRating {
    FilmRating {
        title: title.to_owned(),
        id: "r-1".parse().unwrap(),
        year: 1999,
        director: "Ada Moor".to_owned(),
        genre1: "Drama".to_owned(),
        genre2: "None".to_owned(),
        genre3: "None".to_owned(),
        stars: 7.5,
        thing: "sofa".to_owned(),
        accepted: Millis(accepted),
    }
}

/// Puts rows, each of which is new or was there before.
async fn keep(embedded: &Embedded, rows: &[Recorded]) {
    let outcomes = embedded.tables().put(rows).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

#[tokio::test]
async fn the_embedded_twin_keeps_the_contracts() {
    let dir = folder();
    let embedded = open(&dir);
    contract::interactions(&embedded.tables()).await;
    contract::viewers(&embedded.tables()).await;
    contract::films(&embedded.tables()).await;
    contract::recommendations(&embedded.tables(), now()).await;
    contract::queue(&embedded.queue()).await;
    contract::queue(&embedded.dead_letters()).await;
}

#[tokio::test]
async fn what_was_put_is_there_when_the_file_is_opened_again() {
    let dir = folder();
    let rows = [row("ada", "1", 10), row("bo", "1", 11)];
    keep(&open(&dir), &rows).await;
    let again = open(&dir).tables().all_interactions().await.unwrap();
    assert_eq!(again, rows);
}

#[tokio::test]
async fn two_that_have_the_file_open_see_each_others_rows() {
    let dir = folder();
    let (one, other) = (open(&dir), open(&dir));
    let put_all = |embedded: &Embedded, name: &str| {
        let (embedded, name) = (embedded.clone(), name.to_owned());
        tokio::spawn(async move {
            for number in 0..50 {
                keep(
                    &embedded,
                    &[row("ada", &format!("{name}-{number}"), number)],
                )
                .await;
            }
        })
    };
    let (first, second) = (put_all(&one, "one"), put_all(&other, "other"));
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(one.tables().all_interactions().await.unwrap().len(), 100);
}
