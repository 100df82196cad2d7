//! Rows of a CSV file with a header, and lines of a file without one.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Terminator};

use super::records::{Next, Records, Rule};
use super::report::Ledger;
use super::{ImportError, fields};

/// How many column names an error repeats, and how many characters of each.
const MAX_NAMES: usize = 50;
const MAX_NAME: usize = 50;

/// A CSV file whose header has been read.
pub(crate) struct Table {
    path: PathBuf,
    header: Vec<String>,
    records: Records<File>,
    fields: Fields,
}

/// One data row, with as many fields as the header.
pub(crate) struct Row<'a> {
    /// Where it starts, counted from 1.
    pub(crate) line: u64,
    record: &'a StringRecord,
}

impl<'a> Row<'a> {
    /// The field in `column`, without surrounding whitespace.
    pub(crate) fn get(&self, column: usize) -> &'a str {
        self.record.get(column).unwrap_or_default().trim()
    }

    /// The field in a column that may be missing, then empty.
    pub(crate) fn optional(&self, column: Option<usize>) -> &'a str {
        column.map_or("", |column| self.get(column))
    }
}

impl Table {
    /// Opens a file and reads its header.
    pub(crate) fn open(path: &Path) -> Result<Self, ImportError> {
        let mut records = Records::new(open(path)?, Rule::Quoted);
        let mut fields = Fields::new();
        let header_error = |reason: String| ImportError::Header {
            path: path.to_owned(),
            reason,
        };
        match records
            .next(fields.input())
            .map_err(|e| read_error(path, e))?
        {
            Next::End => Err(ImportError::Empty {
                path: path.to_owned(),
            }),
            Next::Refused { reason, .. } => {
                not_text(path, fields.input())?;
                Err(header_error(reason.to_owned()))
            }
            Next::Record { line } => {
                not_text(path, fields.input())?;
                fields.split(line).map_err(header_error)?;
                let header = fields.record.iter().map(|name| name.trim().to_owned());
                Ok(Self {
                    path: path.to_owned(),
                    header: header.collect(),
                    records,
                    fields,
                })
            }
        }
    }

    /// The column names.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// The column names as an error repeats them: not all of a header of thousands.
    pub(crate) fn found(&self) -> Vec<String> {
        let names = self.header.iter().take(MAX_NAMES);
        names
            .map(|name| fields::text(name).chars().take(MAX_NAME).collect())
            .collect()
    }

    /// Where the column of one of these names is; case does not matter.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            self.header
                .iter()
                .position(|column| column.eq_ignore_ascii_case(name))
        })
    }

    /// Where the columns are that `layout` must have. Each may go by several names, the usual one
    /// first.
    pub(crate) fn columns<const N: usize>(
        &self,
        layout: &'static str,
        wanted: [&[&str]; N],
    ) -> Result<[usize; N], ImportError> {
        let found = wanted.map(|names| self.column(names));
        let name = |names: &[&str]| names.first().copied().unwrap_or_default().to_owned();
        if found.contains(&None) {
            let missing = wanted
                .iter()
                .zip(&found)
                .filter(|(_, found)| found.is_none());
            return Err(ImportError::Columns {
                path: self.path.clone(),
                layout,
                expected: wanted.iter().map(|names| name(names)).collect(),
                missing: missing.map(|(names, _)| name(names)).collect(),
                found: self.found(),
            });
        }
        Ok(found.map(Option::unwrap_or_default))
    }

    /// The next row that is one; what is none goes into the ledger.
    pub(crate) fn next(&mut self, ledger: &mut Ledger) -> Result<Option<Row<'_>>, ImportError> {
        loop {
            let next = self.records.next(self.fields.input());
            match next.map_err(|e| read_error(&self.path, e))? {
                Next::End => return Ok(None),
                Next::Refused { line, reason } => {
                    ledger.row();
                    ledger.bad(line, reason.to_owned());
                }
                Next::Record { line } => {
                    ledger.row();
                    match self.fields.split_into(line, self.header.len()) {
                        Ok(()) => {
                            return Ok(Some(Row {
                                line,
                                record: &self.fields.record,
                            }));
                        }
                        Err(reason) => ledger.bad(line, reason),
                    }
                }
            }
        }
    }
}

/// Splits one record after the other with one csv reader.
struct Fields {
    reader: csv::Reader<OneRecord>,
    record: StringRecord,
}

/// The record at hand, as a source for the csv reader. It ends in a line end, so the reader never
/// asks for more than there is.
struct OneRecord {
    bytes: Vec<u8>,
    at: usize,
}

