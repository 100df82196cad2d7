//! Sound sections to bend, and stores to break.

use bytes::Bytes;
use futures_util::FutureExt as _;

use crate::catalogue::{Movie, MovieId};
use crate::fixture;
use crate::model::writer::SectionWriter;
use crate::model::{
    Catalogue, Draft, Manifest, Model, ModelError, SectionEntry, SectionKind, Similar, Titles,
    Weights, load, publish,
};
use crate::ports::{Blobs as _, Expect, MemoryBlobs};
use crate::rating::Rating;
use crate::taste::Personas;

/// The fixture's films with something in every column.
pub(super) fn movies() -> Vec<Movie> {
    let mut movies = fixture::movies();
    for (number, movie) in movies.iter_mut().enumerate() {
        movie.aliases = vec![MovieId::new("imdb", format!("tt{number:07}")).unwrap()];
        movie.original_title = format!("Ö{number}");
        movie.overview = format!("Größe {number}");
        movie.poster = format!("https://posters.example/{number}.jpg");
        movie.cast = vec!["Fay Orr".to_owned(), format!("Gil {number}")];
        movie.keywords = vec!["comet".to_owned(), "sea".to_owned()];
        movie.countries = vec!["GB".to_owned()];
        movie.runtime = Some(90);
    }
    movies
}

/// A model of [`movies`] that is in no store yet.
pub(super) fn draft() -> Draft {
    fixture::draft(&movies())
}

/// A store with a model, and that model's manifest.
pub(super) fn stored() -> (MemoryBlobs, Manifest) {
    let blobs = MemoryBlobs::default();
    let model = publish(&blobs, &draft()).now_or_never().unwrap().unwrap();
    (blobs, model.manifest)
}

pub(super) fn load_now(blobs: &MemoryBlobs) -> Result<Model, ModelError> {
    load(blobs).now_or_never().unwrap()
}

pub(super) fn read(blobs: &MemoryBlobs, key: &str) -> Vec<u8> {
    let blob = blobs.get(key).now_or_never().unwrap().unwrap().unwrap();
    blob.bytes.to_vec()
}

pub(super) fn write(blobs: &MemoryBlobs, key: &str, bytes: impl Into<Bytes>) {
    blobs
        .put(key, bytes.into(), Expect::Anything)
        .now_or_never()
        .unwrap()
        .unwrap();
}

/// What opening says of bytes whose manifest was made for exactly them.
pub(super) fn open(kind: SectionKind, bytes: Vec<u8>, movies: usize) -> Result<(), ModelError> {
    let entry = SectionEntry::describe(kind, &bytes);
    let bytes = Bytes::from(bytes);
    match kind {
        SectionKind::Catalogue => Catalogue::open(bytes, &entry).map(drop),
        SectionKind::Titles => Titles::open(bytes, &entry, movies).map(drop),
        SectionKind::Similar => Similar::open(bytes, &entry, movies).map(drop),
        SectionKind::Weights => Weights::open(bytes, &entry, movies).map(drop),
        SectionKind::Personas => Personas::open(bytes, &entry).map(drop),
        SectionKind::Rating => Rating::open(bytes, &entry).map(drop),
    }
}

/// A section on its way to being wrong.
#[derive(Clone)]
pub(super) struct Forged {
    pub(super) kind: SectionKind,
    pub(super) bytes: Vec<u8>,
}

const HEADER: usize = 32;
const ENTRY: usize = 40;

impl Forged {
    /// A sound section of the model of [`draft`].
    pub(super) fn new(kind: SectionKind) -> Self {
        let bytes = draft().sections[&kind].to_vec();
        Self { kind, bytes }
    }

    pub(super) fn every_kind() -> [Self; 6] {
        SectionKind::ALL.map(Self::new)
    }

    fn number(&self, at: usize, width: usize) -> usize {
        let mut value = [0; 8];
        value[..width].copy_from_slice(&self.bytes[at..at + width]);
        usize::try_from(u64::from_le_bytes(value)).unwrap()
    }

    /// Every column: tag, bytes a value, values.
    pub(super) fn columns(&self) -> Vec<(String, u32, Vec<u8>)> {
        (0..self.number(24, 4))
            .map(|number| {
                let entry = HEADER + number * ENTRY;
                let tag = String::from_utf8(self.bytes[entry..entry + 16].to_vec()).unwrap();
                let start = self.number(entry + 16, 8);
                let end = start + self.number(entry + 24, 8);
                let width = u32::try_from(self.number(entry + 32, 4)).unwrap();
                let values = self.bytes[start..end].to_vec();
                (tag.trim_end_matches('\0').to_owned(), width, values)
            })
            .collect()
    }

    /// Where the directory speaks of a column.
    pub(super) fn entry(&self, tag: &str) -> usize {
        let columns = self.columns();
        let number = columns.iter().position(|(known, ..)| known == tag);
        HEADER + number.unwrap() * ENTRY
    }

    /// A column's values, bytes each and all of them.
    pub(super) fn column(&self, tag: &str) -> (usize, Vec<u8>) {
        let column = self.columns().into_iter().find(|(known, ..)| known == tag);
        let (_, width, values) = column.unwrap();
        (width as usize, values)
    }

    /// How many values a column has.
    pub(super) fn len(&self, tag: &str) -> usize {
        let (width, values) = self.column(tag);
        values.len() / width
    }

    /// Overwrites bytes of the file.
    pub(super) fn raw(mut self, at: usize, bytes: &[u8]) -> Self {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    /// Overwrites one value of a column.
    pub(super) fn put(self, tag: &str, at: usize, value: &[u8]) -> Self {
        let (width, _) = self.column(tag);
        let start = self.number(self.entry(tag) + 16, 8);
        self.raw(start + at * width, value)
    }

    /// Overwrites one index or number of a column with as many bytes as the column has.
    pub(super) fn number_at(self, tag: &str, at: usize, value: usize) -> Self {
        let (width, _) = self.column(tag);
        self.put(tag, at, &(value as u64).to_le_bytes()[..width])
    }

    /// The value at one place of a column.
    pub(super) fn value(&self, tag: &str, at: usize) -> usize {
        let (width, values) = self.column(tag);
        let mut value = [0; 8];
        value[..width].copy_from_slice(&values[at * width..(at + 1) * width]);
        usize::try_from(u64::from_le_bytes(value)).unwrap()
    }

    /// Lays the section out again with other columns.
    pub(super) fn lay_out(self, change: impl Fn(&mut Vec<(String, u32, Vec<u8>)>)) -> Self {
        let mut writer = SectionWriter::new(self.kind);
        writer.columns = self.columns();
        change(&mut writer.columns);
        Self {
            kind: self.kind,
            bytes: writer.finish(),
        }
    }

    /// Lays the section out again with one column changed.
    pub(super) fn change(self, tag: &str, change: impl Fn(&mut u32, &mut Vec<u8>)) -> Self {
        self.lay_out(|columns| {
            let column = columns.iter_mut().find(|(known, ..)| known == tag);
            let (_, width, values) = column.unwrap();
            change(width, values);
        })
    }

    /// Asserts that opening refuses the section for exactly this cause, naming the section.
    #[track_caller]
    pub(super) fn refused(self, cause: &str) {
        let kind = self.kind;
        let error = open(kind, self.bytes, movies().len()).unwrap_err();
        assert_eq!(error.to_string(), format!("section {kind}: {cause}"));
    }

    /// Asserts that opening refuses one value of a column for this reason.
    #[track_caller]
    pub(super) fn refused_value(self, tag: &str, at: usize, reason: &str) {
        self.refused(&format!("column {tag:?}, value {at}: {reason}"));
    }
}
