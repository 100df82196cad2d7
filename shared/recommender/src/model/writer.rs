//! Lays the columns of a section out.

use zerocopy::IntoBytes as _;
use zerocopy::little_endian::{U16, U32, U64};

use super::columns::{Indices, Value};
use super::container::{ALIGNMENT, DirectoryEntry, Header, MAGIC, MAX_TAG};
use super::{FORMAT_VERSION, SectionKind};

/// Collects the columns of one section and lays them out.
pub(super) struct SectionWriter {
    kind: SectionKind,
    /// Tag, bytes a value, values.
    pub(super) columns: Vec<(String, u32, Vec<u8>)>,
}

impl SectionWriter {
    pub(super) fn new(kind: SectionKind) -> Self {
        Self {
            kind,
            columns: Vec::new(),
        }
    }

    pub(super) fn values<T: Value>(&mut self, tag: &str, values: &[T]) {
        debug_assert!(tag.len() <= MAX_TAG && tag.is_ascii());
        let width = size_of::<T>() as u32;
        let bytes = values.as_bytes().to_vec();
        self.columns.push((tag.to_owned(), width, bytes));
    }

    pub(super) fn u32s(&mut self, tag: &str, values: impl IntoIterator<Item = u32>) {
        let values: Vec<U32> = values.into_iter().map(U32::new).collect();
        self.values(tag, &values);
    }

    /// Indices below `limit`, in two bytes each where that is enough, else in four.
    pub(super) fn indices(&mut self, tag: &str, limit: usize, values: &[u32]) {
        if Indices::width(limit) == 2 {
            let narrow: Vec<U16> = values.iter().map(|v| U16::new(*v as u16)).collect();
            self.values(tag, &narrow);
        } else {
            self.u32s(tag, values.iter().copied());
        }
    }

    /// Strings as one text and `len + 1` offsets into it.
    pub(super) fn strings<S: AsRef<str>>(
        &mut self,
        tags: (&str, &str),
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
    pub(super) fn offsets(&mut self, tag: &str, lengths: impl IntoIterator<Item = usize>) {
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
            let mut name = [0; MAX_TAG];
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
