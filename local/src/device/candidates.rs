//! Films that do not exist.

use std::collections::BTreeSet;

use fastrand::Rng;
use matinee::rating::MAX_GENRES;
use serde::Serialize;

use super::Films;

/// How many directors, years and sets of genres a round has: every combination is a film.
const DIRECTORS: usize = 3;
const YEARS: usize = 3;
const GENRE_SETS: usize = 4;

/// What titles are made of.
const FIRST: [&str; 24] = [
    "Amber", "Borrowed", "Broken", "Bright", "Copper", "Distant", "Empty", "Endless", "Frozen",
    "Gentle", "Golden", "Hidden", "Hollow", "Last", "Lonely", "Midnight", "Northern", "Paper",
    "Quiet", "Restless", "Second", "Silent", "Summer", "Velvet",
];
const SECOND: [&str; 24] = [
    "Avenue",
    "Bridge",
    "Carnival",
    "Channel",
    "Embers",
    "Ferry",
    "Garden",
    "Harbour",
    "Horizon",
    "Island",
    "Letters",
    "Lighthouse",
    "Meridian",
    "Mirror",
    "Orchard",
    "Passage",
    "Promise",
    "Quarry",
    "Railway",
    "River",
    "Signal",
    "Station",
    "Theatre",
    "Winter",
];

/// A film that was made up. As JSON it is what a device asks about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Candidate {
    pub(crate) title: String,
    pub(crate) year: u16,
    #[serde(rename = "Director1")]
    pub(crate) director: String,
    #[serde(rename = "Genre1")]
    pub(crate) genre1: String,
    #[serde(rename = "Genre2")]
    pub(crate) genre2: String,
    #[serde(rename = "Genre3")]
    pub(crate) genre3: String,
}

impl Candidate {
    /// What is asked and reported of it, as names and values.
    pub(super) fn fields(&self) -> [(&'static str, String); 6] {
        [
            ("title", self.title.clone()),
            ("year", self.year.to_string()),
            ("Director1", self.director.clone()),
            ("Genre1", self.genre1.clone()),
            ("Genre2", self.genre2.clone()),
            ("Genre3", self.genre3.clone()),
        ]
    }

    pub(crate) fn genres(&self) -> [&str; MAX_GENRES] {
        [&self.genre1, &self.genre2, &self.genre3]
    }
}

/// Invents films out of parts of others.
#[derive(Debug)]
pub(crate) struct Inventor {
    directors: Vec<String>,
    years: Vec<u16>,
    genre_sets: Vec<[String; MAX_GENRES]>,
}

impl Inventor {
    pub(crate) fn new(films: &Films) -> Self {
        // In one order, so that a seed gives the same films each time.
        let films = &films.films;
        let directors: BTreeSet<_> = films.iter().map(|film| film.director.clone()).collect();
        let years: BTreeSet<_> = films.iter().map(|film| film.year).collect();
        let genre_sets: BTreeSet<_> = films.iter().map(|film| film.genres.clone()).collect();
        Self {
            directors: directors.into_iter().collect(),
            years: years.into_iter().collect(),
            genre_sets: genre_sets.into_iter().collect(),
        }
    }

    /// Every combination of three directors, three years and four sets of genres, as far as there are
    /// so many. No two of the films have one title.
    pub(crate) fn round(&self, rng: &mut Rng) -> Vec<Candidate> {
        let directors = rng.choose_multiple(&self.directors, DIRECTORS);
        let years = rng.choose_multiple(&self.years, YEARS);
        let genre_sets = rng.choose_multiple(&self.genre_sets, GENRE_SETS);
        let titles = FIRST
            .iter()
            .flat_map(|first| SECOND.iter().map(move |second| (first, second)));
        let mut titles = rng
            .choose_multiple(titles, DIRECTORS * YEARS * GENRE_SETS)
            .into_iter();
        let mut candidates = Vec::new();
        for director in directors {
            for year in &years {
                for [genre1, genre2, genre3] in &genre_sets {
                    let Some((first, second)) = titles.next() else {
                        return candidates;
                    };
                    candidates.push(Candidate {
                        title: format!("{first} {second}"),
                        year: **year,
                        director: director.clone(),
                        genre1: genre1.clone(),
                        genre2: genre2.clone(),
                        genre3: genre3.clone(),
                    });
                }
            }
        }
        candidates
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::films::KnownFilm;
    use super::*;

    fn distinct<T: Eq + std::hash::Hash>(values: impl IntoIterator<Item = T>) -> usize {
        values.into_iter().collect::<HashSet<_>>().len()
    }

    #[test]
    fn a_round_is_every_combination_under_titles_of_their_own() {
        let films = Films::built_in(crate::models::SAMPLE).unwrap();
        let inventor = Inventor::new(&films);
        let mut rng = Rng::with_seed(1);
        let round = inventor.round(&mut rng);
        assert_eq!(round.len(), 36);
        assert_eq!(distinct(round.iter().map(|film| &film.title)), 36);
        assert_eq!(distinct(round.iter().map(|film| &film.director)), 3);
        assert_eq!(distinct(round.iter().map(|film| film.year)), 3);
        assert_eq!(distinct(round.iter().map(Candidate::genres)), 4);
        assert_ne!(round, inventor.round(&mut rng));
        assert_eq!(round, inventor.round(&mut Rng::with_seed(1)));
    }

    #[test]
    fn of_few_films_there_are_as_many_as_can_be() {
        let film = KnownFilm {
            year: 1999,
            director: "Ada Moor".to_owned(),
            genres: ["Drama", "None", "None"].map(str::to_owned),
            stars: None,
        };
        let other = KnownFilm {
            year: 2001,
            ..film.clone()
        };
        let films = Films {
            films: vec![film, other],
            bad_rows: 0,
        };
        assert_eq!(Inventor::new(&films).round(&mut Rng::with_seed(1)).len(), 2);
    }
}
