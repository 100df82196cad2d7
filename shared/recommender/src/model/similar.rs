//! The similar section: for every film its nearest films, twice: blended, and plain TF-IDF.

use zerocopy::little_endian::F32;

use super::columns::{Column, Indices, Offsets, first_pair};
use super::container::{Section, wrong};
use super::error::SectionFault;
use super::writer::SectionWriter;
use super::{ModelError, MovieIndex, SectionEntry, SectionKind};

/// A film near another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// The near film.
    pub movie: MovieIndex,
    /// How near; higher is nearer, comparable within one list.
    pub score: f32,
}

/// Which of the two lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NeighbourList {
    /// Text, people, genres, series, age and renown together.
    #[default]
    Blended,
    /// Cosine of TF-IDF over overview and genres alone: the reference everyone knows.
    TfIdf,
}

/// Neighbours of every film, one list a film, each by descending score.
pub type NeighbourLists = Vec<Vec<Neighbour>>;

/// Neighbours for "more like this".
#[derive(Debug)]
pub struct Similar {
    blended: Lists,
    tfidf: Lists,
}

#[derive(Debug)]
struct Lists {
    offsets: Offsets,
    movies: Indices,
    levels: Column<u8>,
    /// Lowest and highest score of each film's list.
    ranges: Column<[F32; 2]>,
}

const BLENDED: [&str; 4] = [
    "blended_at",
    "blended_movie",
    "blended_level",
    "blended_range",
];
const TFIDF: [&str; 4] = ["tfidf_at", "tfidf_movie", "tfidf_level", "tfidf_range"];

/// Steps between the lowest and the highest score of a list.
const STEPS: f32 = 255.0;

/// The highest score; its negative is the lowest. What is computed from scores stays finite.
const MAX_SCORE: f32 = 1e30;

impl Similar {
    /// Verifies a similar section of a model with `movies` films and takes it into use.
    ///
    /// # Errors
    /// [`ModelError::Section`] naming the fault.
    pub fn open(
        bytes: bytes::Bytes,
        entry: &SectionEntry,
        movies: usize,
    ) -> Result<Self, ModelError> {
        let section = Section::open(bytes, SectionKind::Similar, entry)?;
        let lists = |tags| {
            Lists::read(&section, tags, movies).map_err(|fault| SectionKind::Similar.refuse(fault))
        };
        Ok(Self {
            blended: lists(BLENDED)?,
            tfidf: lists(TFIDF)?,
        })
    }

    /// The films nearest to `movie`, nearest first.
    pub fn neighbours(
        &self,
        list: NeighbourList,
        movie: MovieIndex,
    ) -> impl ExactSizeIterator<Item = Neighbour> + '_ {
        let lists = match list {
            NeighbourList::Blended => &self.blended,
            NeighbourList::TfIdf => &self.tfidf,
        };
        let [low, high] = lists.ranges[movie.row()].map(F32::get);
        lists.offsets.range(movie.row()).map(move |at| Neighbour {
            movie: MovieIndex(lists.movies.get(at)),
            score: low + (high - low) * f32::from(lists.levels[at]) / STEPS,
        })
    }
}

impl Lists {
    fn read(
        section: &Section,
        tags: [&'static str; 4],
        movies: usize,
    ) -> Result<Self, SectionFault> {
        let [at, movie, level, range] = tags;
        let neighbours = section.indices(movie, movies)?;
        let lists = Self {
            offsets: section.offsets(at, movies, neighbours.len())?,
            levels: section.exactly(level, neighbours.len())?,
            ranges: section.exactly(range, movies)?,
            movies: neighbours,
        };
        let unsound = |pair: &[F32; 2]| {
            let [low, high] = pair.map(F32::get);
            !(-MAX_SCORE <= low && low <= high && high <= MAX_SCORE)
        };
        if let Some(row) = lists.ranges.iter().position(unsound) {
            return Err(wrong(range, row, "must be -1e30..=1e30, the lowest first"));
        }
        let rises = |before: u8, after: u8| before < after;
        if let Some(row) = first_pair(&lists.levels, &lists.offsets, rises) {
            return Err(wrong(level, row, "the nearest must come first"));
        }
        match lists.movies.first_repeat(&lists.offsets, movies, true) {
            Some(row) => Err(wrong(
                movie,
                row,
                "the film itself, or one that stands twice",
            )),
            None => Ok(lists),
        }
    }

    fn write(writer: &mut SectionWriter, tags: [&'static str; 4], lists: &NeighbourLists) {
        let [at, movie, level, range] = tags;
        let bounds: Vec<(f32, f32)> = lists
            .iter()
            .map(|list| match (list.last(), list.first()) {
                (Some(last), Some(first)) => (last.score, first.score),
                _ => (0.0, 0.0),
            })
            .collect();
        let levels: Vec<u8> = lists
            .iter()
            .zip(&bounds)
            .flat_map(|(list, (low, high))| list.iter().map(|n| quantise(n.score, *low, *high)))
            .collect();
        let movies: Vec<u32> = lists.iter().flatten().map(|n| n.movie.0).collect();
        let ranges: Vec<[F32; 2]> = bounds
            .iter()
            .map(|(low, high)| [F32::new(*low), F32::new(*high)])
            .collect();
        writer.offsets(at, lists.iter().map(Vec::len));
        writer.indices(movie, lists.len(), &movies);
        writer.values(level, &levels);
        writer.values(range, &ranges);
    }
}

/// The nearest of 256 steps between `low` and `high`: an error of at most 1/510 of the range.
fn quantise(score: f32, low: f32, high: f32) -> u8 {
    if high <= low {
        return 0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=255 first"
    )]
    let level = ((score - low) / (high - low) * STEPS)
        .round()
        .clamp(0.0, STEPS) as u8;
    level
}

/// Lays out the similar section. Each list holds films of the same model by descending score.
pub fn write_similar(blended: &NeighbourLists, tfidf: &NeighbourLists) -> Vec<u8> {
    let mut writer = SectionWriter::new(SectionKind::Similar);
    Lists::write(&mut writer, BLENDED, blended);
    Lists::write(&mut writer, TFIDF, tfidf);
    writer.finish()
}
