use bytes::Bytes;
use matinee::ports::{Blob, BlobError, Blobs, ETag, Expect, Films, StoreCause, Viewers};
use matinee::taste::ViewerId;
use matinee::taste::log::{FILM_RATINGS, LogRow, read_film_segment, read_segment};

use super::*;
use crate::embedded::FeedError;

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn texts(log: &impl Blobs) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for key in log.list("").await.unwrap() {
        let bytes = log.get(&key).await.unwrap().unwrap().bytes;
        texts.push((key, String::from_utf8(bytes.to_vec()).unwrap()));
    }
    texts
}

/// The rows of all segments of interactions.
async fn logged(log: &impl Blobs) -> Vec<LogRow> {
    let texts = texts(log).await;
    let segments = texts
        .iter()
        .filter(|(key, _)| !key.starts_with(FILM_RATINGS));
    segments
        .flat_map(|(_, text)| read_segment(text).unwrap())
        .collect()
}

#[tokio::test]
async fn rows_go_to_the_segment_of_their_day_and_kind_and_go_once() {
    let dir = folder();
    let embedded = open(&dir);
    let tables = embedded.tables();
    let rows = [
        row("ada", "1", 10),
        row("bo", "1", DAY + 5),
        row("ada", "2", 20),
    ];
    keep(&embedded, &rows).await;
    keep(&embedded, &rows).await;
    let film = rating("Night Ferry", DAY);
    for _ in 0..2 {
        Films::put(&tables, &film).await.unwrap();
    }
    let ada: ViewerId = "ada".parse().unwrap();
    Viewers::forget(&tables, &ada, Millis(DAY - 1))
        .await
        .unwrap();
    Viewers::forget(&tables, &ada, Millis(DAY - 1))
        .await
        .unwrap();
    let feeder = embedded.log_feeder(log_of(&dir));
    assert_eq!(feeder.feed().await.unwrap(), 5);
    assert_eq!(feeder.feed().await.unwrap(), 0);

    let texts = texts(&log_of(&dir)).await;
    let days: Vec<&str> = texts
        .iter()
        .map(|(key, _)| key.split_once("/local").unwrap().0)
        .collect();
    assert_eq!(
        days,
        [
            "dt=1970-01-01",
            "dt=1970-01-02",
            "film-ratings/dt=1970-01-02"
        ]
    );
    let [ada_1, bo_1, ada_2] = rows.map(LogRow::Interaction);
    let until = Millis(DAY - 1);
    let forgotten = LogRow::Forgotten { viewer: ada, until };
    assert_eq!(
        read_segment(&texts[0].1).unwrap(),
        [ada_1, ada_2, forgotten]
    );
    assert_eq!(read_segment(&texts[1].1).unwrap(), [bo_1]);
    assert_eq!(read_film_segment(&texts[2].1).unwrap(), [film]);
}

#[tokio::test]
async fn what_is_forgotten_before_it_reached_the_log_never_does() {
    let dir = folder();
    let embedded = open(&dir);
    let tables = embedded.tables();
    let later = row("ada", "2", 20);
    keep(&embedded, &[row("ada", "1", 10), later.clone()]).await;
    Viewers::forget(&tables, &"ada".parse().unwrap(), Millis(10))
        .await
        .unwrap();
    let ada = "ada".parse().unwrap();
    assert_eq!(
        matinee::ports::Interactions::forget(&tables, &ada, Millis(10))
            .await
            .unwrap(),
        1
    );
    embedded.log_feeder(log_of(&dir)).feed().await.unwrap();
    let forgotten = LogRow::Forgotten {
        viewer: ada,
        until: Millis(10),
    };
    let logged = logged(&log_of(&dir)).await;
    assert_eq!(logged, [LogRow::Interaction(later), forgotten]);
}

/// A log that fails, after the first writes or at once.
struct Failing {
    blobs: DirectoryBlobs,
    writes: bool,
}

fn no_room(key: &str) -> BlobError {
    BlobError::Store {
        action: "write",
        key: key.to_owned(),
        cause: StoreCause::Other,
        source: "no room".into(),
    }
}

impl Blobs for Failing {
    async fn get(&self, key: &str) -> Result<Option<Blob>, BlobError> {
        self.blobs.get(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        self.blobs.list(prefix).await
    }

    async fn put(&self, key: &str, bytes: Bytes, expect: Expect) -> Result<ETag, BlobError> {
        if self.writes {
            self.blobs.put(key, bytes, expect).await?;
        }
        Err(no_room(key))
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        self.blobs.delete(key).await
    }
}

#[tokio::test]
async fn a_log_that_fails_loses_nothing() {
    let dir = folder();
    let embedded = open(&dir);
    let rows = [row("ada", "1", 10), row("ada", "2", 20)];
    keep(&embedded, &rows[..1]).await;
    for writes in [false, true] {
        let failing = Failing {
            blobs: log_of(&dir),
            writes,
        };
        let error = embedded.log_feeder(failing).feed().await.unwrap_err();
        assert!(matches!(error, FeedError::Log(_)), "{error}");
    }
    keep(&embedded, &rows[1..]).await;
    assert_eq!(embedded.log_feeder(log_of(&dir)).feed().await.unwrap(), 2);
    // The first was written before its writer heard that it was not, and again with the second.
    let rows = rows.map(LogRow::Interaction);
    let mut logged = logged(&log_of(&dir)).await;
    logged.dedup();
    assert_eq!(logged.len(), 3);
    assert!(logged.iter().all(|row| rows.contains(row)));
}

#[tokio::test]
async fn a_folder_put_back_to_an_earlier_state_writes_over_nothing() {
    let (dir, earlier) = (folder(), folder());
    drop(open(&dir));
    let file = |dir: &TempDir| dir.path().join(crate::embedded::FILE);
    std::fs::copy(file(&dir), file(&earlier)).unwrap();
    for (folder, id) in [(&dir, "before"), (&earlier, "after")] {
        let embedded = open(folder);
        keep(&embedded, &[row("ada", id, 10)]).await;
        embedded.log_feeder(log_of(&dir)).feed().await.unwrap();
    }
    let logged = logged(&log_of(&dir)).await;
    assert_eq!(logged.len(), 2, "{logged:?}");
}
