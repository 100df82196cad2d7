//! Protocols that hold back some of each viewer's likes.

use matinee::catalogue::{Movie, MovieId};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::warm::{Facts, Parts, assemble};
use super::{EvaluateError, KnownFilms, Like, Likes, Task};

/// Which likes are held back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Split {
    /// A share of each viewer's likes, picked by chance: share × likes, rounded, and never all.
    Random {
        /// Above 0 and below 1.
        share: f64,
        /// Another one picks others.
        seed: u64,
    },
    /// The newest like of each viewer who has at least two.
    LeaveLastOut,
    /// The newest share of all likes, whosever they are: all from one moment on, so that a model
    /// learns from nothing that happened after what it is measured on began.
    ByTime {
        /// Above 0 and below 1.
        share: f64,
    },
}

/// Holds likes back and makes a task of them. Films take their facts from `known`, by any of their
/// ids; likes of two ids of one film are likes of one film.
///
/// # Errors
/// [`EvaluateError::Share`], [`EvaluateError::OneTime`], [`EvaluateError::NothingInCatalogue`].
pub fn split(likes: &Likes, known: &KnownFilms, split: Split) -> Result<Task, EvaluateError> {
    if let Split::Random { share, .. } | Split::ByTime { share } = split
        && !(share > 0.0 && share < 1.0)
    {
        return Err(EvaluateError::Share(share));
    }
    let films = Films::new(likes, known)?;
    let viewers = likes.viewers.iter().zip(&likes.likes);
    let parts: Vec<Parts> = match split {
        Split::Random { share, seed } => viewers
            .map(|(viewer, likes)| films.random(viewer.as_str(), likes, share, seed))
            .collect(),
        Split::LeaveLastOut => viewers
            .map(|(_, likes)| films.cut(likes, likes.len().saturating_sub(1).max(1)))
            .collect(),
        Split::ByTime { share } => {
            let from = newest(likes, share)?;
            viewers
                .map(|(_, likes)| films.cut(likes, likes.partition_point(|like| like.at.0 < from)))
                .collect()
        }
    };
    let names: Vec<&str> = likes.films.iter().map(MovieId::as_str).collect();
    let mut task = assemble(&names, parts, |film| films.facts(film));
    let counted = likes.len() as u64;
    let left_out = &mut task.counts.left_out;
    left_out.interactions_not_counted = likes.interactions - counted;
    left_out.viewers_without_likes = likes.viewers_without_likes;
    left_out.bad_rows = likes.bad_rows();
    Ok(task)
}

/// A share of so many, rounded.
#[expect(clippy::cast_sign_loss, reason = "the share is above 0")]
fn part(share: f64, of: usize) -> usize {
    (of as f64 * share).round() as usize
}

/// The moment from which on the newest share of all likes lies.
fn newest(likes: &Likes, share: f64) -> Result<i64, EvaluateError> {
    let mut times: Vec<i64> = likes.likes.iter().flatten().map(|like| like.at.0).collect();
    times.sort_unstable();
    let older = part(1.0 - share, times.len());
    let from = times.get(older.min(times.len().saturating_sub(1))).copied();
    from.filter(|from| times.first() < Some(from))
        .ok_or(EvaluateError::OneTime { share })
}

/// The films of likes, found in catalogues.
struct Films<'a> {
    likes: &'a Likes,
    known: &'a KnownFilms,
    /// The place of each film in the catalogues.
    places: Vec<Option<usize>>,
    /// The first film that is the same one, for each film.
    same: Vec<u32>,
}

impl<'a> Films<'a> {
    fn new(likes: &'a Likes, known: &'a KnownFilms) -> Result<Self, EvaluateError> {
        let places: Vec<Option<usize>> = likes.films.iter().map(|id| known.find(id)).collect();
        if !known.is_empty()
            && places.iter().all(Option::is_none)
            && let Some(example) = likes.films.first()
        {
            return Err(EvaluateError::NothingInCatalogue {
                items: likes.films.len(),
                example: example.to_string(),
            });
        }
        let mut first = vec![None; known.movies().len()];
        let same = places
            .iter()
            .zip(0..)
            .map(|(place, film)| match place {
                Some(place) => *first[*place].get_or_insert(film),
                None => film,
            })
            .collect();
        Ok(Self {
            likes,
            known,
            places,
            same,
        })
    }

    fn facts(&self, film: u32) -> Facts {
        let film = film as usize;
        match self.places[film] {
            Some(place) => (self.known.movies()[place].clone(), true),
            None => (Movie::new(self.likes.films[film].clone(), "", None), false),
        }
    }

    /// The first `older` likes for training, the others held back.
    fn cut(&self, likes: &[Like], older: usize) -> Parts {
        let (train, test) = likes.split_at(older.min(likes.len()));
        self.parts(train, test)
    }

    /// Each like has a number that depends on seed, viewer and film alone; those of the smallest
    /// numbers are held back. So other viewers and the order of the rows change nothing.
    fn random(&self, viewer: &str, likes: &[Like], share: f64, seed: u64) -> Parts {
        let held_back = part(share, likes.len()).min(likes.len().saturating_sub(1));
        let seed = xxh3_64_with_seed(viewer.as_bytes(), seed);
        let mut drawn: Vec<(u64, Like)> = likes
            .iter()
            .map(|like| {
                let film = self.likes.films[like.film as usize].as_str();
                (xxh3_64_with_seed(film.as_bytes(), seed), *like)
            })
            .collect();
        drawn.sort_unstable_by_key(|(number, like)| (*number, like.film));
        let drawn: Vec<Like> = drawn.into_iter().map(|(_, like)| like).collect();
        let (test, train) = drawn.split_at(held_back);
        self.parts(train, test)
    }

    fn parts(&self, train: &[Like], test: &[Like]) -> Parts {
        let films = |likes: &[Like]| {
            let films = likes.iter().map(|like| self.same[like.film as usize]);
            let mut films: Vec<u32> = films.collect();
            films.sort_unstable();
            films.dedup();
            films
        };
        Parts {
            train: films(train),
            validation: Vec::new(),
            test: films(test),
        }
    }
}
