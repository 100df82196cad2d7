mod events;
mod export;
mod lists;
mod training;

use bytes::Bytes;
use futures_util::FutureExt as _;
use matinee::ports::{Expect, MemoryBlobs};
use matinee::taste::log::{LogRow, segment, segment_key};
use matinee::taste::{Interaction, InteractionId, Kind, Recorded, Source};
use tempfile::TempDir;

use super::*;

const NOW: Millis = Millis(1_772_420_400_123);

type Memory = Trainer<MemoryBlobs, MemoryBlobs, MemoryBlobs, MemoryBlobs>;

fn trainer() -> (TempDir, Memory) {
    let folder = tempfile::tempdir().unwrap();
    let trainer = Trainer {
        models: MemoryBlobs::default(),
        catalogues: MemoryBlobs::default(),
        items: MemoryBlobs::default(),
        log: MemoryBlobs::default(),
        data: MemoryBlobs::default(),
        work: folder.path().join("work"),
        dense_films: 20_000,
        memory: Some(1 << 30),
    };
    (folder, trainer)
}

fn put(blobs: &MemoryBlobs, key: &str, text: &str) {
    let put = blobs.put(key, Bytes::from(text.to_owned()), Expect::Anything);
    put.now_or_never().unwrap().unwrap();
}

/// A folder as `MovieLens` has it.
fn films(blobs: &MemoryBlobs, count: usize) {
    let rows = (1..=count).map(|film| format!("{film},Film {film} ({}),Crime\n", 1980 + film));
    let text = format!("movieId,title,genres\n{}", rows.collect::<String>());
    put(blobs, "ml-tiny/movies.csv", &text);
}

fn like(viewer: &str, film: usize) -> Recorded {
    Interaction {
        id: InteractionId::derived([viewer, &film.to_string()]),
        viewer: viewer.parse().unwrap(),
        movie: format!("movielens:{film}").parse().unwrap(),
        kind: Kind::Liked,
        at: Millis(1_772_000_000_000),
        source: Source::Http,
        recommendation: None,
    }
    .accepted(Millis(1_772_000_000_000))
}

fn likes(blobs: &MemoryBlobs, viewers: usize) {
    let like = |viewer, film| LogRow::Interaction(like(&format!("v{viewer}"), film));
    let rows: Vec<LogRow> = (0..viewers)
        .flat_map(|viewer| [0, 2, 4].map(|film| like(viewer, (viewer + film) % 8 + 1)))
        .collect();
    let key = segment_key("2026-02-25", "a", "1", "2");
    put(blobs, &key, &segment(&rows));
}

fn train(trainer: &Memory, ask: &Ask, left: Option<Duration>) -> Result<Answer, TrainError> {
    trainer.train(ask, NOW, left).now_or_never().unwrap()
}

/// A trainer whose live model learned from its log.
fn trained() -> (TempDir, Memory) {
    let (folder, trainer) = trainer();
    films(&trainer.catalogues, 10);
    likes(&trainer.log, 12);
    train(&trainer, &Ask::default(), None).unwrap();
    (folder, trainer)
}

fn text(blobs: &MemoryBlobs, key: &str) -> String {
    let blob = blobs.get(key).now_or_never().unwrap().unwrap();
    let blob = blob.unwrap_or_else(|| panic!("{key} is missing"));
    String::from_utf8(blob.bytes.to_vec()).unwrap()
}

fn keys(blobs: &MemoryBlobs, prefix: &str) -> Vec<String> {
    blobs.list(prefix).now_or_never().unwrap().unwrap()
}
