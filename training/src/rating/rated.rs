use std::collections::VecDeque;

use matinee::rating::{Film, STARS};
use matinee::taste::FilmRating;

/// The most ratings that are learned from. Of more the last ones count: what learning takes grows with
/// their number, to about a minute and half a gigabyte.
pub const MOST_RATINGS: usize = 200_000;

/// A film and how many stars it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatedFilm {
    /// The film.
    pub film: Film,
    /// 1 to 10; what lies outside counts as the nearest of these.
    pub stars: u8,
}

impl RatedFilm {
    /// How many stars more than the fewest.
    pub(super) fn place(&self) -> u8 {
        self.stars.clamp(1, STARS as u8) - 1
    }
}

impl From<&FilmRating> for RatedFilm {
    /// What a device reported. Stars between two whole ones are rounded.
    fn from(rating: &FilmRating) -> Self {
        let stars = (1..=STARS as u8).rev();
        let nearest = stars
            .into_iter()
            .find(|s| rating.stars >= f64::from(*s) - 0.5);
        Self {
            film: Film::from(rating),
            stars: nearest.unwrap_or(1),
        }
    }
}

/// Ratings as they come, oldest first.
#[derive(Clone, Debug, Default)]
pub struct RatedFilms {
    last: VecDeque<RatedFilm>,
    all: u64,
}

impl RatedFilms {
    /// Adds a rating; only the last [`MOST_RATINGS`] are kept.
    pub fn add(&mut self, rated: RatedFilm) {
        self.all += 1;
        if self.last.len() == MOST_RATINGS {
            self.last.pop_front();
        }
        self.last.push_back(rated);
    }

    /// How many were added.
    pub fn all(&self) -> u64 {
        self.all
    }

    /// Those that are learned from, in the order in which they were added.
    pub fn into_rows(self) -> Vec<RatedFilm> {
        self.last.into()
    }
}
