use crate::model::{Model, MovieIndex, NeighbourList, Similar, Weights};
use crate::taste::HistoryFilm;

/// What films say of each other: what viewers taught, else, in a model that has not seen any, how
/// near their facts are.
pub(super) enum Links<'a> {
    Learned(&'a Weights),
    Alike(&'a Similar),
}

impl<'a> Links<'a> {
    /// What is to go by for somebody with these films: where viewers taught nothing about any film that
    /// speaks for others, facts say more.
    pub(super) fn of(model: &'a Model, films: &[HistoryFilm]) -> Self {
        let taught = |weights: &&Weights| {
            let mut liked = films.iter().filter(|film| film.factor > 0.0);
            liked.any(|film| weights.learned(film.movie))
        };
        match model.weights.as_ref().filter(taught) {
            Some(weights) => Self::Learned(weights),
            None => Self::Alike(&model.similar),
        }
    }

    /// For each of `movies` films the sum of `factor · weight(film → it)` over a history's films. A film
    /// that counts against others takes from those that it would speak for, and gives to none.
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

    /// Shows the weights that a film has towards `wanted`, which ascends, by their places in it.
    pub(super) fn towards(
        &self,
        from: MovieIndex,
        wanted: &[MovieIndex],
        mut visit: impl FnMut(usize, f32),
    ) {
        match self {
            Self::Learned(weights) => weights.towards(from, wanted, visit),
            Self::Alike(similar) => {
                for near in similar.neighbours(NeighbourList::Blended, from) {
                    if let Ok(place) = wanted.binary_search(&near.movie) {
                        visit(place, near.score);
                    }
                }
            }
        }
    }
}
