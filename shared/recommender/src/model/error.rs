use super::SectionKind;
use crate::ports::BlobError;

/// Why a model was refused. The message names the section and the cause; a model already serving
/// goes on serving.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The store could not be read or written.
    #[error("the model store failed")]
    Store(#[from] BlobError),
    /// The pointer, a manifest or a section is not there.
    #[error("no model file {key:?}: run `matinee train` or check the folder or bucket")]
    Missing {
        /// Where it was expected.
        key: String,
    },
    /// A pointer or manifest cannot be understood.
    #[error("{key:?} is not a valid model document: {reason}")]
    Document {
        /// Which document.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Written by a newer Matinee.
    #[error(
        "{what} has format version {found}, this program reads {supported}: update Matinee or train again"
    )]
    NewerFormat {
        /// The document or section.
        what: String,
        /// Its version.
        found: u32,
        /// The version understood here.
        supported: u32,
    },
    /// A section's bytes are not what its manifest and format say.
    #[error("section {section}: {fault}")]
    Section {
        /// Which section.
        section: SectionKind,
        /// What is wrong with it.
        fault: SectionFault,
    },
}

/// What is wrong with a section.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SectionFault {
    /// Fewer or more bytes than the manifest says.
    #[error("expected {expected} bytes, found {found}")]
    Size {
        /// As the manifest says.
        expected: u64,
        /// As read.
        found: u64,
    },
    /// The bytes are not those that were written.
    #[error(
        "checksum {found:016x}, the manifest says {expected:016x}: the file was altered or belongs to another model"
    )]
    Checksum {
        /// As the manifest says.
        expected: u64,
        /// Of the bytes read.
        found: u64,
    },
    /// Not a Matinee section at all.
    #[error("does not begin with a section header")]
    NotASection,
    /// A section of another kind under this name.
    #[error("holds a section of kind {found}")]
    Kind {
        /// The stored kind number.
        found: u32,
    },
    /// Written by another version of the format.
    #[error("has format version {found}, this program reads {supported}")]
    Version {
        /// The stored version.
        found: u32,
        /// The version understood here.
        supported: u32,
    },
    /// The directory of columns points outside the file, overlaps, or repeats a column.
    #[error("column {column:?}: bytes {start}..{end} lie outside the section, overlap or repeat")]
    ColumnRange {
        /// The column's tag.
        column: String,
        /// First byte.
        start: u64,
        /// One past the last byte.
        end: u64,
    },
    /// A needed column is not there.
    #[error("column {0:?} is missing")]
    ColumnMissing(&'static str),
    /// A column's length does not fit its type or its fellow columns.
    #[error("column {column:?}: expected {expected} values, found {found}")]
    ColumnLength {
        /// The column's tag.
        column: &'static str,
        /// As its fellow columns say.
        expected: u64,
        /// As stored.
        found: u64,
    },
    /// A column's values are of another width than this program reads.
    #[error("column {column:?}: values of {found} bytes, expected {expected}")]
    ColumnWidth {
        /// The column's tag.
        column: &'static str,
        /// Bytes a value as read here.
        expected: u32,
        /// Bytes a value as stored.
        found: u32,
    },
    /// A value breaks the format's rules.
    #[error("column {column:?}, value {row}: {reason}")]
    Value {
        /// The column's tag.
        column: &'static str,
        /// Which value.
        row: usize,
        /// The rule broken.
        reason: &'static str,
    },
}
