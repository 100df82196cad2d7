//! Filters of a call, with what they are asked about.

use std::sync::{Arc, Mutex, PoisonError};

use super::Fault;
use super::campaigns::Campaigns;
use super::filter::{Compiled, Filter, WhoAsks};
use super::request::FilterChoice;
use crate::model::{Model, MovieIndex};
use crate::recommend::Personal;
use crate::taste::{Millis, Profile, Properties, Recorded, ViewerId};
use crate::wording::{DEFAULT_LOCALE, Wording};

/// How many filters with their values are kept compiled.
const KEPT: usize = 64;

/// What an answer is made from, besides the call.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'m, 'a> {
    /// The model.
    pub model: &'m Model,
    /// Filters that were compiled before.
    pub filters: &'a CompiledFilters,
    /// What the viewer did, newest first; nothing where no viewer is asked about.
    pub rows: &'a [Recorded],
    /// What was said about the viewer; nothing where no filter asks.
    pub properties: Option<&'a Properties>,
    /// The moment.
    pub now: Millis,
    /// How films are chosen for viewers.
    pub personal: &'a Personal,
}

/// Filters with their values over a model, kept for the next call.
#[derive(Debug, Default)]
pub struct CompiledFilters(Mutex<Vec<Kept>>);

#[derive(Debug)]
struct Kept {
    model: String,
    choice: FilterChoice,
    compiled: Arc<Compiled>,
}

/// A filter with the values of a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen<'a> {
    filter: &'a Filter,
    choice: &'a FilterChoice,
}

impl<'a> Chosen<'a> {
    /// The filter that a call names, if what it asks about is there.
    pub(super) fn of(
        campaigns: &'a Campaigns,
        choice: &'a FilterChoice,
        user: bool,
        item: bool,
    ) -> Result<Self, Fault> {
        let filter = campaigns.filter(&choice.arn)?;
        if filter.asks_about_viewer() && !user {
            return Err(Fault::invalid(
                "userId must be given: the filter goes by what is known of the user",
            ));
        }
        if filter.asks_about_item() && !item {
            return Err(Fault::invalid(
                "the filter has CurrentItem: it is for lists of items like the one of itemId",
            ));
        }
        Ok(Self { filter, choice })
    }

    pub(super) fn asks_about_viewer(&self) -> bool {
        self.filter.asks_about_viewer()
    }

    pub(super) fn asks_about_properties(&self) -> bool {
        self.filter.asks_about_properties()
    }

    pub(super) fn includes_known(&self) -> bool {
        self.filter.includes_known()
    }

    /// The filter over a model, with what the values of its parameters are; compiled now or before.
    pub(super) fn compiled(&self, basis: &Basis<'_, '_>) -> Result<Arc<Compiled>, Fault> {
        let version = basis.model.version();
        let all = &basis.filters.0;
        let mut kept = all.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |kept: &Kept| kept.model == version && kept.choice == *self.choice;
        if let Some(place) = kept.iter().position(same) {
            // The one that was used last is the last to go.
            let found = kept.remove(place);
            let compiled = Arc::clone(&found.compiled);
            kept.push(found);
            return Ok(compiled);
        }
        drop(kept);
        let compiled = self
            .filter
            .compile(&self.choice.values, &basis.model.catalogue)?;
        let compiled = Arc::new(compiled);
        let mut kept = all.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Kept {
            model: version.to_owned(),
            choice: self.choice.clone(),
            compiled: Arc::clone(&compiled),
        });
        Ok(compiled)
    }

    /// Shows what a filter wants to know to whoever needs it.
    pub(super) fn with_who<T>(
        &self,
        basis: &Basis<'_, '_>,
        viewer: Option<&ViewerId>,
        item: Option<MovieIndex>,
        then: impl FnOnce(&WhoAsks<'_>) -> T,
    ) -> T {
        let persona = self.filter.asks_about_persona().then(|| persona(basis));
        let persona = persona.flatten();
        then(&WhoAsks {
            viewer: viewer.map(ViewerId::as_str),
            persona: persona.as_deref(),
            rows: basis.rows,
            properties: basis.properties,
            item,
        })
    }
}

/// The name of the viewer's persona, where they have one.
fn persona(basis: &Basis<'_, '_>) -> Option<String> {
    let profile = Profile::of(basis.rows, basis.model);
    let place = profile.persona.persona()?;
    let personas = basis.model.personas.as_ref()?;
    let words = Wording::of(DEFAULT_LOCALE).persona(personas, place)?;
    Some(words.name)
}
