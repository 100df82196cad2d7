//! The container every section lives in: a header, a directory of columns, the columns.
//! `FORMAT.md` beside this file is the byte-level specification.

use std::ops::Range;

use bytes::Bytes;
use bytestring::ByteString;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::columns::{Column, Indices, Offsets, Strings, Value};
use super::error::SectionFault;
use super::manifest::SectionEntry;
use super::{FORMAT_VERSION, ModelError, SectionKind};

pub(super) const MAGIC: [u8; 8] = *b"MATINEE\n";
pub(super) const ALIGNMENT: usize = 8;
/// The longest tag, in bytes.
pub(super) const MAX_TAG: usize = 16;
const MAX_COLUMNS: usize = 64;

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Header {
    pub(super) magic: [u8; 8],
    pub(super) version: U32,
    pub(super) kind: U32,
    pub(super) length: U64,
    pub(super) columns: U32,
    pub(super) reserved: U32,
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned, Clone, Copy)]
#[repr(C)]
pub(super) struct DirectoryEntry {
    pub(super) tag: [u8; MAX_TAG],
    pub(super) start: U64,
    pub(super) length: U64,
    pub(super) width: U32,
    pub(super) reserved: U32,
}

impl DirectoryEntry {
    /// Letters, digits and underscores, then zeros to the end.
    fn name(&self) -> Option<&str> {
        let length = self
            .tag
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(MAX_TAG);
        let (name, rest) = self.tag.split_at(length);
        let named = !name.is_empty()
            && name
                .iter()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_');
        let padded = rest.iter().all(|byte| *byte == 0);
        std::str::from_utf8(name).ok().filter(|_| named && padded)
    }
}

/// One column as the directory knows it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) tag: String,
    pub(super) range: Range<usize>,
    /// Bytes a value.
    pub(super) width: u32,
}

/// A section whose bytes are those its manifest speaks of and whose directory is sound.
pub(super) struct Section {
    pub(super) bytes: Bytes,
    pub(super) directory: Vec<Place>,
}

impl Section {
    /// Checks size, checksum, header and directory.
    pub(super) fn open(
        bytes: Bytes,
        kind: SectionKind,
        entry: &SectionEntry,
    ) -> Result<Self, ModelError> {
        Self::check(bytes, kind, entry).map_err(|fault| kind.refuse(fault))
    }

    fn check(bytes: Bytes, kind: SectionKind, entry: &SectionEntry) -> Result<Self, SectionFault> {
        entry.verify(&bytes)?;
        let (header, rest) =
            Header::ref_from_prefix(&bytes).map_err(|_| SectionFault::NotASection)?;
        if header.magic != MAGIC {
            return Err(SectionFault::NotASection);
        }
        if header.version.get() != FORMAT_VERSION {
            return Err(SectionFault::Version {
                found: header.version.get(),
                supported: FORMAT_VERSION,
            });
        }
        if header.kind.get() != kind.number() {
            return Err(SectionFault::Kind {
                found: header.kind.get(),
            });
        }
        if header.length.get() != bytes.len() as u64 {
            return Err(SectionFault::Length {
                header: header.length.get(),
                found: bytes.len() as u64,
            });
        }
        if header.reserved != U32::ZERO {
            return Err(SectionFault::NotZero {
                at: std::mem::offset_of!(Header, reserved),
            });
        }
        let count = header.columns.get();
        let entries =
            <[DirectoryEntry]>::ref_from_prefix_with_elems(rest, MAX_COLUMNS.min(count as usize))
                .ok()
                .map(|(entries, _)| entries)
                .filter(|entries| entries.len() == count as usize)
                .ok_or(SectionFault::Columns { found: count })?;
        let directory = read_directory(entries, &bytes)?;
        Ok(Self { bytes, directory })
    }

    fn find(&self, tag: &'static str) -> Result<(Bytes, u32), SectionFault> {
        let place = self
            .directory
            .iter()
            .find(|place| place.tag == tag)
            .ok_or(SectionFault::ColumnMissing(tag))?;
        Ok((self.bytes.slice(place.range.clone()), place.width))
    }

    /// The bytes a value of the column `tag` has.
    pub(super) fn width(&self, tag: &'static str) -> Result<u32, SectionFault> {
        Ok(self.find(tag)?.1)
    }

    /// The column `tag` as values of `T`.
    pub(super) fn values<T: Value>(&self, tag: &'static str) -> Result<Column<T>, SectionFault> {
        let (bytes, width) = self.find(tag)?;
        let expected = size_of::<T>() as u32;
        if width != expected {
            return Err(SectionFault::ColumnWidth {
                column: tag,
                expected,
                found: width,
            });
        }
        Ok(Column::new(bytes))
    }

    /// The column `tag` with exactly `length` values.
    pub(super) fn exactly<T: Value>(
        &self,
        tag: &'static str,
        length: usize,
    ) -> Result<Column<T>, SectionFault> {
        let column = self.values(tag)?;
        check_length(tag, length, column.len())?;
        Ok(column)
    }

