use std::collections::HashSet;

use super::FilmSet;
use crate::catalogue::{Genre, GenreSet};
use crate::model::{MovieIndex, MovieRef};

/// Which films may be recommended. The default lets every film pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// Wanted genres; empty for any.
    pub genres: Vec<Genre>,
    /// Whether a film must have all of `genres` instead of at least one.
    pub all_genres: bool,
    /// Earliest year, inclusive. A film of unknown year passes no bound.
    pub year_from: Option<u16>,
    /// Latest year, inclusive.
    pub year_to: Option<u16>,
    /// ISO 639-1 code of the original language.
    pub language: Option<String>,
    /// Least mean vote, 0..=10. A film without votes does not pass.
    pub min_rating: Option<f32>,
    /// Films never to be offered.
    pub exclude: HashSet<MovieIndex>,
    /// The only films that may be offered; `None` for any.
    pub only: Option<FilmSet>,
}

impl Filters {
    /// Whether any condition besides `exclude` is set.
    pub fn narrows(&self) -> bool {
        let Self {
            genres,
            all_genres: _,
            year_from,
            year_to,
            language,
            min_rating,
            exclude: _,
            only,
        } = self;
        !genres.is_empty()
            || year_from.is_some()
            || year_to.is_some()
            || language.is_some()
            || min_rating.is_some()
            || only.is_some()
    }

    /// Whether this film passes.
    pub fn accept(&self, movie: MovieRef<'_>) -> bool {
        let among = |films: &FilmSet| films.contains(movie.index());
        self.only.as_ref().is_none_or(among)
            && !self.exclude.contains(&movie.index())
            && self.accept_genres(movie)
            && self.accept_year(movie.year())
            && self
                .language
                .as_ref()
                .is_none_or(|wanted| movie.language() == wanted)
            && self
                .min_rating
                .is_none_or(|least| movie.vote_average().is_some_and(|mean| mean >= least))
    }

    fn accept_genres(&self, movie: MovieRef<'_>) -> bool {
        if self.genres.is_empty() {
            return true;
        }
        let wanted: GenreSet = self.genres.iter().copied().collect();
        let has = movie.genre_set();
        if self.all_genres {
            has.contains_all(wanted)
        } else {
            has.intersects(wanted)
        }
    }

    fn accept_year(&self, year: Option<u16>) -> bool {
        let from = self
            .year_from
            .is_none_or(|from| year.is_some_and(|y| y >= from));
        let to = self.year_to.is_none_or(|to| year.is_some_and(|y| y <= to));
        from && to
    }
}
