//! A thing's shadow.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::json::{delta, merge};

/// The largest state, in bytes: what is desired and what was reported, each as compact JSON. Times and
/// version do not count.
pub const MAX_SIZE: usize = 8 * 1024;

/// A shadow's document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub(super) state: Sections,
    pub(super) metadata: Sections,
}

/// What is desired and what was reported, or the times of it. A section without anything in it is not
/// there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sections {
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) desired: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) reported: Map<String, Value>,
}

/// What a request wants of a section.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Patch {
    /// Nothing.
    #[default]
    Keep,
    /// That it goes.
    Clear,
    /// That this is brought into it.
    Merge(Map<String, Value>),
}

impl Document {
    /// The document with an update in it; `now` in seconds since 1970.
    pub(super) fn updated(&self, desired: &Patch, reported: &Patch, now: i64) -> Self {
        let mut new = self.clone();
        let (state, times) = (&mut new.state, &mut new.metadata);
        desired.apply(&mut state.desired, &mut times.desired, now);
        reported.apply(&mut state.reported, &mut times.reported, now);
        new
    }

    /// How large the state is, as [`MAX_SIZE`] counts.
    pub(super) fn size(&self) -> usize {
        let sections = [&self.state.desired, &self.state.reported];
        let sections = sections.into_iter().filter(|section| !section.is_empty());
        let sizes = sections.map(|section| serde_json::to_string(section).map_or(0, |s| s.len()));
        sizes.sum()
    }

    /// What is desired and not reported, with the times at which it was desired.
    pub(super) fn delta(&self) -> (Map<String, Value>, Map<String, Value>) {
        let state = &self.state;
        delta(&state.desired, &state.reported, &self.metadata.desired)
    }
}

impl Patch {
    fn apply(&self, state: &mut Map<String, Value>, times: &mut Map<String, Value>, now: i64) {
        match self {
            Self::Keep => {}
            Self::Clear => {
                state.clear();
                times.clear();
            }
            Self::Merge(patch) => merge(state, times, patch, now),
        }
    }
}
