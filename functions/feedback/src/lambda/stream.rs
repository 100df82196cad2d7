//! From the tables' streams into the log.
//!
//! What a stream delivers is written as segments: for each day one of interactions and of viewers
//! to be forgotten, and one of film ratings. A segment is named after its first record and the
//! numbers of its first and its last one. A batch that comes again writes the same segments, and one
//! that has grown meanwhile others, so that nothing is ever taken away.

use std::collections::BTreeMap;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use matinee::ports::{Blobs, Expect, Queue};
use matinee::taste::log::{
    FILM_RATINGS, LogRow, film_segment, read_film_segment, segment, segment_key,
};
use matinee::taste::{DeadLetter, FilmRating, Millis, Recorded, ViewerId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;

use super::{EventError, Handled, Handler, unexpected};

/// A row of either kind of segment.
enum Row {
    Log(LogRow),
    Film(FilmRating),
}

/// What a stream's records come to.
#[derive(Default)]
pub(super) struct Records {
    segments: BTreeMap<(String, Kind), Segment>,
    letters: Vec<DeadLetter>,
}

/// The kinds of segments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Log,
    Films,
}

/// A segment to be written. It has rows of one kind.
struct Segment {
    origin: String,
    first: String,
    last: String,
    log: Vec<LogRow>,
    films: Vec<FilmRating>,
}

/// An item of the viewers' table. What was said about a viewer is in it, too, and stays there.
#[derive(Deserialize)]
struct Known {
    viewer: ViewerId,
    until: Option<Millis>,
    described: Option<Millis>,
}

/// The tables with streams.
#[derive(Clone, Copy)]
enum Table {
    Interactions,
    Viewers,
    Films,
}

impl<I, V, F, R, D: Queue, B: Blobs> Handler<I, V, F, R, D, B> {
    /// Reads the records of a stream.
    pub(super) fn read_stream(&self, event: Event) -> Result<Records, EventError> {
        let mut records = Records::default();
        for record in event.records {
            let table = self.table(&record)?;
            let counts = match table {
                // A viewer may be forgotten again, until later, or described; rows are never changed.
                Table::Viewers => matches!(record.event_name.as_str(), "INSERT" | "MODIFY"),
                Table::Interactions | Table::Films => record.event_name == "INSERT",
            };
            if counts {
                records.take(table, record)?;
            }
        }
        Ok(records)
    }

    /// The table, by the stream's name `arn:aws:dynamodb:<region>:<account>:table/<name>/stream/…`.
    fn table(&self, record: &EventRecord) -> Result<Table, EventError> {
        let arn = record.event_source_arn.as_deref().unwrap_or_default();
        let name = arn.split('/').nth(1).unwrap_or_default();
        let tables = &self.tables;
        let known = [
            (&tables.interactions, Table::Interactions),
            (&tables.viewers, Table::Viewers),
            (&tables.films, Table::Films),
        ];
        let found = known.iter().find(|(known, _)| *known == name);
        found.map(|(_, table)| *table).ok_or_else(|| {
            let expected = known.map(|(name, _)| name.as_str()).join(", ");
            EventError::OtherTable {
                expected,
                found: arn.to_owned(),
            }
        })
    }

    /// Writes the segments, then tells what is in none.
    pub(super) async fn append(&self, records: Records) -> Result<Handled, EventError> {
        for ((day, kind), segment) in &records.segments {
            let (key, text) = segment.written(day, *kind);
            self.log.put(&key, text.into(), Expect::Anything).await?;
            tracing::debug!(key, "segment written");
        }
        let mut handled = Handled::default();
        for letter in &records.letters {
            self.feedback.dead_letters.send(&letter.body()).await?;
            tracing::warn!(reason = ?letter.reason, "dead letter");
            handled.tally.dead += 1;
        }
        Ok(handled)
    }
}

impl Records {
    fn take(&mut self, table: Table, record: EventRecord) -> Result<(), EventError> {
        let EventRecord {
            change, event_id, ..
        } = record;
        let origin = named(&event_id);
        let number = named(change.sequence_number.as_deref().unwrap_or_default());
        if origin.is_empty() || number.is_empty() {
            let found = "a record without eventID or SequenceNumber";
            return Err(unexpected(found.to_owned()));
        }
        let created = Millis(change.approximate_creation_date_time.timestamp_millis());
        let row = match Row::read(table, change.new_image.clone()) {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(()),
            Err(why) => {
                let letter = DeadLetter::no_row(&change.new_image, why);
                self.letters.push(letter);
                return Ok(());
            }
        };
        // The time may be missing in a record; every retry has to come to the same day.
        let day = match created {
            Millis(0) => row.accepted().day(),
            created => created.day(),
        };
        let segment = self
            .segments
            .entry((day, row.kind()))
            .or_insert_with(|| Segment {
                origin,
                first: number.clone(),
                last: String::new(),
                log: Vec::new(),
                films: Vec::new(),
            });
        segment.last = number;
        match row {
            Row::Log(row) => segment.log.push(row),
            Row::Film(rating) => segment.films.push(rating),
        }
        Ok(())
    }
}

impl Row {
    /// The row of an item, if it is one for the log.
    fn read(table: Table, item: Item) -> Result<Option<Self>, String> {
        Ok(Some(match table {
            Table::Interactions => {
                let row: Recorded = of_item(item)?;
                Self::Log(LogRow::Interaction(row))
            }
            Table::Viewers => {
                let Known {
                    viewer,
                    until,
                    described,
                } = of_item(item)?;
                match until {
                    Some(until) => Self::Log(LogRow::Forgotten { viewer, until }),
                    None if described.is_some() => return Ok(None),
                    None => return Err("missing field `until`".to_owned()),
                }
            }
            Table::Films => {
                let rating: FilmRating = of_item(item)?;
                // Somebody else may have put it: a title with a tab would spoil the whole segment.
                let read = read_film_segment(&film_segment([&rating]));
                read.map_err(|bad| bad.reason)?;
                Self::Film(rating)
            }
        }))
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Log(_) => Kind::Log,
            Self::Film(_) => Kind::Films,
        }
    }

    fn accepted(&self) -> Millis {
        match self {
            Self::Log(LogRow::Interaction(row)) => row.accepted,
            Self::Log(LogRow::Forgotten { until, .. }) => *until,
            Self::Film(rating) => rating.accepted,
        }
    }
}

impl Segment {
    /// Its key and its content.
    fn written(&self, day: &str, kind: Kind) -> (String, String) {
        let key = segment_key(day, &self.origin, &self.first, &self.last);
        match kind {
            Kind::Log => (key, segment(&self.log)),
            Kind::Films => (format!("{FILM_RATINGS}{key}"), film_segment(&self.films)),
        }
    }
}

fn of_item<T: DeserializeOwned>(item: Item) -> Result<T, String> {
    serde_dynamo::from_item(item).map_err(|error| error.to_string())
}

/// The letters and digits, which a segment's name takes.
fn named(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
