//! The container every section lives in: a header, a directory of columns, the columns.
//! `FORMAT.md` beside this file is the byte-level specification.

use std::marker::PhantomData;
use std::ops::{Deref, Range};

use bytes::Bytes;
use bytestring::ByteString;
use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::error::SectionFault;
use super::manifest::SectionEntry;
use super::{FORMAT_VERSION, ModelError, SectionKind};

const MAGIC: [u8; 8] = *b"MATINEE\n";
const MAX_COLUMNS: usize = 64;
const ALIGNMENT: usize = 8;

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Header {
    magic: [u8; 8],
    version: U32,
    kind: U32,
    length: U64,
    columns: U32,
    reserved: U32,
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned, Clone, Copy)]
#[repr(C)]
struct DirectoryEntry {
    tag: [u8; 16],
    start: U64,
    length: U64,
    width: U32,
    reserved: U32,
}

/// A plain value that can stand in a column.
pub(super) trait Value:
    FromBytes + IntoBytes + KnownLayout + Immutable + Unaligned + Copy
{
}
impl<T: FromBytes + IntoBytes + KnownLayout + Immutable + Unaligned + Copy> Value for T {}

/// Collects the columns of one section and lays them out.
pub(super) struct SectionWriter {
    kind: SectionKind,
    columns: Vec<(&'static str, u32, Vec<u8>)>,
}

impl SectionWriter {
    pub(super) fn new(kind: SectionKind) -> Self {
        Self {
            kind,
            columns: Vec::new(),
        }
    }

    pub(super) fn values<T: Value>(&mut self, tag: &'static str, values: &[T]) {
        debug_assert!(tag.len() <= 16 && tag.is_ascii());
        self.columns
            .push((tag, size_of::<T>() as u32, values.as_bytes().to_vec()));
    }

    pub(super) fn u32s(&mut self, tag: &'static str, values: impl IntoIterator<Item = u32>) {
        let values: Vec<U32> = values.into_iter().map(U32::new).collect();
        self.values(tag, &values);
    }

    /// Indices below `limit`, in two bytes each where that is enough, else in four.
    pub(super) fn indices(&mut self, tag: &'static str, limit: usize, values: &[u32]) {
        if limit <= 1 << 16 {
            let narrow: Vec<U16> = values.iter().map(|v| U16::new(*v as u16)).collect();
            self.values(tag, &narrow);
        } else {
            self.u32s(tag, values.iter().copied());
        }
    }

    /// Strings as one text and `len + 1` offsets into it.
    pub(super) fn strings<S: AsRef<str>>(
        &mut self,
        tags: (&'static str, &'static str),
        strings: impl IntoIterator<Item = S>,
    ) {
        let mut text = String::new();
        let mut offsets = vec![0];
        for string in strings {
            text.push_str(string.as_ref());
            offsets.push(text.len() as u32);
        }
        self.u32s(tags.0, offsets);
        self.values(tags.1, text.as_bytes());
    }

    /// Lists of values as one column and `len + 1` offsets into it.
    pub(super) fn offsets(&mut self, tag: &'static str, lengths: impl IntoIterator<Item = usize>) {
        let mut end = 0u32;
        let offsets = std::iter::once(0).chain(lengths.into_iter().map(|length| {
            end += length as u32;
            end
        }));
        let offsets: Vec<u32> = offsets.collect();
        self.u32s(tag, offsets);
    }

    /// The section's bytes: the same columns give the same bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        let directory_end = size_of::<Header>() + self.columns.len() * size_of::<DirectoryEntry>();
        let mut body = Vec::new();
        let mut directory = Vec::new();
        for (tag, width, bytes) in &self.columns {
            let start = (directory_end + body.len()).next_multiple_of(ALIGNMENT);
            body.resize(start - directory_end, 0);
            body.extend_from_slice(bytes);
            let mut name = [0; 16];
            name[..tag.len()].copy_from_slice(tag.as_bytes());
            directory.push(DirectoryEntry {
                tag: name,
                start: U64::new(start as u64),
                length: U64::new(bytes.len() as u64),
                width: U32::new(*width),
                reserved: U32::ZERO,
            });
        }
        let header = Header {
            magic: MAGIC,
            version: U32::new(FORMAT_VERSION),
            kind: U32::new(self.kind.number()),
            length: U64::new((directory_end + body.len()) as u64),
            columns: U32::new(self.columns.len() as u32),
            reserved: U32::ZERO,
        };
        [header.as_bytes(), directory.as_bytes(), &body].concat()
    }
}

