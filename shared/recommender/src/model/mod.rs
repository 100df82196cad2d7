//! The trained artifact: sections, manifest, verifying, using in place.
//!
//! A model is a folder `<version>/` with `manifest.json` and one file per section; `current.json`
//! beside the folders names the live version. `FORMAT.md` in this directory is the byte-level
//! specification. Sections are verified once and then used where they lie: nothing is decoded.

mod catalogue;
mod columns;
mod container;
mod error;
mod live;
mod loadable;
mod manifest;
mod personas;
mod rating;
mod similar;
mod store;
#[cfg(test)]
mod tests;
mod titles;
mod versions;
mod weights;
mod writer;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rating::Rating;
use crate::taste::Personas;

pub use catalogue::{Catalogue, MovieIndex, MovieRef, write_catalogue};
pub use error::{ModelError, SectionFault};
pub use live::{LiveModel, ModelEvent, ModelSource, Origin, Timing, Unavailable};
pub use loadable::{Loadable, Rates, RatingModel, Sections};
pub use manifest::{Current, Manifest, SectionEntry, SourceCounts};
pub use personas::write_personas;
pub use rating::write_rating;
pub use similar::{Neighbour, NeighbourList, NeighbourLists, Similar, write_similar};
pub use store::{CURRENT_KEY, Draft, keep, load, load_named, publish, publish_from};
pub use titles::{TitleHit, Titles, write_titles};
pub use versions::{Pointer, Transfer, VersionEntry, make_live, pointer, transfer, versions};
pub use weights::{WeightLists, Weights, write_weights};

/// Version of everything `FORMAT.md` describes. A program reads exactly this version.
pub const FORMAT_VERSION: u32 = 1;

/// The parts of a model; each function loads only those it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// The films' facts.
    Catalogue,
    /// The index that finds a film from words.
    Titles,
    /// Neighbours for "more like this".
    Similar,
    /// Weights learned from viewers, for "for you". A model may be without them.
    Weights,
    /// Kinds of viewers. A model may be without them.
    Personas,
    /// What predicts how good a film would be. A model may be without it.
    Rating,
}

impl SectionKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Catalogue,
        Self::Titles,
        Self::Similar,
        Self::Weights,
        Self::Personas,
        Self::Rating,
    ];

    /// Whether a model may be without it.
    pub fn is_optional(self) -> bool {
        matches!(self, Self::Weights | Self::Personas | Self::Rating)
    }

    /// The number in the section's header.
    fn number(self) -> u32 {
        match self {
            Self::Catalogue => 1,
            Self::Titles => 2,
            Self::Similar => 3,
            Self::Weights => 4,
            Self::Personas => 5,
            Self::Rating => 6,
        }
    }

    /// The section's file name.
    fn file(self) -> String {
        format!("{self}.bin")
    }

    fn refuse(self, fault: SectionFault) -> ModelError {
        ModelError::Section {
            section: self,
            fault,
        }
    }
}

impl fmt::Display for SectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Catalogue => "catalogue",
            Self::Titles => "titles",
            Self::Similar => "similar",
            Self::Weights => "weights",
            Self::Personas => "personas",
            Self::Rating => "rating",
        })
    }
}

/// A loaded, verified model. Cheap to share behind an `Arc`; never changes.
#[derive(Debug)]
pub struct Model {
    /// Where it came from and how good it measured.
    pub manifest: Manifest,
    /// The films' facts.
    pub catalogue: Catalogue,
    /// Finds films from words.
    pub titles: Titles,
    /// Neighbours for "more like this".
    pub similar: Similar,
    /// What films say of each other according to viewers; `None` in a model that was trained without
    /// interactions.
    pub weights: Option<Weights>,
    /// The kinds of viewers; `None` in a model that was trained without interactions or with too few.
    pub personas: Option<Personas>,
    /// What predicts how good a film would be; `None` in a model from before there were predictions.
    pub rating: Option<Rating>,
}

impl Model {
    /// The model's version.
    pub fn version(&self) -> &str {
        &self.manifest.model_version
    }
}
