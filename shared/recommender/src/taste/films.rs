//! A viewer's interactions, brought together film by film.

use std::collections::HashMap;

use super::{Kind, KindName, signal};
use crate::model::MovieIndex;

/// What was done with each film, the film met first standing first.
#[derive(Default)]
pub(super) struct Films {
    place: HashMap<MovieIndex, usize>,
    films: Vec<Film>,
}

/// What was done with one film.
pub(super) struct Film {
    pub(super) movie: MovieIndex,
    /// The newest opinion that was said, and its signal.
    said: Option<(KindName, f64)>,
    /// The sum of the other signals.
    done: f64,
    /// What was done that says most.
    deed: KindName,
    /// The greatest factor that a signal came with.
    most: f64,
}

impl Films {
    /// Counts what was done before everything that was counted until now, its signal times `factor`.
    pub(super) fn add(&mut self, movie: MovieIndex, kind: Kind, factor: f64) {
        let place = *self.place.entry(movie).or_insert_with(|| {
            self.films.push(Film {
                movie,
                said: None,
                done: 0.0,
                deed: kind.name(),
                most: 0.0,
            });
            self.films.len() - 1
        });
        let Some(film) = self.films.get_mut(place) else {
            return;
        };
        let signal = signal(kind) * factor;
        film.most = film.most.max(factor);
        match kind {
            Kind::Liked | Kind::Disliked | Kind::Rated(_) => {
                film.said.get_or_insert((opinion(kind), signal));
            }
            Kind::Watched(_) | Kind::Clicked(_) | Kind::Skipped => {
                film.done += signal;
                film.deed = film.deed.min(kind.name());
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Film> {
        self.films.iter()
    }
}

/// How much what was done speaks for each film, from -1 to 1, without regard to when: the
/// [`signal`](super::signal) of the newest opinion that was said, else the sum of the others. `done` stands
/// newest first; so do the films, each by what was done with it last.
pub fn film_signals(done: impl IntoIterator<Item = (MovieIndex, Kind)>) -> Vec<(MovieIndex, f64)> {
    let mut films = Films::default();
    for (movie, kind) in done {
        films.add(movie, kind, 1.0);
    }
    let signals = films.iter().map(|film| (film.movie, film.signal()));
    signals.collect()
}

/// From which signal on a rating is an opinion for or against a film: 3.5 stars of five are, and 2.
const DECIDED: f64 = 0.3;

/// An opinion without its degree; a rating in the middle only says that the film was watched.
fn opinion(kind: Kind) -> KindName {
    match signal(kind) {
        signal if signal >= DECIDED => KindName::Liked,
        signal if signal <= -DECIDED => KindName::Disliked,
        _ => KindName::Watched,
    }
}

impl Film {
    /// The newest opinion's signal, else the sum of the others', no further from 0 than the greatest
    /// factor.
    pub(super) fn signal(&self) -> f64 {
        match self.said {
            Some((_, signal)) => signal,
            None => self.done.clamp(-self.most, self.most),
        }
    }

    /// What was done, in one word: liked, disliked or watched where an opinion was said, else watched or
    /// clicked, the first of these that was done, or skipped where that prevails.
    pub(super) fn deed(&self) -> KindName {
        match self.said {
            Some((kind, _)) => kind,
            None if self.done < 0.0 => KindName::Skipped,
            None => self.deed,
        }
    }
}
