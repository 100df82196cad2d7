//! Cuts a file into records without ever holding more than one of bounded size.
//!
//! The csv crate splits a record into fields well, but it grows its buffers with the record, counts
//! a blank line before a record and the second half of a CRLF to the wrong record, and cannot go
//! back when a quotation mark is never closed. So records are found here and split there.

use std::io::{self, BufRead, BufReader, Read};

/// The longest record accepted, in bytes with its line end.
pub(super) const MAX_RECORD: usize = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Which line ends end a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// All but those inside quotation marks, as in CSV.
    Quoted,
    /// Every one.
    Plain,
}

/// What came next in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A record, and the line it starts on, counted from 1.
    Record { line: u64 },
    /// A record that was skipped, where it started, and why.
    Refused { line: u64, reason: &'static str },
    /// Nothing.
    End,
}

/// The records of a file, blank lines left out.
#[derive(Debug)]
pub(super) struct Records<R> {
    source: BufReader<R>,
    rule: Rule,
    /// Lines read so far.
    lines: u64,
    /// Bytes that were read as part of a record that was none, to be read again.
    again: Vec<u8>,
    again_at: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gathered {
    Nothing,
    Whole,
    Unclosed,
    TooLong,
}

impl<R: Read> Records<R> {
    pub(super) fn new(source: R, rule: Rule) -> Self {
        Self {
            source: BufReader::with_capacity(1 << 16, source),
            rule,
            lines: 0,
            again: Vec::new(),
            again_at: 0,
        }
    }

    /// Reads the next record into `record`, without its line end.
    ///
    /// Reads at most [`MAX_RECORD`] and one more byte of a record into memory. Where a quotation
    /// mark is never closed, only the line with the mark is refused, and what follows is read anew.
    pub(super) fn next(&mut self, record: &mut Vec<u8>) -> io::Result<Next> {
        loop {
            let line = self.lines + 1;
            let gathered = self.gather(record)?;
            match gathered {
                Gathered::Nothing => return Ok(Next::End),
                Gathered::Whole => {
                    if record.ends_with(b"\n") {
                        record.pop();
                        if record.ends_with(b"\r") {
                            record.pop();
                        }
                    }
                    if !record.iter().all(u8::is_ascii_whitespace) {
                        return Ok(Next::Record { line });
                    }
                }
                Gathered::Unclosed | Gathered::TooLong => {
                    let reason = self.refuse(record, line, gathered)?;
                    return Ok(Next::Refused { line, reason });
                }
            }
        }
    }

    fn gather(&mut self, record: &mut Vec<u8>) -> io::Result<Gathered> {
        record.clear();
        let mut place = Place::FieldStart;
        loop {
            let from = record.len();
            self.read_line(record, MAX_RECORD + 1 - from)?;
            if record.len() == from {
                return Ok(match from {
                    0 => Gathered::Nothing,
                    _ => Gathered::Unclosed,
                });
            }
            let whole_line = record.ends_with(b"\n");
            self.lines += u64::from(whole_line);
            if record.len() > MAX_RECORD {
                return Ok(Gathered::TooLong);
            }
            if self.rule == Rule::Quoted {
                place = place.after(&record[from..]);
            }
            if place != Place::Quoted {
                return Ok(Gathered::Whole);
            }
            if !whole_line {
                return Ok(Gathered::Unclosed);
            }
        }
    }

    /// Appends up to and including the next line end, at most `limit` bytes.
    fn read_line(&mut self, record: &mut Vec<u8>, limit: usize) -> io::Result<()> {
        let first = self.lines == 0 && record.is_empty();
        let again = &self.again[self.again_at..];
        let again = &again[..again.len().min(limit)];
        let taken = match again.iter().position(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None => again.len(),
        };
        record.extend_from_slice(&again[..taken]);
        self.again_at += taken;
        if record.ends_with(b"\n") && taken > 0 {
            return Ok(());
        }
        let rest = (limit - taken) as u64;
        (&mut self.source).take(rest).read_until(b'\n', record)?;
        if first && record.starts_with(BYTE_ORDER_MARK) {
            record.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(())
    }

    /// Steps over the first line of a record that is none, and says why it is none.
    fn refuse(&mut self, record: &[u8], line: u64, why: Gathered) -> io::Result<&'static str> {
        let first_line = record.iter().position(|byte| *byte == b'\n');
        let Some(end) = first_line.filter(|end| end + 1 < record.len()) else {
            if why == Gathered::TooLong && first_line.is_none() {
                self.skip_line()?;
            }
            self.lines = line;
            return Ok(match why {
                Gathered::TooLong => "longer than 1 MiB, the most a row may take",
                _ => "a quotation mark opens a field and is never closed",
            });
        };
        let behind = &record[end + 1..];
        if self.again_at < self.again.len() {
            self.again_at -= behind.len();
        } else {
            self.again = behind.to_vec();
            self.again_at = 0;
        }
        self.lines = line;
        Ok("a quotation mark opens a field and is not closed within 1 MiB or the file's end")
    }

    /// Reads up to the line's end, keeping nothing.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.source.fill_buf()?;
            let found = buffer.iter().position(|byte| *byte == b'\n');
            let length = found.map_or(buffer.len(), |end| end + 1);
            self.source.consume(length);
            if found.is_some() || length == 0 {
                return Ok(());
            }
        }
    }
}

/// Where a byte stands in a CSV record; the csv crate's rules.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    FieldStart,
    Bare,
    Quoted,
    /// Behind a quotation mark in a quoted field: the field's end, unless another mark follows.
    MarkInQuoted,
}

