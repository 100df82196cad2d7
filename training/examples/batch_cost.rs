//! What lists for all viewers cost: time, and the most memory.
//!
//! `batch_cost DIR VIEWERS` simulates as many viewers with forty interactions each over a year, writes
//! their log into a folder below `DIR`, which goes with it, makes a list of 25 films for each of them, and
//! prints one JSON object on stdout; the processor's seconds are what it takes where nothing else runs, over
//! the processors. Films are those of the development data where it is there, weights are
//! synthetic: 200 films towards each film. `cargo run --release --package matinee-training --example
//! batch_cost -- DIR 100000`

#[path = "../benches/common/mod.rs"]
mod common;

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use matinee::model::{
    Model, MovieIndex, SectionKind, SourceCounts, WeightLists, publish, write_weights,
};
use matinee::ports::{Blobs as _, DirectoryBlobs, Expect, MemoryBlobs};
use matinee::recommend::Personal;
use matinee::taste::log::{LogRow, segment, segment_key};
use matinee::taste::{Interaction, InteractionId, Kind, Millis, Source};
use matinee_training::batch::{ListSettings, RESULTS, SHARDS, batch};
use matinee_training::{NoProgress, TrainSettings, train};
use serde_json::json;

type Failure = Box<dyn Error>;

/// Interactions of a viewer.
const EACH: u64 = 40;

/// Days of the log.
const DAYS: u64 = 365;

/// Films with a weight towards each film.
const SOURCES: u64 = 200;

/// The first moment, and the one of the lists.
const BEGIN: i64 = 1_738_368_000_000;
const NOW: Millis = Millis(BEGIN + 366 * DAY);

const DAY: i64 = 86_400_000;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, viewers] = arguments.as_slice() else {
        return Err("expected `batch_cost DIR VIEWERS`".into());
    };
    let viewers: u64 = viewers.parse()?;
    fs::create_dir_all(folder)?;
    let folder = tempfile::tempdir_in(folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let found = runtime.block_on(measure(folder.path(), viewers))?;
    Ok(writeln!(io::stdout().lock(), "{found}")?)
}

async fn measure(folder: &Path, viewers: u64) -> Result<serde_json::Value, Failure> {
    let model = model().await?;
    let log = DirectoryBlobs::new(folder.join("log"));
    write(&log, &model, viewers).await?;
    let to = DirectoryBlobs::new(folder.join("lists"));
    let settings = ListSettings {
        results: RESULTS,
        as_of: NOW,
        personal: Personal::default(),
    };
    let before = memory("VmRSS:");
    // What was in use until now does not count.
    fs::write("/proc/self/clear_refs", "5")?;
    let (begin, used) = (Instant::now(), processor_seconds());
    let report = batch(&log, &model, &to, folder, SHARDS, &settings, &NoProgress).await?;
    let seconds = begin.elapsed().as_secs_f64();
    Ok(json!({
        "viewers": report.viewers,
        "interactions": report.interactions,
        "films": model.catalogue.len(),
        "threads": rayon::current_num_threads(),
        "seconds": (seconds * 100.0).round() / 100.0,
        "processor_seconds": ((processor_seconds() - used) * 100.0).round() / 100.0,
        "megabytes_before": before,
        "megabytes_at_most": memory("VmHWM:"),
        "megabytes_written": report.bytes >> 20,
    }))
}

/// A repeatable number of some others (`SplitMix64`).
fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A film of `films`, each about as often as one part in its number: popularity as it is.
#[expect(clippy::cast_sign_loss, reason = "a rank is 1 or more")]
fn film(films: usize, number: u64) -> u32 {
    let unit = (mixed(number) >> 11) as f64 / (1u64 << 53) as f64;
    let rank = (films as f64).powf(unit);
    (rank as u32).saturating_sub(1).min(films as u32 - 1)
}

async fn model() -> Result<Model, Failure> {
    let (films, _) = common::films();
    let (created, settings) = ("2026-01-31T12:00:00Z", TrainSettings::default());
    let counts = SourceCounts::default();
    let mut draft = train(&films, None, counts, created, &settings, &NoProgress)?;
    let mut weights = vec![Vec::new(); films.len()];
    for target in 0..films.len() as u32 {
        let mut sources: Vec<u32> = (0..SOURCES)
            .map(|number| film(films.len(), u64::from(target) * SOURCES + number))
            .filter(|source| *source != target)
            .collect();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            let size = 0.5 / (1.0 + (mixed(u64::from(source ^ target)) % 200) as f32);
            weights[source as usize].push((MovieIndex(target), size));
        }
    }
    let prior: Vec<f32> = (0..films.len())
        .map(|rank| 1.0 / (rank + 1) as f32)
        .collect();
    let lists = WeightLists {
        weights,
        trending: prior.clone(),
        prior,
        learned: (0..films.len()).map(|rank| rank % 10 != 9).collect(),
    };
    let section = write_weights(&lists);
    draft.sections.insert(SectionKind::Weights, section.into());
    Ok(publish(&MemoryBlobs::default(), &draft).await?)
}

/// A year of the log, a segment a day.
async fn write(log: &DirectoryBlobs, model: &Model, viewers: u64) -> Result<(), Failure> {
    let of_day = viewers * EACH / DAYS;
    for day in 0..DAYS {
        let rows: Vec<LogRow> = (0..of_day)
            .map(|number| row(model, viewers, day, day * of_day + number))
            .collect();
        let at = Millis(BEGIN + day.cast_signed() * DAY);
        let key = segment_key(&at.day(), "simulated", "1", "2");
        log.put(&key, segment(&rows).into(), Expect::Absent).await?;
    }
    Ok(())
}

fn row(model: &Model, viewers: u64, day: u64, number: u64) -> LogRow {
    // Every viewer in turn.
    let viewer = format!("viewer-{}", number % viewers);
    let movie = MovieIndex(film(model.catalogue.len(), number ^ 0x5eed));
    let minute = (mixed(number) % 1_440).cast_signed();
    let at = Millis(BEGIN + day.cast_signed() * DAY + minute * 60_000);
    let kinds = [
        Kind::Watched(None),
        Kind::Liked,
        Kind::Watched(None),
        Kind::Disliked,
    ];
    #[expect(clippy::expect_used, reason = "the name was made up here")]
    let named = viewer.parse().expect("a viewer's id");
    LogRow::Interaction(
        Interaction {
            id: InteractionId::derived([viewer.as_str(), &number.to_string()]),
            viewer: named,
            movie: model.catalogue.get(movie).movie_id(),
            kind: kinds[(number / viewers) as usize % kinds.len()],
            at,
            source: Source::Import,
            recommendation: None,
        }
        .accepted(at),
    )
}

/// Seconds of processors that this process has used.
fn processor_seconds() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}

/// Megabytes of this process, by the name that the system has for them.
fn memory(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes >> 10)
}
