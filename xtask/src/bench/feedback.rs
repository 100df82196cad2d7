//! What it costs to keep what viewers do: appending to the log, next to reading a whole file and
//! writing it back, and compacting a million rows.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::number::{count, megabytes, rounded, time};
use crate::run::{cargo_command, step};

/// Over how many days the compacted rows are spread: memory is that of one day.
const DAYS: [u64; 2] = [1, 30];

/// How much more an append to the largest log may cost than one to an empty log.
const TARGET: f64 = 1.2;

/// What was found.
pub(crate) struct Feedback {
    /// Rows of one append.
    appended: u64,
    sizes: Vec<Size>,
    compactions: Vec<Compaction>,
}

/// Appends to a log of one size.
struct Size {
    /// Rows that are there before.
    rows: u64,
    /// Median seconds with segments.
    segment: f64,
    /// Median seconds with one file.
    whole: f64,
    /// Of how many appends.
    rounds: usize,
}

/// One compaction.
struct Compaction {
    rows: u64,
    days: u64,
    segments: u64,
    seconds: f64,
    /// Of the run after it, which finds nothing to do.
    again: f64,
    file_bytes: u64,
    peak_bytes: u64,
}

/// Measures in a folder below `target`, in a program built for release.
pub(crate) fn measure(target: &Path) -> Result<Feedback> {
    let work = target.join("bench/log");
    let work = work.to_str().context("the target folder is not UTF-8")?;
    step("the log: appends to logs of several sizes");
    let found = program(&["appends", work])?;
    let sizes = found["sizes"].as_array().context("no sizes measured")?;
    let sizes = sizes.iter().map(Size::read).collect::<Result<Vec<_>>>()?;
    ensure!(sizes.len() > 1, "appends to one size only were measured");
    let mut compactions = Vec::new();
    for days in DAYS {
        step(&format!("the log: compacting a million rows, days: {days}"));
        // A process of its own each: the most memory of one must not hide that of the next.
        let found = program(&["compaction", work, &days.to_string()])?;
        compactions.push(Compaction::read(&found)?);
    }
    Ok(Feedback {
        appended: whole(&found, "appended")?,
        sizes,
        compactions,
    })
}

