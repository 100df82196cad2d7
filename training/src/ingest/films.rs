//! The films of one catalogue while it is read, and what their ratings add up to.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use matinee::catalogue::{Movie, MovieId};

use super::{ImportError, MAX_FILMS};

/// Films in the order of their rows, with distinct ids.
#[derive(Debug)]
pub(super) struct Films {
    path: PathBuf,
    pub(super) movies: Vec<Movie>,
    /// Rows left out because their id was there already.
    pub(super) duplicates: u64,
    positions: HashMap<MovieId, usize>,
    limit: usize,
}

impl Films {
    /// No films yet; they will come from `path`.
    pub(super) fn new(path: &Path) -> Self {
        Self::with_limit(path, MAX_FILMS)
    }

    pub(super) fn with_limit(path: &Path, limit: usize) -> Self {
        Self {
            path: path.to_owned(),
            movies: Vec::new(),
            duplicates: 0,
            positions: HashMap::new(),
            limit,
        }
    }

    /// Adds a film, unless one of its id is there.
    pub(super) fn add(&mut self, movie: Movie) -> Result<(), ImportError> {
        match self.positions.entry(movie.id.clone()) {
            Entry::Occupied(_) => self.duplicates += 1,
            Entry::Vacant(_) if self.movies.len() == self.limit => {
                return Err(ImportError::TooManyFilms {
                    path: self.path.clone(),
                    limit: self.limit,
                });
            }
            Entry::Vacant(place) => {
                place.insert(self.movies.len());
                self.movies.push(movie);
            }
        }
        Ok(())
    }

    /// Where each film is by the number its source gave it, for joining the source's other files.
    pub(super) fn by_key(&self) -> HashMap<u64, usize> {
        let numbered = self.movies.iter().enumerate();
        numbered
            .filter_map(|(at, movie)| Some((movie.id.key().parse().ok()?, at)))
            .collect()
    }
}

/// Sums ratings up, film by film.
#[derive(Debug)]
pub(super) struct Votes {
    by_key: HashMap<u64, usize>,
    /// Number and sum of stars.
    sums: Vec<(u32, f64)>,
}

impl Votes {
    pub(super) fn of(films: &Films) -> Self {
        Self {
            by_key: films.by_key(),
            sums: vec![(0, 0.0); films.movies.len()],
        }
    }

    /// Counts a rating, unless its film is not in the catalogue.
    pub(super) fn add(&mut self, film: u64, stars: f32) {
        if let Some(at) = self.by_key.get(&film) {
            let (count, sum) = &mut self.sums[*at];
            *count = count.saturating_add(1);
            *sum += f64::from(stars);
        }
    }

    /// Writes the counts, and the mean of five stars as a vote of ten, into the films.
    pub(super) fn write(self, films: &mut Films) {
        for (movie, (count, sum)) in films.movies.iter_mut().zip(self.sums) {
            movie.votes = count;
            movie.vote_average = (count > 0).then(|| (sum / f64::from(count) * 2.0) as f32);
        }
    }
}

/// Gives every film its prominence by its votes: ln(1 + votes) / ln(1 + the most votes of any film).
pub(super) fn prominence_by_votes(movies: &mut [Movie]) {
    let most = movies.iter().map(|movie| movie.votes).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let scale = f64::from(most).ln_1p();
    for movie in movies {
        movie.prominence = (f64::from(movie.votes).ln_1p() / scale) as f32;
    }
}
