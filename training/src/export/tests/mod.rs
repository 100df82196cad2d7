//! What was exported is read again: by our own import, and by the reader of the Parquet crate.

mod files;
mod matrix;
#[cfg(feature = "parquet")]
mod parquet;
mod personalize;
mod users;

use bytes::Bytes;
use futures_util::FutureExt as _;
use matinee::catalogue::{Genre, Movie};
use matinee::ports::{Blobs, Expect, MemoryBlobs};
use matinee::taste::log::{LogRow, segment, segment_key};
use matinee::taste::{Interaction, Kind, Millis, Rating, Scale, Source, Watch};

use super::{ExportError, ExportFormat, ExportReport, export};
use crate::NoProgress;
use crate::log::DayRange;

const MONDAY: &str = "2026-01-05";
const TUESDAY: &str = "2026-01-06";

/// The morning of that Monday.
const BEGIN: i64 = 1_767_596_400_000;

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

fn row(viewer: &str, movie: &str, kind: Kind, second: i64) -> LogRow {
    LogRow::Interaction(
        Interaction {
            id: format!("{viewer}-{second}").parse().unwrap(),
            viewer: viewer.parse().unwrap(),
            movie: movie.parse().unwrap(),
            kind,
            at: Millis(BEGIN + second * 1000 + 7),
            source: Source::Http,
            recommendation: (second % 2 == 1).then(|| "list-1".parse().unwrap()),
        }
        .accepted(Millis(BEGIN + second * 1000 + 9)),
    )
}

/// One row of every kind, and of both scales.
fn every_kind() -> Vec<LogRow> {
    let watch = |seconds| {
        Some(Watch {
            seconds,
            duration: 8160.0,
        })
    };
    let rated = |stars, scale| Kind::Rated(Rating::new(stars, scale).unwrap());
    let kinds = [
        Kind::Watched(watch(5400.0)),
        Kind::Watched(None),
        Kind::Clicked(watch(60.5)),
        Kind::Clicked(None),
        Kind::Liked,
        Kind::Disliked,
        Kind::Skipped,
        rated(3.5, Scale::Five),
        rated(7.0, Scale::Ten),
    ];
    let row = |(second, kind)| row("ada", "tmdb:603", kind, second);
    (0..).zip(kinds).map(row).collect()
}

fn forgotten(viewer: &str, second: i64) -> LogRow {
    LogRow::Forgotten {
        viewer: viewer.parse().unwrap(),
        until: Millis(BEGIN + second * 1000 + 9),
    }
}

fn append(blobs: &MemoryBlobs, day: &str, number: u32, rows: &[LogRow]) {
    let key = segment_key(day, "test", &number.to_string(), &number.to_string());
    let bytes = Bytes::from(segment(rows));
    now(blobs.put(&key, bytes, Expect::Anything)).unwrap();
}

fn movies() -> Vec<Movie> {
    let mut matrix = Movie::new("tmdb:603".parse().unwrap(), "The Matrix", Some(1999));
    matrix.aliases = vec!["movielens:2571".parse().unwrap()];
    matrix.genres = vec![Genre::Action, Genre::ScienceFiction];
    matrix.language = "en".to_owned();
    matrix.overview = "A hacker, \"Neo\",\nlearns what is real.".to_owned();
    let unknown = Movie::new("film:nothing".parse().unwrap(), "Nothing", None);
    let old = Movie::new("tmdb:19".parse().unwrap(), "Metropolis", Some(1927));
    vec![matrix, unknown, old]
}

fn exported(
    log: &impl Blobs,
    to: &impl Blobs,
    format: ExportFormat,
    range: &DayRange,
) -> Result<ExportReport, ExportError> {
    let work = tempfile::tempdir().unwrap();
    let movies = movies();
    let exported = export(log, &movies, to, format, range, work.path(), &NoProgress);
    let exported = now(exported);
    // Nothing of viewers stays behind.
    assert_eq!(std::fs::read_dir(work.path()).unwrap().count(), 0);
    exported
}

fn bytes(blobs: &impl Blobs, key: &str) -> Bytes {
    let blob = now(blobs.get(key)).unwrap();
    blob.unwrap_or_else(|| panic!("{key} is missing")).bytes
}

fn text(blobs: &impl Blobs, key: &str) -> String {
    String::from_utf8(bytes(blobs, key).to_vec()).unwrap()
}

fn keys(blobs: &impl Blobs) -> Vec<String> {
    now(blobs.list("")).unwrap()
}
