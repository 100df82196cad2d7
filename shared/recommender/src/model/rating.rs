//! The rating section: what predicts how good a film would be. Small enough to be decoded.

use zerocopy::little_endian::{F64, U32};

use super::columns::Column;
use super::container::{Section, wrong};
use super::error::SectionFault;
use super::writer::SectionWriter;
use super::{ModelError, SectionEntry, SectionKind};
use crate::rating::{Prediction, Rating, STARS};

const PRIOR: &str = "prior";
const RATINGS: &str = "ratings";

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
    Ok(Rating {
        prior,
        ratings: ratings[0].get(),
        learned: None,
    })
}

/// Lays out the rating section.
pub fn write_rating(rating: &Rating) -> Vec<u8> {
    let mut writer = SectionWriter::new(SectionKind::Rating);
    writer.u32s(RATINGS, [rating.ratings]);
    writer.values(PRIOR, &rating.prior.probabilities.map(F64::new));
    writer.finish()
}