    /// Indices below `limit`, in the width that `limit` asks for.
    pub(super) fn indices(&self, tag: &'static str, limit: usize) -> Result<Indices, SectionFault> {
        let indices = if Indices::width(limit) == 2 {
            Indices::Narrow(self.values(tag)?)
        } else {
            Indices::Wide(self.values(tag)?)
        };
        match indices.first_beyond(limit) {
            Some(row) => Err(wrong(tag, row, "index out of range")),
            None => Ok(indices),
        }
    }

    /// `rows + 1` ascending offsets from 0 to `end`.
    pub(super) fn offsets(
        &self,
        tag: &'static str,
        rows: usize,
        end: usize,
    ) -> Result<Offsets, SectionFault> {
        let column: Column<U32> = self.exactly(tag, rows + 1)?;
        if column[0] != U32::ZERO {
            return Err(wrong(tag, 0, "the first offset must be 0"));
        }
        if let Some(row) = column.windows(2).position(|w| w[0].get() > w[1].get()) {
            return Err(wrong(tag, row + 1, "offsets must ascend"));
        }
        if column[rows].get() as usize != end {
            return Err(wrong(
                tag,
                rows,
                "the last offset must be the number of values",
            ));
        }
        Ok(Offsets(column))
    }

    /// Strings: offsets at character boundaries of a valid UTF-8 text. With `rows` given, exactly
    /// so many.
    pub(super) fn strings(
        &self,
        tags: (&'static str, &'static str),
        rows: Option<usize>,
    ) -> Result<Strings, SectionFault> {
        let bytes = self.values::<u8>(tags.1)?.into_bytes();
        let length = bytes.len();
        let text = ByteString::try_from(bytes)
            .map_err(|error| wrong(tags.1, error.valid_up_to(), "the text is not UTF-8"))?;
        let rows = match rows {
            Some(rows) => rows,
            None => self.values::<U32>(tags.0)?.len().saturating_sub(1),
        };
        let offsets = self.offsets(tags.0, rows, length)?;
        let split = offsets
            .0
            .iter()
            .position(|offset| !text.is_char_boundary(offset.get() as usize));
        match split {
            Some(row) => Err(wrong(tags.0, row, "the offset splits a character")),
            None => Ok(Strings { text, offsets }),
        }
    }
}

/// Tags, ranges and widths of the columns: one behind the other from the directory to the end of
/// the file, each at the next multiple of eight and a whole number of values, no tag twice.
fn read_directory(entries: &[DirectoryEntry], bytes: &[u8]) -> Result<Vec<Place>, SectionFault> {
    let mut directory: Vec<Place> = Vec::with_capacity(entries.len());
    let mut free = size_of::<Header>() + size_of_val(entries);
    for (number, entry) in entries.iter().enumerate() {
        let tag = entry
            .name()
            .ok_or(SectionFault::ColumnName(number))?
            .to_owned();
        let (start, size) = (entry.start.get(), entry.length.get());
        let expected = free.next_multiple_of(ALIGNMENT);
        let room = (bytes.len() as u64).checked_sub(start);
        if start != expected as u64 || room.is_none_or(|room| size > room) {
            return Err(SectionFault::ColumnRange {
                column: tag,
                start,
                size,
                expected: expected as u64,
            });
        }
        let width = entry.width.get();
        if width == 0 || size % u64::from(width) != 0 {
            return Err(SectionFault::ColumnSize {
                column: tag,
                size,
                width,
            });
        }
        if directory.iter().any(|known| known.tag == tag) {
            return Err(SectionFault::ColumnRepeated(tag));
        }
        if entry.reserved != U32::ZERO {
            let before = size_of::<Header>() + number * size_of::<DirectoryEntry>();
            return Err(SectionFault::NotZero {
                at: before + std::mem::offset_of!(DirectoryEntry, reserved),
            });
        }
        let padding = &bytes[free..expected];
        if let Some(at) = padding.iter().position(|byte| *byte != 0) {
            return Err(SectionFault::NotZero { at: free + at });
        }
        // It lies inside the file, whose length is a usize.
        free = expected + size as usize;
        directory.push(Place {
            tag,
            range: expected..free,
            width,
        });
    }
    if free == bytes.len() {
        Ok(directory)
    } else {
        Err(SectionFault::BehindColumns { end: free })
    }
}

/// The fault of one value.
pub(super) fn wrong(column: &'static str, row: usize, reason: &'static str) -> SectionFault {
    SectionFault::Value {
        column,
        row,
        reason,
    }
}

pub(super) fn check_length(
    column: &'static str,
    expected: usize,
    found: usize,
) -> Result<(), SectionFault> {
    if expected == found {
        Ok(())
    } else {
        Err(SectionFault::ColumnLength {
            column,
            expected: expected as u64,
            found: found as u64,
        })
    }
}
