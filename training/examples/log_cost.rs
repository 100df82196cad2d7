//! What the log costs: appending to it, whatever its size, and compacting it.
//!
//! `log_cost appends DIR` and `log_cost compaction DIR DAYS` work in a folder of their own below
//! `DIR`, which goes with them, and print one JSON object on stdout. `cargo xtask bench feedback`
//! runs both.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use bytes::Bytes;
use matinee::ports::{Blobs, DirectoryBlobs, Expect};
use matinee::taste::log::{COLUMNS, LogRow, segment, segment_key};
use matinee::taste::{
    Interaction, InteractionId, Kind, Millis, Rating, Scale, Source, Watch, derived_id,
};
use matinee_training::log::{CompactSettings, compact};
use serde_json::{Value, json};

type Failure = Box<dyn Error>;

/// Rows of one append.
const APPENDED: u64 = 1_000;

/// How many rows are there before an append.
const SIZES: [u64; 3] = [0, 100_000, 1_000_000];

/// How often each append is measured.
const ROUNDS: usize = 15;

/// Rows of the log that is compacted.
const COMPACTED: u64 = 1_000_000;

/// The day of all rows of a log that is appended to.
const DAY: &str = "2026-01-31";

/// Everything in one file, as it is where a log has no segments.
const WHOLE: &str = "log.tsv";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let found = match arguments.as_slice() {
        ["appends", folder] => in_folder(folder, |root| runtime.block_on(appends(root)))?,
        ["compaction", folder, days] => {
            let days = days.parse()?;
            in_folder(folder, |root| runtime.block_on(compaction(root, days)))?
        }
        _ => return Err("expected `appends DIR` or `compaction DIR DAYS`".into()),
    };
    Ok(writeln!(io::stdout().lock(), "{found}")?)
}

fn in_folder(
    parent: &str,
    work: impl FnOnce(&Path) -> Result<Value, Failure>,
) -> Result<Value, Failure> {
    fs::create_dir_all(parent)?;
    let folder = tempfile::tempdir_in(parent)?;
    work(folder.path())
}

/// Seconds for each append of both ways, size by size.
async fn appends(root: &Path) -> Result<Value, Failure> {
    let mut logs = Vec::new();
    for size in SIZES {
        let log = BothWays::of(size, root);
        log.fill().await?;
        logs.push((log, Vec::new(), Vec::new()));
    }
    for round in 0..ROUNDS {
        // In turn, and no size always first: what else the machine does meets all of them. The
        // large writes come behind the small ones, which would wait for the disk otherwise.
        for turn in 0..logs.len() {
            let place = (turn + round) % logs.len();
            let (log, segments, _) = &mut logs[place];
            segments.push(log.segment().await?);
        }
        for turn in 0..logs.len() {
            let place = (turn + round) % logs.len();
            let (log, _, whole) = &mut logs[place];
            whole.push(log.whole().await?);
        }
    }
    let sizes = logs.iter().map(|(log, segments, whole)| {
        json!({ "rows": log.size, "segment_seconds": segments, "whole_file_seconds": whole })
    });
    Ok(json!({ "appended": APPENDED, "sizes": sizes.collect::<Value>() }))
}

/// A log of some size as segments, and the same one in one file.
struct BothWays {
    size: u64,
    segments: DirectoryBlobs,
    whole: DirectoryBlobs,
}

impl BothWays {
    fn of(size: u64, root: &Path) -> Self {
        Self {
            size,
            segments: DirectoryBlobs::new(root.join(format!("{size}/segments"))),
            whole: DirectoryBlobs::new(root.join(format!("{size}/whole"))),
        }
    }

    async fn fill(&self) -> Result<(), Failure> {
        // Or each append to the empty log would make the day's folder anew.
        let begun = format!("dt={DAY}/begun");
        self.segments
            .put(&begun, Bytes::new(), Expect::Anything)
            .await?;
        for first in (0..self.size).step_by(APPENDED as usize) {
            write_segment(&self.segments, DAY, first, &rows(first)).await?;
        }
        self.write_whole().await
    }

    /// All in one file, as it is before an append.
    async fn write_whole(&self) -> Result<(), Failure> {
        if self.size == 0 {
            return Ok(self.whole.delete(WHOLE).await?);
        }
        let mut text = COLUMNS.join("\t") + "\n";
        for number in 0..self.size {
            row(number).write(&mut text);
        }
        self.whole.put(WHOLE, text.into(), Expect::Anything).await?;
        Ok(())
    }

