//! How good invented films turn out.

use std::collections::HashMap;
use std::f64::consts::TAU;

use fastrand::Rng;
use xxhash_rust::xxh3::xxh3_64;

use super::{Candidate, Films};
use matinee_training::film_ratings::NONE;

/// What films get where nobody said so.
const MEAN: f64 = 6.5;

/// How far directors and genres are apart whose films have no stars: standard deviations, in stars.
const DIRECTORS: f64 = 0.8;
const GENRES: f64 = 0.3;

/// As many films at the mean are counted with those of a director or a genre, so that one good film
/// makes no master.
const SHRINKAGE: f64 = 3.0;

/// What nobody can know beforehand, as a standard deviation in stars.
const ERROR: f64 = 1.0;

/// The truth about films that nobody has seen, from which outcomes are drawn: a mean, a part for the
/// director and the mean of the genres' parts. It depends on the films alone, so that devices agree.
#[derive(Debug)]
pub(crate) struct Truth {
    mean: f64,
    directors: HashMap<String, f64>,
    genres: HashMap<String, f64>,
}

/// Deviations from the mean: their sum and how many.
type Deviations = HashMap<String, (f64, f64)>;

impl Truth {
    pub(crate) fn new(films: &Films) -> Self {
        let rated = || {
            films
                .films
                .iter()
                .filter_map(|film| Some((film, film.stars?)))
        };
        let count = rated().count();
        if count == 0 {
            return Self {
                mean: MEAN,
                directors: HashMap::new(),
                genres: HashMap::new(),
            };
        }
        let mean = rated().map(|(_, stars)| stars).sum::<f64>() / count as f64;
        let (mut directors, mut genres) = (Deviations::new(), Deviations::new());
        for (film, stars) in rated() {
            let deviation = stars - mean;
            add(&mut directors, &film.director, deviation);
            for genre in film.genres.iter().filter(|genre| *genre != NONE) {
                add(&mut genres, genre, deviation);
            }
        }
        Self {
            mean,
            directors: shrunken(directors),
            genres: shrunken(genres),
        }
    }

    /// How good the film is, before chance has its part.
    pub(crate) fn of(&self, film: &Candidate) -> f64 {
        let part = |known: &HashMap<String, f64>, name: &str, spread| {
            let known = known.get(name).copied();
            known.unwrap_or_else(|| spread * normal(&mut Rng::with_seed(xxh3_64(name.as_bytes()))))
        };
        let genres = film.genres().into_iter().filter(|genre| *genre != NONE);
        let genres: Vec<f64> = genres
            .map(|genre| part(&self.genres, genre, GENRES))
            .collect();
        let of_genres = genres.iter().sum::<f64>() / genres.len().max(1) as f64;
        self.mean + part(&self.directors, &film.director, DIRECTORS) + of_genres
    }

    /// The stars that the film gets, 1 to 10.
    pub(crate) fn draw(&self, film: &Candidate, rng: &mut Rng) -> u8 {
        let drawn = (self.of(film) + ERROR * normal(rng)).round();
        let all = 1..=10_u8;
        all.rev()
            .find(|stars| f64::from(*stars) <= drawn)
            .unwrap_or(1)
    }
}

fn add(deviations: &mut Deviations, name: &str, deviation: f64) {
    let (sum, count) = deviations.entry(name.to_owned()).or_default();
    *sum += deviation;
    *count += 1.0;
}

fn shrunken(deviations: Deviations) -> HashMap<String, f64> {
    let means = deviations.into_iter();
    means
        .map(|(name, (sum, count))| (name, sum / (count + SHRINKAGE)))
        .collect()
}

/// A standard normal number, by Box and Muller's transform.
fn normal(rng: &mut Rng) -> f64 {
    // From 1 down to above 0: the logarithm of 0 is none.
    let (length, angle) = (1.0 - rng.f64(), rng.f64());
    (-2.0 * length.ln()).sqrt() * (TAU * angle).cos()
}

#[cfg(test)]
mod tests {
    use super::super::films::KnownFilm;
    use super::*;

    fn candidate(director: &str, genre: &str) -> Candidate {
        Candidate {
            title: "Paper River".to_owned(),
            year: 1999,
            director: director.to_owned(),
            genre1: genre.to_owned(),
            genre2: NONE.to_owned(),
            genre3: NONE.to_owned(),
        }
    }

    fn film(director: &str, stars: Option<f64>) -> KnownFilm {
        KnownFilm {
            year: 1999,
            director: director.to_owned(),
            genres: ["Drama", NONE, NONE].map(str::to_owned),
            stars,
        }
    }

    #[test]
    fn a_director_of_better_films_makes_better_ones() {
        let films = ["Ada Moor", "Bo Lind"].into_iter().zip([8.0, 4.0]);
        let films = films
            .map(|(director, stars)| film(director, Some(stars)))
            .collect();
        let truth = Truth::new(&Films { films, bad_rows: 0 });
        // Mean 6; one film two stars above it counts with three at the mean.
        let of = |director| truth.of(&candidate(director, "Drama"));
        assert!((of("Ada Moor") - 6.5).abs() < 1e-12, "{}", of("Ada Moor"));
        assert!((of("Bo Lind") - 5.5).abs() < 1e-12);
    }

    #[test]
    fn without_stars_names_decide_and_always_the_same() {
        let films = || Films {
            films: vec![film("Ada Moor", None)],
            bad_rows: 0,
        };
        let (one, other) = (Truth::new(&films()), Truth::new(&films()));
        let names: Vec<String> = (0..200).map(|n| format!("Director {n}")).collect();
        let of = |truth: &Truth| -> Vec<f64> {
            let films = names.iter().map(|name| truth.of(&candidate(name, "Drama")));
            films.collect()
        };
        assert_eq!(of(&one), of(&other));
        let above = of(&one).into_iter().filter(|stars| *stars > MEAN).count();
        assert!((50..150).contains(&above), "{above}");
    }

    #[test]
    fn outcomes_are_stars_around_the_truth() {
        let truth = Truth::new(&Films {
            films: vec![film("Ada Moor", Some(9.6))],
            bad_rows: 0,
        });
        let mut rng = Rng::with_seed(3);
        let film = candidate("Ada Moor", "Drama");
        let drawn: Vec<u8> = (0..1000).map(|_| truth.draw(&film, &mut rng)).collect();
        assert!(drawn.iter().all(|stars| (1..=10).contains(stars)));
        let mean = drawn.iter().map(|stars| f64::from(*stars)).sum::<f64>() / 1000.0;
        assert!((8.9..9.7).contains(&mean), "{mean}");
    }
}