fn program(arguments: &[&str]) -> Result<Value> {
    let output = cargo_command()
        .args(["run", "--release", "--locked", "--package"])
        .args(["matinee-training", "--example", "log_cost", "--"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo for the log's costs")?;
    ensure!(output.status.success(), "measuring the log failed");
    serde_json::from_slice(&output.stdout).context("the measurement of the log printed no JSON")
}

impl Size {
    fn read(found: &Value) -> Result<Self> {
        let (segment, rounds) = median(&found["segment_seconds"])?;
        let (whole_file, _) = median(&found["whole_file_seconds"])?;
        Ok(Self {
            rows: whole(found, "rows")?,
            segment,
            whole: whole_file,
            rounds,
        })
    }
}

impl Compaction {
    fn read(found: &Value) -> Result<Self> {
        let seconds = |name: &str| {
            let seconds = found[name].as_f64();
            seconds.with_context(|| format!("no {name} measured"))
        };
        Ok(Self {
            rows: whole(found, "rows")?,
            days: whole(found, "days")?,
            segments: whole(found, "segments")?,
            seconds: seconds("seconds")?,
            again: seconds("again_seconds")?,
            file_bytes: whole(found, "file_bytes")?,
            peak_bytes: whole(found, "peak_bytes")?,
        })
    }
}

fn whole(found: &Value, name: &str) -> Result<u64> {
    let number = found[name].as_u64();
    number.with_context(|| format!("no {name} measured"))
}

/// The median of measured seconds, and how many there are.
fn median(found: &Value) -> Result<(f64, usize)> {
    let measured = found.as_array().context("no seconds measured")?;
    let mut seconds: Vec<f64> = measured.iter().filter_map(Value::as_f64).collect();
    seconds.sort_by(f64::total_cmp);
    let middle = seconds.get(seconds.len() / 2);
    Ok((*middle.context("no seconds measured")?, seconds.len()))
}

impl Feedback {
    /// How much an append costs in each size's log, relative to the smallest.
    fn growth(&self, of: fn(&Size) -> f64) -> Vec<f64> {
        let first = self.sizes.first().map_or(f64::NAN, of);
        self.sizes.iter().map(|size| of(size) / first).collect()
    }

    fn within_target(&self) -> bool {
        let growth = self.growth(|size| size.segment);
        growth.into_iter().all(|growth| growth <= TARGET)
    }

    /// The tables for people.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "| rows in the log | {} more as a segment | relative | read all, append, write back | \
             relative |\n|---:|---:|---:|---:|---:|\n",
            count(self.appended)
        );
        let [ours, theirs] = [self.growth(|s| s.segment), self.growth(|s| s.whole)];
        // Writing into a string cannot fail.
        for ((size, ours), theirs) in self.sizes.iter().zip(ours).zip(theirs) {
            let (rows, segment, whole) = (count(size.rows), time(size.segment), time(size.whole));
            let (ours, theirs) = (rounded(ours), rounded(theirs));
            let _ = writeln!(
                text,
                "| {rows} | {segment} | {ours} × | {whole} | {theirs} × |"
            );
        }
        let _ = writeln!(
            text,
            "\nMedians of {} appends each, measured in turn in one run; at most {TARGET} × is the \
             aim{}.\n\n\
             | compaction | time | again, with nothing to do | peak memory | files |\n\
             |---|---:|---:|---:|---:|",
            self.sizes.first().map_or(0, |size| size.rounds),
            if self.within_target() {
                " and kept"
            } else {
                ", and was missed"
            },
        );
        for compaction in &self.compactions {
            let _ = writeln!(
                text,
                "| {} rows in {} segments of {} {} | {} | {} | {} | {} |",
                count(compaction.rows),
                count(compaction.segments),
                compaction.days,
                if compaction.days == 1 { "day" } else { "days" },
                time(compaction.seconds),
                time(compaction.again),
                megabytes(compaction.peak_bytes as f64),
                megabytes(compaction.file_bytes as f64),
            );
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// The same for machines: seconds and bytes.
    pub(crate) fn json(&self) -> Value {
        let sizes = self.sizes.iter().map(|size| {
            json!({
                "rows": size.rows,
                "segment_seconds": size.segment,
                "whole_file_seconds": size.whole,
                "rounds": size.rounds,
            })
        });
        let compactions = self.compactions.iter().map(|compaction| {
            json!({
                "rows": compaction.rows,
                "days": compaction.days,
                "segments": compaction.segments,
                "seconds": compaction.seconds,
                "again_seconds": compaction.again,
                "peak_bytes": compaction.peak_bytes,
                "file_bytes": compaction.file_bytes,
            })
        });
        json!({
            "appended_rows": self.appended,
            "appends": sizes.collect::<Value>(),
            "segments_relative": self.growth(|size| size.segment),
            "whole_file_relative": self.growth(|size| size.whole),
            "aim": TARGET,
            "within_aim": self.within_target(),
            "compactions": compactions.collect::<Value>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert_eq!(median(&json!([3.0, 1.0, 9.0])).unwrap(), (3.0, 3));
        assert!(median(&json!([])).is_err());
        assert!(median(&json!(null)).is_err());
    }

    #[test]
    fn an_append_that_grows_with_the_log_misses_the_aim() {
        let feedback = |last: f64| {
            let size = |rows, segment| Size {
                rows,
                segment,
                whole: segment * 100.0,
                rounds: 3,
            };
            Feedback {
                appended: 1_000,
                sizes: vec![size(0, 0.004), size(1_000_000, last)],
                compactions: Vec::new(),
            }
        };
        assert!(feedback(0.0047).within_target());
        assert!(
            feedback(0.0047)
                .markdown()
                .contains("| 1,000,000 | 4.70 ms | 1.18 × |")
        );
        assert!(!feedback(0.0049).within_target());
        assert!(feedback(0.0049).markdown().contains("was missed"));
    }
}