    /// Seconds for a segment more.
    async fn segment(&self) -> Result<f64, Failure> {
        let rows = rows(self.size);
        let begin = Instant::now();
        let key = write_segment(&self.segments, DAY, self.size, &rows).await?;
        let seconds = begin.elapsed().as_secs_f64();
        self.segments.delete(&key).await?;
        Ok(seconds)
    }

    /// Seconds to read the whole file, append, and write it back.
    async fn whole(&self) -> Result<f64, Failure> {
        let rows = rows(self.size);
        let begin = Instant::now();
        let mut text = match self.whole.get(WHOLE).await? {
            Some(blob) => String::from_utf8(blob.bytes.into())?,
            None => COLUMNS.join("\t") + "\n",
        };
        for row in &rows {
            row.write(&mut text);
        }
        self.whole.put(WHOLE, text.into(), Expect::Anything).await?;
        let seconds = begin.elapsed().as_secs_f64();
        self.write_whole().await?;
        Ok(seconds)
    }
}

/// Seconds and memory of compacting a million rows in segments over some days, and of finding
/// afterwards that there is nothing to do.
async fn compaction(root: &Path, days: u64) -> Result<Value, Failure> {
    let blobs = DirectoryBlobs::new(root);
    for first in (0..COMPACTED).step_by(APPENDED as usize) {
        let day = first * days / COMPACTED;
        let day = Millis(BEGIN + i64::try_from(day)? * 24 * 60 * 60 * 1000).day();
        write_segment(&blobs, &day, first, &rows(first)).await?;
    }
    let settings = CompactSettings::default();
    let begin = Instant::now();
    let report = compact(&blobs, &settings).await?;
    let seconds = begin.elapsed().as_secs_f64();
    if report.rows != COMPACTED {
        return Err(format!("expected {COMPACTED} rows, found {}", report.rows).into());
    }
    let begin = Instant::now();
    let again = compact(&blobs, &settings).await?;
    let again_seconds = begin.elapsed().as_secs_f64();
    if again.days_written != 0 {
        return Err("expected nothing to do the second time".into());
    }
    let mut bytes = 0;
    for key in blobs.list("").await? {
        bytes += fs::metadata(root.join(key))?.len();
    }
    Ok(json!({
        "rows": COMPACTED,
        "days": days,
        "segments": report.segments_read,
        "seconds": seconds,
        "again_seconds": again_seconds,
        "file_bytes": bytes,
        "peak_bytes": peak()?,
    }))
}

async fn write_segment(
    blobs: &DirectoryBlobs,
    day: &str,
    first: u64,
    rows: &[LogRow],
) -> Result<String, Failure> {
    let last = (first + APPENDED - 1).to_string();
    let key = segment_key(day, "local", &first.to_string(), &last);
    let text = Bytes::from(segment(rows));
    blobs.put(&key, text, Expect::Anything).await?;
    Ok(key)
}

/// The rows of one append.
fn rows(first: u64) -> Vec<LogRow> {
    (first..first + APPENDED).map(row).collect()
}

/// 2026-01-01.
const BEGIN: i64 = 1_767_225_600_000;

/// A row as long as such rows are.
fn row(number: u64) -> LogRow {
    // Scatters numbers; the constant is 2^64 over the golden ratio.
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let length = 4_800.0 + (scattered % 1_200) as f64;
    let watch = Some(Watch {
        seconds: length * (scattered % 97) as f64 / 97.0,
        duration: length,
    });
    let kind = match scattered % 5 {
        0 => Kind::Rated(Rating {
            stars: (1 + scattered % 9) as f64 / 2.0 + 0.5,
            scale: Scale::Five,
        }),
        1 => Kind::Liked,
        2 => Kind::Clicked(watch),
        _ => Kind::Watched(watch),
    };
    let at = Millis(BEGIN + number.cast_signed() * 2_500);
    let mut interaction = Interaction {
        id: InteractionId::derived([]),
        viewer: fitting(&format!("viewer-{}", scattered % 5_000)),
        movie: fitting(&format!("tmdb:{}", scattered % 10_000)),
        kind,
        at,
        source: Source::Http,
        recommendation: None,
    };
    interaction.id = derived_id(&interaction);
    LogRow::Interaction(interaction.accepted(Millis(at.0 + 40)))
}

fn fitting<T: std::str::FromStr<Err: std::fmt::Debug>>(id: &str) -> T {
    id.parse().expect("an id of letters and digits")
}

/// The most memory that was ever resident, in bytes.
fn peak() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kibibytes: u64 = kibibytes.ok_or("no VmHWM in /proc/self/status")?.parse()?;
    Ok(kibibytes * 1024)
}
