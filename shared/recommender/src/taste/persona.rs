//! Which kind of viewer somebody is.

use super::films::Films;
use super::space::squared_distance;
use super::{Kind, Recorded, TasteSpace, signal};
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
        let nearest = self.distances(vector).min_by(|a, b| a.1.total_cmp(&b.1));
        nearest.map(|(place, _)| place)
    }

    /// The place of the persona whose centre is furthest from a taste vector; else as
    /// [`Personas::nearest`].
    pub fn furthest(&self, vector: &[f32]) -> Option<usize> {
        let furthest = self.distances(vector).min_by(|a, b| b.1.total_cmp(&a.1));
        furthest.map(|(place, _)| place)
    }

    fn distances(&self, vector: &[f32]) -> impl Iterator<Item = (usize, f32)> {
        let distances = self.all.iter();
        let distances = distances.map(|persona| squared_distance(&persona.centre, vector));
        distances.enumerate()
    }
}

/// Whether somebody has a persona.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// The one at this place of [`Personas::all`].
    Is(usize),
    /// Not yet: so many interactions are missing, at least one.
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

/// The films that a viewer likes and dislikes, and how much.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Likes {
    /// What speaks for a film, above 0, or against it, below.
    films: Vec<(MovieIndex, f64)>,
    /// How many interactions with films of the catalogue there are.
    interactions: usize,
}

impl Likes {
    /// What a viewer's interactions, which stand newest first, say they like. A film counts as in
    /// [`Profile`](super::Profile). Films that `catalogue` does not know are passed over.
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
            films: films.collect(),
            interactions,
        }
    }

    /// Adds what is said of a film in this very moment, in place of what was known of it.
    pub fn say(&mut self, movie: MovieIndex, kind: Kind) {
        let before = self.films.len();
        self.films.retain(|(known, _)| *known != movie);
        // It may have been taken over by now: a film that is known already is not counted again.
        self.interactions += usize::from(self.films.len() == before);
        self.films.push((movie, signal(kind)));
    }

    /// Which of the model's personas this viewer has: the one nearest to what they like; of somebody who
    /// likes nothing, the one furthest from what they dislike, else that with the most viewers.
    pub fn standing(&self, model: &Model) -> Standing {
        let Some(personas) = &model.personas else {
            return Standing::NoPersonas;
        };
        let missing = PERSONA_AFTER.saturating_sub(self.interactions);
        if missing > 0 {
            return Standing::Missing(missing);
        }
        let vector = |sign: f64| {
            let films = self
                .films
                .iter()
                .map(|(movie, signal)| (movie, sign * signal));
            let films = films.filter(|(_, signal)| *signal > 0.0);
            personas.space.vector(films.map(|(movie, signal)| {
                let movie = model.catalogue.get(*movie);
                (personas.space.places(movie), signal)
            }))
        };
        let place = match (vector(1.0), vector(-1.0)) {
            (Some(liked), _) => personas.nearest(&liked),
            (None, Some(disliked)) => personas.furthest(&disliked),
            (None, None) => (!personas.all.is_empty()).then_some(0),
        };
        place.map_or(Standing::NoPersonas, Standing::Is)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;
    use crate::fixture::{model, model_of, movies, rows_until};

    fn standing(done: &[(u32, Kind)]) -> Standing {
        let model = model();
        Likes::of(&rows_until(1_769_909_400_000, done), &model.catalogue).standing(&model)
    }

    #[test]
    fn a_viewer_is_of_the_kind_that_likes_the_same_films() {
        // 1, 2 and 8 are science fiction; 3 and 6 comedies, 4 and 7 dramas.
        let stargazer = [1, 2, 8, 1, 2].map(|film| (film, Kind::Liked));
        assert_eq!(standing(&stargazer), Standing::Is(0));
        let other = [3, 4, 6, 7, 3].map(|film| (film, Kind::Watched(None)));
        assert_eq!(standing(&other), Standing::Is(1));
        // What is disliked does not make a taste.
        let mut turned = other.to_vec();
        turned.extend([1, 2, 8].map(|film| (film, Kind::Disliked)));
        assert_eq!(standing(&turned), Standing::Is(1));
    }

    #[test]
    fn before_five_interactions_with_known_films_some_are_missing() {
        assert_eq!(standing(&[]), Standing::Missing(5));
        let four = [1, 2, 8, 2].map(|film| (film, Kind::Liked));
        assert_eq!(standing(&four), Standing::Missing(1));
        let mut unknown = four.to_vec();
        unknown.push((404, Kind::Liked));
        assert_eq!(standing(&unknown), Standing::Missing(1));
    }

    #[test]
    fn who_only_dislikes_is_of_the_kind_furthest_from_that() {
        let disliked = [1, 2, 8, 1, 2].map(|film| (film, Kind::Disliked));
        assert_eq!(standing(&disliked), Standing::Is(1));
        let other = [3, 4, 6, 7, 3].map(|film| (film, Kind::Disliked));
        assert_eq!(standing(&other), Standing::Is(0));
    }

    #[test]
    fn a_model_without_personas_has_none_for_anybody() {
        let mut model = model_of(&movies(), None);
        model.personas = None;
        let stargazer = [1, 2, 8, 1, 2].map(|film| (film, Kind::Liked));
        for done in [&stargazer[..], &[]] {
            let likes = Likes::of(&rows_until(0, done), &model.catalogue);
            assert_eq!(likes.standing(&model), Standing::NoPersonas);
        }
    }

    #[test]
    fn a_vector_is_the_direction_in_which_a_taste_differs() {
        let space = crate::fixture::personas(9).space;
        // Comedy, drama, science fiction: parts 0.75, 0.25 and 0 against 0.25, 0.25 and 0.5.
        let vector = space.vector([(vec![0], 3.0), (vec![1], 1.0)]).unwrap();
        let half = 0.5f32.sqrt();
        for (value, expected) in vector.iter().zip([half, 0.0, -half]) {
            assert!((value - expected).abs() < 1e-6, "{vector:?}");
        }
        let average = [(vec![0], 1.0), (vec![1], 1.0), (vec![2], 2.0)];
        assert_eq!(space.vector(average).unwrap(), [0.0; 3]);
        assert_eq!(space.vector(Vec::<(Vec<u32>, f64)>::new()), None);
    }
}