impl Read for OneRecord {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&self.bytes[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

impl Fields {
    fn new() -> Self {
        Self {
            reader: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .terminator(Terminator::Any(b'\n'))
                .from_reader(OneRecord {
                    bytes: Vec::new(),
                    at: 0,
                }),
            record: StringRecord::new(),
        }
    }

    /// Where the next record's bytes go.
    fn input(&mut self) -> &mut Vec<u8> {
        &mut self.reader.get_mut().bytes
    }

    /// Splits the input; `line` is where it starts.
    fn split(&mut self, line: u64) -> Result<(), String> {
        let input = self.reader.get_mut();
        utf8(&input.bytes, line)?;
        input.bytes.push(b'\n');
        input.at = 0;
        match self.reader.read_record(&mut self.record) {
            Ok(true) => Ok(()),
            Ok(false) => Err("not CSV".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn split_into(&mut self, line: u64, columns: usize) -> Result<(), String> {
        self.split(line)?;
        if self.record.len() == columns {
            Ok(())
        } else {
            Err(wrong_count(columns, self.record.len()))
        }
    }
}

fn wrong_count(expected: usize, found: usize) -> String {
    format!("expected {expected} columns, found {found}")
}

fn utf8(record: &[u8], line: u64) -> Result<&str, String> {
    let error = match std::str::from_utf8(record) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    // The record may run over several lines; an editor can jump to a place in one of them.
    let before = record[..error.valid_up_to()].split(|byte| *byte == b'\n');
    let (line, in_line) = (line..).zip(before).last().unwrap_or((line, record));
    Err(format!(
        "expected UTF-8, found an invalid byte at byte offset {} of line {line}",
        in_line.len()
    ))
}

/// Refuses a header that is no UTF-8 text.
fn not_text(path: &Path, header: &[u8]) -> Result<(), ImportError> {
    let invalid = std::str::from_utf8(header).err();
    // A zero byte is valid UTF-8, but it means UTF-16 or no text at all.
    let zero = header.iter().position(|byte| *byte == 0);
    let (offset, found) = match (header, invalid, zero) {
        ([0xff, 0xfe, ..] | [0xfe, 0xff, ..], ..) => (0, "UTF-16 with a byte-order mark"),
        (.., Some(zero)) => (zero, "a zero byte, as in UTF-16 or a binary file,"),
        // The record may have been cut off inside a character.
        (_, Some(error), _) if error.error_len().is_some() => (
            error.valid_up_to(),
            "an invalid byte, as in Latin-1 or a compressed file,",
        ),
        _ => return Ok(()),
    };
    Err(ImportError::NotUtf8 {
        path: path.to_owned(),
        offset,
        found,
    })
}

fn open(path: &Path) -> Result<File, ImportError> {
    File::open(path).map_err(|e| read_error(path, e))
}

pub(crate) fn read_error(path: &Path, source: io::Error) -> ImportError {
    ImportError::Read {
        path: path.to_owned(),
        source,
    }
}

/// A file without header or quotation marks, a record a line.
pub(crate) struct Lines {
    path: PathBuf,
    records: Records<File>,
    encoding: Encoding,
    bytes: Vec<u8>,
    text: String,
}

/// How characters are written.
#[derive(Clone, Copy)]
pub(crate) enum Encoding {
    /// The older MovieLens sets.
    Latin1,
    /// Everything else.
    Utf8,
}

impl Lines {
    pub(crate) fn open(path: &Path, encoding: Encoding) -> Result<Self, ImportError> {
        Ok(Self {
            path: path.to_owned(),
            records: Records::new(open(path)?, Rule::Plain),
            encoding,
            bytes: Vec::new(),
            text: String::new(),
        })
    }

    /// The next line and its number, counted from 1; a line of bad length or encoding goes into the
    /// ledger.
    pub(crate) fn next(&mut self, ledger: &mut Ledger) -> Result<Option<(u64, &str)>, ImportError> {
        loop {
            let next = self.records.next(&mut self.bytes);
            match next.map_err(|e| read_error(&self.path, e))? {
                Next::End => return Ok(None),
                Next::Refused { line, reason } => {
                    ledger.row();
                    ledger.bad(line, reason.to_owned());
                }
                Next::Record { line } => {
                    ledger.row();
                    match self.decode(line) {
                        Ok(()) => return Ok(Some((line, &self.text))),
                        Err(reason) => ledger.bad(line, reason),
                    }
                }
            }
        }
    }
}

impl Lines {
    /// Writes the record's bytes into `text`.
    fn decode(&mut self, line: u64) -> Result<(), String> {
        self.text.clear();
        match self.encoding {
            // Latin-1 is the first 256 characters of Unicode, one byte each.
            Encoding::Latin1 => self
                .text
                .extend(self.bytes.iter().map(|byte| char::from(*byte))),
            Encoding::Utf8 => {
                self.text.push_str(utf8(&self.bytes, line)?);
            }
        }
        Ok(())
    }
}

/// The `count` fields of a line, without surrounding whitespace.
pub(crate) fn split<'a>(
    line: &'a str,
    separator: &str,
    count: usize,
) -> Result<Vec<&'a str>, String> {
    let fields: Vec<&str> = line.split(separator).map(str::trim).collect();
    if fields.len() == count {
        Ok(fields)
    } else {
        Err(wrong_count(count, fields.len()))
    }
}
