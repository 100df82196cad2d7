use crate::model::{Model, MovieIndex, NeighbourList, Similar, Weights};
use crate::taste::HistoryFilm;

/// What films say of each other: what viewers taught, else, in a model that has not seen any, how
/// near their facts are.
pub(super) enum Links<'a> {
    Learned(&'a Weights),
    Alike(&'a Similar),
}

/// The place of a film that has none.
pub(super) const NO_PLACE: u8 = u8::MAX;

impl<'a> Links<'a> {
    pub(super) fn of(model: &'a Model) -> Self {
        match &model.weights {
            Some(weights) => Self::Learned(weights),
            None => Self::Alike(&model.similar),
        }
    }

    /// For each of `movies` films the sum of `factor · weight(film → it)` over a history's films.
    pub(super) fn scores(&self, films: &[HistoryFilm], movies: usize) -> Vec<f32> {
        match self {
            Self::Learned(weights) => {
                weights.sums(films.iter().map(|film| (film.movie, film.factor)))
            }
            Self::Alike(similar) => {
                let mut sums = vec![0.0; movies];
                for film in films {
                    for near in similar.neighbours(NeighbourList::Blended, film.movie) {
                        sums[near.movie.row()] += film.factor * near.score;
                    }
                }
                sums
            }
        }
    }

    /// Shows the weights from a film to those that have a place in `places`, which has one entry a
    /// film.
    pub(super) fn towards(
        &self,
        from: MovieIndex,
        places: &[u8],
        mut visit: impl FnMut(usize, f32),
    ) {
        let place = |movie: usize| {
            let place = places.get(movie).copied().unwrap_or(NO_PLACE);
            (place != NO_PLACE).then_some(usize::from(place))
        };
        match self {
            Self::Learned(weights) => weights.visit(from, |target, level| {
                if let Some(place) = place(target) {
                    visit(place, weights.unit(target) * f32::from(level));
                }
            }),
            Self::Alike(similar) => {
                for near in similar.neighbours(NeighbourList::Blended, from) {
                    if let Some(place) = place(near.movie.row()) {
                        visit(place, near.score);
                    }
                }
            }
        }
    }
}