impl Place {
    fn after(self, bytes: &[u8]) -> Self {
        if !bytes.contains(&b'"') {
            return match self {
                Self::Quoted => Self::Quoted,
                _ => Self::Bare,
            };
        }
        bytes.iter().fold(self, |place, byte| match (place, byte) {
            (Self::FieldStart | Self::MarkInQuoted, b'"')
            | (Self::Quoted, b'\0'..=b'!' | b'#'..) => Self::Quoted,
            (Self::Quoted, b'"') => Self::MarkInQuoted,
            (_, b',' | b'\n') => Self::FieldStart,
            _ => Self::Bare,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv::StringRecord;
    use proptest::prelude::*;

    fn all(source: &[u8]) -> Vec<(u64, Option<String>)> {
        let mut records = Records::new(source, Rule::Quoted);
        let mut record = Vec::new();
        let mut found = Vec::new();
        loop {
            match records.next(&mut record).unwrap() {
                Next::Record { line } => {
                    found.push((line, Some(String::from_utf8(record.clone()).unwrap())));
                }
                Next::Refused { line, .. } => found.push((line, None)),
                Next::End => return found,
            }
        }
    }

    fn record(line: u64, text: &str) -> (u64, Option<String>) {
        (line, Some(text.to_owned()))
    }

    #[test]
    fn a_record_starts_on_the_line_an_editor_shows() {
        assert_eq!(
            all(b"\xef\xbb\xbfa,b\r\n\r\n1,\"x\r\ny\"\r\n \n2,z\n\n3,w"),
            [
                record(1, "a,b"),
                record(3, "1,\"x\r\ny\""),
                record(6, "2,z"),
                record(8, "3,w")
            ]
        );
        assert_eq!(all(b""), []);
        assert_eq!(all(b"\xef\xbb\xbf"), []);
        assert_eq!(all(b"\xef\xbb\xbf\"a\nb\",c"), [record(1, "\"a\nb\",c")]);
    }

    #[test]
    fn a_mark_that_is_never_closed_costs_its_own_line_only() {
        assert_eq!(
            all(b"1,a\n2,\"b\n3,c\n4,d\n"),
            [
                record(1, "1,a"),
                (2, None),
                record(3, "3,c"),
                record(4, "4,d")
            ]
        );
        assert_eq!(all(b"1,a\n2,\"b"), [record(1, "1,a"), (2, None)]);
        assert_eq!(
            all(b"1,\"a\n2,b\"\"c\n3,d\"x\n4,\"\"\n"),
            [record(1, "1,\"a\n2,b\"\"c\n3,d\"x"), record(4, "4,\"\"")]
        );
    }

    #[test]
    fn within_a_mebibyte_of_open_quotes_nothing_behind_the_first_line_is_lost() {
        let mut source = b"1,\"open\n".to_vec();
        let lines = 2 * MAX_RECORD / 5;
        source.extend(b"2,ab\n".repeat(lines));
        let found = all(&source);
        assert_eq!(found.len(), lines + 1);
        assert_eq!(found[0], (1, None));
        assert_eq!(found[lines], record(lines as u64 + 1, "2,ab"));
    }

    #[test]
    fn a_line_of_a_hundred_megabytes_is_passed_over_without_being_held() {
        let long = io::repeat(b'x').take(100 << 20);
        let source = b"1,a\n".chain(long).chain(&b"\n3,c\n"[..]);
        let mut records = Records::new(source, Rule::Quoted);
        let mut record = Vec::new();
        assert_eq!(records.next(&mut record).unwrap(), Next::Record { line: 1 });
        let next = records.next(&mut record).unwrap();
        assert!(matches!(next, Next::Refused { line: 2, .. }), "{next:?}");
        assert!(record.capacity() <= 4 * MAX_RECORD, "{}", record.capacity());
        assert!(records.again.is_empty());
        assert_eq!(records.next(&mut record).unwrap(), Next::Record { line: 3 });
        assert_eq!(record, b"3,c");
        assert_eq!(records.next(&mut record).unwrap(), Next::End);
    }

    #[test]
    fn the_longest_record_is_read_and_one_byte_more_is_not() {
        let mut source = vec![b'x'; MAX_RECORD - 1];
        source.extend_from_slice(b"\ny\n");
        assert_eq!(all(&source).len(), 2);
        source.insert(0, b'x');
        assert_eq!(all(&source), [(1, None), record(2, "y")]);
    }

    #[test]
    fn without_quotes_every_line_is_a_record() {
        let mut records = Records::new(&b"1::\"a\n2::b\"\n"[..], Rule::Plain);
        let mut record = Vec::new();
        for line in 1..=2 {
            assert_eq!(records.next(&mut record).unwrap(), Next::Record { line });
        }
    }

    fn split_by_csv(source: &str) -> Vec<StringRecord> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(source.as_bytes())
            .into_records()
            .map(Result::unwrap)
            .collect()
    }

    proptest! {
        #[test]
        fn the_records_are_those_of_the_csv_crate(source in "[ab,\"\n]{0,60}") {
            let found = all(source.as_bytes());
            // The csv crate takes the file's end for the closing quotation mark.
            prop_assume!(found.iter().all(|(_, record)| record.is_some()));
            let one_by_one: Vec<StringRecord> = found
                .iter()
                .flat_map(|(_, record)| split_by_csv(record.as_deref().unwrap()))
                .collect();
            prop_assert_eq!(one_by_one.len(), found.len());
            prop_assert_eq!(one_by_one, split_by_csv(&source));
        }

        #[test]
        fn every_line_is_accounted_for(source in "[ab,\"\r\n]{0,60}") {
            let lines: Vec<u64> = all(source.as_bytes()).iter().map(|(line, _)| *line).collect();
            prop_assert!(lines.is_sorted_by(|a, b| a < b));
            let count = source.split('\n').count() as u64;
            prop_assert!(lines.iter().all(|line| (1..=count).contains(line)));
        }
    }
}
