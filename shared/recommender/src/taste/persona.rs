//! Which kind of viewer somebody is.

use super::films::Films;
use super::space::squared_distance;
use super::{Recorded, TasteSpace};
use crate::model::{Catalogue, Model, MovieIndex};

/// From how many interactions on a viewer gets a persona.
pub const PERSONA_AFTER: usize = 5;

/// A kind of viewer.
#[derive(Clone, Debug, PartialEq)]
pub struct Persona {
    /// The middle of the taste vectors of its viewers: one number a dimension, -1 to 1.
    pub centre: Vec<f32>,
    /// Its share of all viewers, 0 to 1.
    pub share: f32,
    /// The places of the dimensions that its viewers like more than the average viewer does, the
    /// most pronounced first, each once; empty where there are none.
    pub traits: Vec<u32>,
}

/// The kinds of viewers that a model knows, at least one and at most [`Personas::MOST`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Personas {
    /// What their vectors' numbers stand for.
    pub space: TasteSpace,
    /// The kinds, that with the most viewers first.
    pub all: Vec<Persona>,
}

impl Personas {
    /// The most there may be.
    pub const MOST: usize = 64;

    /// The place of the persona whose centre is nearest to a taste vector, of equally near ones the
    /// first; `None` where there are no personas.
    ///
    /// O(personas × dimensions).
    pub fn nearest(&self, vector: &[f32]) -> Option<usize> {
        let distances = self.all.iter();
        let distances = distances.map(|persona| squared_distance(&persona.centre, vector));
        let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        nearest.map(|(place, _)| place)
    }
}

/// Whether somebody has a persona.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// The one at this place of [`Personas::all`].
    Is(usize),
    /// Not yet: so many interactions are missing, at least one, the last with a film they like.
    Missing(usize),
    /// The model knows no personas: it was trained without interactions, or too few.
    #[default]
    NoPersonas,
}

impl Standing {
    /// The place of the persona, where there is one.
    pub fn persona(self) -> Option<usize> {
        match self {
            Self::Is(place) => Some(place),
            Self::Missing(_) | Self::NoPersonas => None,
        }
    }

    /// How many interactions are missing; `None` where none would help or none is missing.
    pub fn missing(self) -> Option<usize> {
        match self {
            Self::Missing(missing) => Some(missing),
            Self::Is(_) | Self::NoPersonas => None,
        }
    }
}

/// The films that a viewer likes, and how much.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Likes {
    films: Vec<(MovieIndex, f64)>,
    /// How many interactions with films of the catalogue there are.
    interactions: usize,
}

impl Likes {
    /// What a viewer's interactions, which stand newest first, say they like. A film counts as in
    /// [`Profile`](super::Profile), and only where that speaks for it. Films that `catalogue` does not
    /// know are passed over.
    ///
    /// O(n log m) for n interactions and m films in the catalogue.
    pub fn of(rows: &[Recorded], catalogue: &Catalogue) -> Self {
        let mut films = Films::default();
        let mut interactions = 0;
        for row in rows {
            if let Some(movie) = catalogue.by_id(row.interaction.movie.as_str()) {
                films.add(movie.index(), row.interaction.kind, 1.0);
                interactions += 1;
            }
        }
        Self::new(&films, interactions)
    }

    pub(super) fn new(films: &Films, interactions: usize) -> Self {
        let films = films.iter().map(|film| (film.movie, film.signal()));
        Self {
            films: films.filter(|(_, signal)| *signal > 0.0).collect(),
            interactions,
        }
    }

    /// Which of the model's personas this viewer has.
    pub fn standing(&self, model: &Model) -> Standing {
        let Some(personas) = &model.personas else {
            return Standing::NoPersonas;
        };
        let missing = PERSONA_AFTER.saturating_sub(self.interactions);
        if missing > 0 {
            return Standing::Missing(missing);
        }
        let liked = self.films.iter().map(|(movie, signal)| {
            let movie = model.catalogue.get(*movie);
            (personas.space.places(movie), *signal)
        });
        let Some(vector) = personas.space.vector(liked) else {
            return Standing::Missing(1);
        };
        let nearest = personas.nearest(&vector);
        nearest.map_or(Standing::NoPersonas, Standing::Is)
    }
}