/// A section whose bytes are those its manifest speaks of and whose directory is sound.
pub(super) struct Section {
    bytes: Bytes,
    directory: Vec<(String, Range<usize>, u32)>,
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
            return Err(SectionFault::Size {
                expected: header.length.get(),
                found: bytes.len() as u64,
            });
        }
        let count = header.columns.get() as usize;
        let entries = <[DirectoryEntry]>::ref_from_prefix_with_elems(rest, count.min(MAX_COLUMNS))
            .map_err(|_| SectionFault::NotASection)?
            .0;
        if entries.len() != count {
            return Err(SectionFault::NotASection);
        }
        let directory = read_directory(entries, bytes.len())?;
        Ok(Self { bytes, directory })
    }

    fn find(&self, tag: &'static str) -> Result<(Bytes, u32), SectionFault> {
        let (_, range, width) = self
            .directory
            .iter()
            .find(|(name, ..)| name == tag)
            .ok_or(SectionFault::ColumnMissing(tag))?;
        Ok((self.bytes.slice(range.clone()), *width))
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
        Ok(Column {
            bytes,
            values: PhantomData,
        })
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

    /// Indices below `limit`, two or four bytes each.
    pub(super) fn indices(&self, tag: &'static str, limit: usize) -> Result<Indices, SectionFault> {
        let indices = match self.find(tag)?.1 {
            2 => Indices::Narrow(self.values(tag)?),
            _ => Indices::Wide(self.values(tag)?),
        };
        match (0..indices.len()).find(|at| indices.get(*at) as usize >= limit) {
            Some(row) => Err(SectionFault::Value {
                column: tag,
                row,
                reason: "index out of range",
            }),
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
        let mut previous = 0;
        for (row, offset) in column.iter().enumerate() {
            let offset = offset.get();
            if offset < previous || (row == 0 && offset != 0) {
                return Err(SectionFault::Value {
                    column: tag,
                    row,
                    reason: "offsets must begin at 0 and ascend",
                });
            }
            previous = offset;
        }
        if previous as usize != end {
            return Err(SectionFault::Value {
                column: tag,
                row: rows,
                reason: "the last offset must be the length of the values",
            });
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
        let (bytes, _) = self.find(tags.1)?;
        let length = bytes.len();
        let text = ByteString::try_from(bytes).map_err(|_| SectionFault::Value {
            column: tags.1,
            row: 0,
            reason: "the text is not UTF-8",
        })?;
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
            Some(row) => Err(SectionFault::Value {
                column: tags.0,
                row,
                reason: "the offset splits a character",
            }),
            None => Ok(Strings { text, offsets }),
        }
    }
}

/// Tags, ranges and widths of the columns: inside the file, in ascending order without overlap,
/// each a whole number of values, no tag twice.
fn read_directory(
    entries: &[DirectoryEntry],
    length: usize,
) -> Result<Vec<(String, Range<usize>, u32)>, SectionFault> {
    let mut directory: Vec<(String, Range<usize>, u32)> = Vec::with_capacity(entries.len());
    let mut free = size_of::<Header>() + size_of_val(entries);
    for entry in entries {
        let column = String::from_utf8_lossy(&entry.tag)
            .trim_end_matches('\0')
            .to_owned();
        let (start, size) = (entry.start.get(), entry.length.get());
        let end = start.saturating_add(size);
        let width = entry.width.get();
        let sound = start >= free as u64
            && end <= length as u64
            && width > 0
            && size % u64::from(width) == 0
            && directory.iter().all(|(known, ..)| *known != column);
        if !sound {
            return Err(SectionFault::ColumnRange { column, start, end });
        }
        free = end as usize;
        directory.push((column, start as usize..free, width));
    }
    Ok(directory)
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

/// Values used in place.
#[derive(Clone, Debug)]
pub(super) struct Column<T> {
    bytes: Bytes,
    values: PhantomData<T>,
}

impl<T: Value> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match <[T]>::ref_from_bytes(&self.bytes) {
            Ok(values) => values,
            Err(_) => unreachable!("the directory holds whole values only"),
        }
    }
}

/// Row boundaries in a column of values.
#[derive(Clone, Debug)]
pub(super) struct Offsets(Column<U32>);

impl Offsets {
    pub(super) fn rows(&self) -> usize {
        self.0.len() - 1
    }

    /// Where row `row` lies.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        let offsets = &self.0[row..row + 2];
        offsets[0].get() as usize..offsets[1].get() as usize
    }
}

/// Strings used in place.
#[derive(Clone, Debug)]
pub(super) struct Strings {
    text: ByteString,
    offsets: Offsets,
}

impl Strings {
    pub(super) fn len(&self) -> usize {
        self.offsets.rows()
    }

    pub(super) fn get(&self, row: usize) -> &str {
        &self.text[self.offsets.range(row)]
    }
}

/// Indices of two or four bytes, all checked against their limit.
#[derive(Clone, Debug)]
pub(super) enum Indices {
    Narrow(Column<U16>),
    Wide(Column<U32>),
}

impl Indices {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Narrow(column) => column.len(),
            Self::Wide(column) => column.len(),
        }
    }

    pub(super) fn get(&self, at: usize) -> u32 {
        match self {
            Self::Narrow(column) => u32::from(column[at].get()),
            Self::Wide(column) => column[at].get(),
        }
    }
}
