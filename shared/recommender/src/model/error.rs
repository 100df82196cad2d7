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
    #[error("no model file {key:?}: train or publish a model, or check the folder or bucket")]
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
    /// The program failed on a model instead of refusing it.
    #[error("the program failed on this model: this is a bug, its log names the place")]
    Bug,
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
        "checksum {found}, the manifest says {expected}: the file was altered or belongs to another model"
    )]
    Checksum {
        /// As the manifest says, hexadecimal.
        expected: String,
        /// Of the bytes read, hexadecimal.
        found: String,
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
    /// The header speaks of a file of another length.
    #[error("the header says {header} bytes, the file has {found}")]
    Length {
        /// As the header says.
        header: u64,
        /// As read.
        found: u64,
    },
    /// More columns than a section can have, or than fit into this one.
    #[error("a directory of {found} columns does not fit")]
    Columns {
        /// As the header says.
        found: u32,
    },
    /// A reserved field or the padding in front of a column is not zero.
    #[error("byte {at} is reserved or padding and must be 0")]
    NotZero {
        /// Where, counted from the start of the file.
        at: usize,
    },
    /// A column's tag is not lower-case ASCII padded with zeros.
    #[error("the tag of column number {0} must be letters, digits and underscores, then zeros")]
    ColumnName(usize),
    /// A column does not follow the one before it, or leads out of the file.
    #[error(
        "column {column:?}: {size} bytes at {start} must begin at {expected} and lie inside the file"
    )]
    ColumnRange {
        /// The column's tag.
        column: String,
        /// First byte.
        start: u64,
        /// Bytes.
        size: u64,
        /// Where the column before it lets it begin.
        expected: u64,
    },
    /// A column holds no whole number of values.
    #[error("column {column:?}: {size} bytes are no whole number of values of {width} bytes")]
    ColumnSize {
        /// The column's tag.
        column: String,
        /// Bytes.
        size: u64,
        /// Bytes a value.
        width: u32,
    },
    /// Two columns of one tag.
    #[error("column {0:?} stands twice")]
    ColumnRepeated(String),
    /// There is something behind the last column.
    #[error("the last column ends at {end}, the file goes on")]
    BehindColumns {
        /// Where the last column ends.
        end: usize,
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
