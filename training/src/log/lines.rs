//! The rows of one day, held as lines: a day of a million takes little more memory than its file.

use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use matinee::taste::log::{self, BadRow, COLUMNS, FILM_COLUMNS, FILM_RATINGS, LogRow};
use matinee::taste::{FilmRating, Millis};

use super::forgotten::Forgotten;

/// What the two halves of the log do not have in common.
pub(super) trait Half {
    /// Where it lies below the log's prefix.
    const PREFIX: &'static str;
    /// Its columns.
    const COLUMNS: &'static [&'static str];

    /// Adds the rows of a file that count.
    fn add(text: &str, forgotten: &Forgotten, lines: &mut Lines) -> Result<(), BadRow>;
}

/// What viewers did.
pub(super) struct Interactions;

/// What devices rated.
pub(super) struct FilmRatings;

impl Half for Interactions {
    const PREFIX: &'static str = "";
    const COLUMNS: &'static [&'static str] = &COLUMNS;

    fn add(text: &str, forgotten: &Forgotten, lines: &mut Lines) -> Result<(), BadRow> {
        for row in log::rows(text)? {
            let row = row?;
            // That a viewer is forgotten stands in a file of its own.
            let LogRow::Interaction(recorded) = &row else {
                continue;
            };
            let interaction = &recorded.interaction;
            if forgotten.covers(&interaction.viewer, recorded.accepted) {
                lines.forgotten += 1;
                continue;
            }
            let key = (&interaction.viewer, &interaction.id);
            lines.push(interaction.at, key, |text| row.write(text));
        }
        Ok(())
    }
}

impl Half for FilmRatings {
    const PREFIX: &'static str = FILM_RATINGS;
    const COLUMNS: &'static [&'static str] = &FILM_COLUMNS;

    fn add(text: &str, _: &Forgotten, lines: &mut Lines) -> Result<(), BadRow> {
        for rating in log::film_rows(text)? {
            let rating: FilmRating = rating?;
            let written = log::film_segment([&rating]);
            let line = written.split_inclusive('\n').nth(1).unwrap_or_default();
            let key = (&rating.title, &rating.id);
            lines.push(rating.accepted, key, |text| text.push_str(line));
        }
        Ok(())
    }
}

/// Rows of one day.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    spans: Vec<Span>,
    /// Rows left out because their viewer is forgotten.
    forgotten: u64,
}

/// Where a line is.
#[derive(Clone, Copy, Debug)]
struct Span {
    at: i64,
    /// A hash of what names the row.
    key: u64,
    start: usize,
    length: u32,
}

impl Span {
    fn of(self, text: &str) -> &str {
        &text[self.start..self.start + self.length as usize]
    }
}

/// A day's file, and what became of the rows that were read for it.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) text: Bytes,
    pub(super) rows: u64,
    /// Rows that were there already.
    pub(super) repeats: u64,
    pub(super) forgotten: u64,
    /// Rows that have the id of another row and say something else.
    pub(super) conflicts: u64,
}

impl Lines {
    fn push(&mut self, at: Millis, key: impl Hash, write: impl FnOnce(&mut String)) {
        let start = self.text.len();
        write(&mut self.text);
        let mut hash = DefaultHasher::new();
        key.hash(&mut hash);
        self.spans.push(Span {
            at: at.0,
            key: hash.finish(),
            start,
            // A line is made of fields of limited length.
            length: (self.text.len() - start) as u32,
        });
    }

    /// Each line once, under a header, by time and then by text, which begins with viewer and id.
    pub(super) fn merge(self, columns: &[&str]) -> Merged {
        let Self {
            text: lines,
            mut spans,
            forgotten,
        } = self;
        let read = spans.len();
        spans
            .sort_unstable_by(|a, b| (a.key, a.at, a.of(&lines)).cmp(&(b.key, b.at, b.of(&lines))));
        spans.dedup_by(|a, b| a.key == b.key && a.of(&lines) == b.of(&lines));
        let pairs = spans.windows(2);
        let conflicts = pairs.filter(|pair| pair[0].key == pair[1].key).count();
        spans.sort_unstable_by(|a, b| (a.at, a.of(&lines)).cmp(&(b.at, b.of(&lines))));
        let header = columns.join("\t");
        let length: usize = spans.iter().map(|span| span.length as usize).sum();
        let mut text = String::with_capacity(header.len() + 1 + length);
        text.push_str(&header);
        text.push('\n');
        for span in &spans {
            text.push_str(span.of(&lines));
        }
        Merged {
            text: text.into(),
            rows: spans.len() as u64,
            repeats: (read - spans.len()) as u64,
            forgotten,
            conflicts: conflicts as u64,
        }
    }
}
