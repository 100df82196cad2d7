//! The rating section: what predicts how good a film would be. Small enough to be decoded.

use zerocopy::little_endian::{F32, F64, U16, U32};

use super::columns::Column;
use super::container::{Section, wrong};
use super::error::SectionFault;
use super::writer::SectionWriter;
use super::{ModelError, SectionEntry, SectionKind};
use crate::rating::{
    BENDS, Directors, FACTS, Forest, Genre, Kernel, Learned, MAX_GENRES, Prediction, RatedWork,
    Rating, SIGNALS, STARS, Work,
};

const PRIOR: &str = "prior";
const RATINGS: &str = "ratings";
const KERNEL: &str = "kernel";
const SHAPE: &str = "shape";
const SLOPE: &str = "slope";
const DEPTH: &str = "depth";
const NAME: (&str, &str) = ("director_at", "director_text");
const WORK_AT: &str = "work_at";
const WORK_YEAR: &str = "work_year";
const WORK_GENRES: &str = "work_genres";
const WORK_RATINGS: &str = "work_ratings";
const WORK_WEIGHT: &str = "work_weight";

/// What a number may be at most, whichever sign it has.
const MOST: f32 = 1e6;

/// The columns of a forest: features, splits, leaves.
type ForestTags = [&'static str; 3];
const BASE: ForestTags = ["base_feature", "base_split", "base_leaf"];
const BEND: ForestTags = ["bend_feature", "bend_split", "bend_leaf"];

/// The columns that are there together, where something was learned, or not at all.
const LEARNED: [&str; 17] = [
    DEPTH,
    BASE[0],
    BASE[1],
    BASE[2],
    BEND[0],
    BEND[1],
    BEND[2],
    SHAPE,
    SLOPE,
    KERNEL,
    NAME.0,
    NAME.1,
    WORK_AT,
    WORK_YEAR,
    WORK_GENRES,
    WORK_RATINGS,
    WORK_WEIGHT,
];

impl Rating {
    /// Verifies a rating section and reads it.
    ///
    /// # Errors
    /// [`ModelError::Section`] naming the fault.
    pub fn open(bytes: bytes::Bytes, entry: &SectionEntry) -> Result<Self, ModelError> {
        let section = Section::open(bytes, SectionKind::Rating, entry)?;
        read(&section).map_err(|fault| SectionKind::Rating.refuse(fault))
    }
}

fn read(section: &Section) -> Result<Rating, SectionFault> {
    let values: Column<F64> = section.exactly(PRIOR, STARS)?;
    let ratings: Column<U32> = section.exactly(RATINGS, 1)?;
    let mut probabilities = [0.0; STARS];
    for (probability, value) in probabilities.iter_mut().zip(values.iter()) {
        *probability = value.get();
    }
    let prior = Prediction { probabilities };
    if !prior.is_sound() {
        return Err(wrong(PRIOR, 0, "must be probabilities that sum to 1"));
    }
    let of_learned = |tag: &str| LEARNED.contains(&tag);
    let has_learned = section.directory.iter().any(|place| of_learned(&place.tag));
    Ok(Rating {
        prior,
        ratings: ratings[0].get(),
        learned: has_learned.then(|| read_learned(section)).transpose()?,
    })
}

fn read_learned(section: &Section) -> Result<Learned, SectionFault> {
    let depths: Column<U32> = section.exactly(DEPTH, 2)?;
    for (at, depth) in depths.iter().enumerate() {
        if !(1..=Forest::MAX_DEPTH as u32).contains(&depth.get()) {
            return Err(wrong(DEPTH, at, "must be 1 to 8"));
        }
    }
    let [base, bend] = [0, 1].map(|at| depths[at].get() as usize);
    let mut learned = Learned {
        base: read_forest(section, BASE, [base, 1, FACTS])?,
        directors: read_directors(section)?,
        shapes: [[0.0; STARS]; BENDS],
        slopes: [[0.0; 2]; BENDS],
        stars: read_forest(section, BEND, [bend, BENDS, SIGNALS])?,
    };
    let shapes = floats(section, SHAPE, Some(BENDS * STARS), MOST)?;
    for (shape, values) in learned.shapes.iter_mut().zip(shapes.chunks_exact(STARS)) {
        shape.copy_from_slice(values);
    }
    let slopes = floats(section, SLOPE, Some(BENDS * 2), MOST)?;
    for (slope, values) in learned.slopes.iter_mut().zip(slopes.chunks_exact(2)) {
        slope.copy_from_slice(values);
    }
    Ok(learned)
}

/// Reads the columns of a forest of this depth and so many outputs, which may ask of so many features.
fn read_forest(
    section: &Section,
    [feature, split, leaf]: ForestTags,
    [depth, outputs, known]: [usize; 3],
) -> Result<Forest, SectionFault> {
    let features: Column<u8> = section.values(feature)?;
    let trees = features.len() / depth;
    if features.len() != trees * depth || trees > Forest::MAX_TREES {
        let reason = "must be as many as the depth for each of at most 4096 trees";
        return Err(wrong(feature, features.len(), reason));
    }
    if let Some(at) = features.iter().position(|f| usize::from(*f) >= known) {
        return Err(wrong(feature, at, "no such feature"));
    }
    let leaves = (trees * outputs) << depth;
    Ok(Forest {
        splits: floats(section, split, Some(features.len()), MOST)?,
        leaves: floats(section, leaf, Some(leaves), Forest::MAX_LEAF)?,
        features: features.to_vec(),
        depth,
        outputs,
    })
}

fn read_directors(section: &Section) -> Result<Directors, SectionFault> {
    let names = section.strings(NAME, None)?;
    if let Some(row) = names.first_not_ascending() {
        return Err(wrong(NAME.1, row, "names must ascend without repeats"));
    }
    let weights = floats(section, WORK_WEIGHT, None, MOST)?;
    let works_at = section.offsets(WORK_AT, names.len(), weights.len())?;
    let many = |range: std::ops::Range<usize>| !(1..=Directors::MAX_WORKS).contains(&range.len());
    if let Some(row) = works_at.ranges().position(many) {
        return Err(wrong(WORK_AT, row, "a director must have 1 to 128 works"));
    }
    Ok(Directors {
        kernel: read_kernel(section)?,
        names_at: names.offsets.0.iter().map(|at| at.get()).collect(),
        names: names.text.to_string(),
        works: read_works(section, &weights)?,
        works_at: works_at.0.iter().map(|at| at.get()).collect(),
    })
}

fn read_kernel(section: &Section) -> Result<Kernel, SectionFault> {
    let values = floats(section, KERNEL, Some(4), MOST)?;
    if let Some(at) = values[..3].iter().position(|v| !(0.0..=1e3).contains(v)) {
        return Err(wrong(KERNEL, at, "must be 0..=1000"));
    }
    if !(1.0..=1e3).contains(&values[3]) {
        return Err(wrong(KERNEL, 3, "must be 1..=1000"));
    }
    Ok(Kernel::new(values[0], values[1], values[2], values[3]))
}

fn read_works(section: &Section, weights: &[f32]) -> Result<Vec<RatedWork>, SectionFault> {
    let years: Column<U16> = section.exactly(WORK_YEAR, weights.len())?;
    let genres: Column<U32> = section.exactly(WORK_GENRES, weights.len())?;
    let ratings: Column<U32> = section.exactly(WORK_RATINGS, weights.len())?;
    let known =
        |set: &U32| set.get() < 1 << Genre::COUNT && set.get().count_ones() as usize <= MAX_GENRES;
    if let Some(at) = genres.iter().position(|set| !known(set)) {
        return Err(wrong(WORK_GENRES, at, "must be at most three known genres"));
    }
    if let Some(at) = ratings.iter().position(|count| *count == U32::ZERO) {
        return Err(wrong(WORK_RATINGS, at, "must be 1 or more"));
    }
    let works = weights.iter().enumerate().map(|(at, weight)| RatedWork {
        work: Work {
            year: years[at].get(),
            genres: genres[at].get(),
        },
        ratings: ratings[at].get(),
        weight: *weight,
    });
    Ok(works.collect())
}

/// Numbers that are finite and no further from 0 than `most`.
fn floats(
    section: &Section,
    tag: &'static str,
    length: Option<usize>,
    most: f32,
) -> Result<Vec<f32>, SectionFault> {
    let values: Column<F32> = match length {
        Some(length) => section.exactly(tag, length)?,
        None => section.values(tag)?,
    };
    let values: Vec<f32> = values.iter().map(|value| value.get()).collect();
    let sound = |value: &f32| value.is_finite() && value.abs() <= most;
    match values.iter().position(|value| !sound(value)) {
        Some(at) => Err(wrong(tag, at, "not finite, or too far from 0")),
        None => Ok(values),
    }
}

/// Lays out the rating section.
pub fn write_rating(rating: &Rating) -> Vec<u8> {
    let mut writer = SectionWriter::new(SectionKind::Rating);
    writer.u32s(RATINGS, [rating.ratings]);
    writer.values(PRIOR, &rating.prior.probabilities.map(F64::new));
    if let Some(learned) = &rating.learned {
        write_learned(&mut writer, learned);
    }
    writer.finish()
}

fn write_learned(writer: &mut SectionWriter, learned: &Learned) {
    let Learned {
        base,
        directors,
        shapes,
        slopes,
        stars,
    } = learned;
    writer.u32s(DEPTH, [base.depth as u32, stars.depth as u32]);
    for ([feature, split, leaf], forest) in [(BASE, base), (BEND, stars)] {
        writer.values(feature, &forest.features);
        write_floats(writer, split, &forest.splits);
        write_floats(writer, leaf, &forest.leaves);
    }
    write_floats(writer, SHAPE, shapes.as_flattened());
    write_floats(writer, SLOPE, slopes.as_flattened());
    let Kernel {
        all,
        genres,
        time,
        years,
        ..
    } = directors.kernel;
    write_floats(writer, KERNEL, &[all, genres, time, years]);
    writer.u32s(NAME.0, directors.names_at.iter().copied());
    writer.values(NAME.1, directors.names.as_bytes());
    writer.u32s(WORK_AT, directors.works_at.iter().copied());
    let works = &directors.works;
    let of = |value: &dyn Fn(&RatedWork) -> u32| works.iter().map(value).collect::<Vec<u32>>();
    let years: Vec<U16> = works.iter().map(|w| U16::new(w.work.year)).collect();
    writer.values::<U16>(WORK_YEAR, &years);
    writer.u32s(WORK_GENRES, of(&|w| w.work.genres));
    writer.u32s(WORK_RATINGS, of(&|w| w.ratings));
    let weights: Vec<f32> = works.iter().map(|work| work.weight).collect();
    write_floats(writer, WORK_WEIGHT, &weights);
}

fn write_floats(writer: &mut SectionWriter, tag: &str, values: &[f32]) {
    let values: Vec<F32> = values.iter().copied().map(F32::new).collect();
    writer.values(tag, &values);
}
