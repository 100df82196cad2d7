//! What a viewer's interactions say about them.

use std::collections::HashMap;
use std::hash::Hash;

use super::films::Films;
use super::{Kind, KindName, Likes, Millis, Recorded, Standing};
use crate::catalogue::Genre;
use crate::model::{Model, MovieRef};

/// The most favourites of one sort that a profile names.
pub const MAX_FAVOURITES: usize = 10;

/// The most interactions that a profile tells one by one.
pub const MAX_RECENT: usize = 20;

/// Sums of signals that are no further from 0 than this are 0: they differ by rounding alone.
const ROUNDING: f64 = 1e-9;

/// How much an interaction speaks for a film, from -1 to 1.
///
/// Liked is 1 and disliked is -1. Stars lie evenly between: the fewest are -1, the middle of the
/// scale is 0, the most are 1. Watched is 0.6: choosing a film and staying with it says less than
/// saying so. Clicked is 0.1, skipped -0.3.
pub fn signal(kind: Kind) -> f64 {
    match kind {
        Kind::Liked => 1.0,
        Kind::Disliked => -1.0,
        Kind::Rated(rating) => 2.0 * rating.share() - 1.0,
        Kind::Watched(_) => 0.6,
        Kind::Clicked(_) => 0.1,
        Kind::Skipped => -0.3,
    }
}

/// What a viewer's interactions say about them.
///
/// A film counts once, however much was done with it: by the newest opinion that was said (liked,
/// disliked or rated), else by the sum of the [`signal`]s of what was done, held between -1 and 1.
/// That is split evenly over the film's genres, and over its directors.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile<'a> {
    /// How many interactions of each kind there are, in the order of [`KindName::ALL`].
    pub counts: [(KindName, usize); KindName::ALL.len()],
    /// The favourite genres; of equal ones the first by name.
    pub genres: Vec<Favourite<&'static str>>,
    /// The favourite decades by their first year; of equal ones the latest.
    pub decades: Vec<Favourite<u16>>,
    /// The favourite directors; of equal ones the first by name.
    pub directors: Vec<Favourite<&'a str>>,
    /// Which kind of viewer it is.
    pub persona: Standing,
    /// The newest interactions, newest first, at most [`MAX_RECENT`].
    pub recent: Vec<Recent<'a>>,
    /// When the first one happened.
    pub first: Option<Millis>,
    /// When the newest one happened.
    pub newest: Option<Millis>,
}

/// Something that a viewer likes in films.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Favourite<T> {
    /// What.
    pub value: T,
    /// Its part of all that speaks for genres, for decades or for directors: more than 0, at most
    /// 1. Favourites stand in the order of their shares, of equal ones that with more films first.
    pub share: f64,
    /// How many films speak for it.
    pub films: usize,
}

/// An interaction and the film it is about.
#[derive(Clone, Copy, Debug)]
pub struct Recent<'a> {
    /// What was done.
    pub row: &'a Recorded,
    /// The film; `None` where the model does not know it.
    pub movie: Option<MovieRef<'a>>,
}

impl PartialEq for Recent<'_> {
    fn eq(&self, other: &Self) -> bool {
        let index = |recent: &Self| recent.movie.map(MovieRef::index);
        self.row == other.row && index(self) == index(other)
    }
}

impl<'a> Profile<'a> {
    /// The profile behind a viewer's interactions, which stand newest first. Those with films that
    /// `model` does not know are counted and told, and say nothing about favourites.
    ///
    /// O(n log m) for n interactions and m films in the catalogue.
    pub fn of(rows: &'a [Recorded], model: &'a Model) -> Self {
        let catalogue = &model.catalogue;
        let mut counts = KindName::ALL.map(|kind| (kind, 0));
        let mut films = Films::default();
        let mut recent = Vec::new();
        let mut known = 0;
        for row in rows {
            let kind = row.interaction.kind;
            if let Some((_, count)) = counts.iter_mut().find(|(name, _)| *name == kind.name()) {
                *count += 1;
            }
            let movie = catalogue.by_id(row.interaction.movie.as_str());
            if recent.len() < MAX_RECENT {
                recent.push(Recent { row, movie });
            }
            if let Some(movie) = movie {
                films.add(movie.index(), kind, 1.0);
                known += 1;
            }
        }
        let mut genres = Tally::default();
        let mut decades = Tally::default();
        let mut directors = Tally::default();
        for film in films.iter() {
            let (movie, signal) = (catalogue.get(film.movie), film.signal());
            genres.add(signal, movie.genres().map(Genre::name));
            decades.add(signal, movie.year().map(|year| year / 10 * 10).into_iter());
            directors.add(signal, movie.directors());
        }
        let times = || rows.iter().map(|row| row.interaction.at);
        Self {
            counts,
            genres: genres.favourites(Ord::cmp),
            decades: decades.favourites(|a, b| b.cmp(a)),
            directors: directors.favourites(Ord::cmp),
            persona: Likes::new(&films, known).standing(model),
            recent,
            first: times().min(),
            newest: times().max(),
        }
    }
}

/// What speaks for each value of one sort, and how many films do.
struct Tally<T>(HashMap<T, (f64, usize)>);

impl<T> Default for Tally<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Copy + Eq + Hash> Tally<T> {
    /// Splits a film's signal evenly over its values.
    fn add(&mut self, signal: f64, values: impl ExactSizeIterator<Item = T>) {
        let part = signal / values.len().max(1) as f64;
        for value in values {
            let (sum, films) = self.0.entry(value).or_default();
            *sum += part;
            *films += usize::from(part > 0.0);
        }
    }

    /// The values that more speaks for than against.
    fn favourites(self, tie: impl Fn(&T, &T) -> std::cmp::Ordering) -> Vec<Favourite<T>> {
        let liked = self.0.into_iter().filter(|(_, (sum, _))| *sum > ROUNDING);
        let mut favourites: Vec<Favourite<T>> = liked
            .map(|(value, (share, films))| Favourite {
                value,
                share,
                films,
            })
            .collect();
        favourites.sort_unstable_by(|a, b| {
            let more = b.share.total_cmp(&a.share).then(b.films.cmp(&a.films));
            more.then_with(|| tie(&a.value, &b.value))
        });
        // Added up in the order just made, so that equal tallies give equal shares.
        let all: f64 = favourites.iter().map(|favourite| favourite.share).sum();
        favourites.truncate(MAX_FAVOURITES);
        for favourite in &mut favourites {
            favourite.share /= all;
        }
        favourites
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Interaction, Rating, Scale, Source, Watch};
    use super::*;
    use crate::fixture;

    /// What was done with the film of this number, one second later for every row behind.
    fn rows(done: &[(u32, Kind)]) -> Vec<Recorded> {
        let rows = done.iter().rev().zip(1..).map(|((movie, kind), second)| {
            let at = Millis(1_700_000_000_000 - second * 1_000);
            Interaction {
                id: second.to_string().parse().unwrap(),
                viewer: "ada".parse().unwrap(),
                movie: format!("tmdb:{movie}").parse().unwrap(),
                kind: *kind,
                at,
                source: Source::Http,
                recommendation: None,
            }
            .accepted(at)
        });
        rows.collect()
    }

    fn rated(stars: f64, scale: Scale) -> Kind {
        Kind::Rated(Rating::new(stars, scale).unwrap())
    }

    fn told<T: Copy>(favourites: &[Favourite<T>]) -> Vec<(T, f64, usize)> {
        let rounded = |share: f64| (share * 10_000.0).round() / 10_000.0;
        let told = favourites.iter();
        told.map(|f| (f.value, rounded(f.share), f.films)).collect()
    }

    #[test]
    fn a_signal_lies_between_a_dislike_and_a_like() {
        let watch = Watch {
            seconds: 60.0,
            duration: 100.0,
        };
        for (kind, expected) in [
            (Kind::Disliked, -1.0),
            (rated(0.5, Scale::Five), -1.0),
            (rated(1.0, Scale::Ten), -1.0),
            (Kind::Skipped, -0.3),
            (rated(2.75, Scale::Five), 0.0),
            (rated(5.5, Scale::Ten), 0.0),
            (Kind::Clicked(None), 0.1),
            (Kind::Watched(None), 0.6),
            (Kind::Watched(Some(watch)), 0.6),
            (rated(5.0, Scale::Five), 1.0),
            (rated(10.0, Scale::Ten), 1.0),
            (Kind::Liked, 1.0),
        ] {
            assert!((signal(kind) - expected).abs() < 1e-12, "{kind:?}");
        }
    }

    #[test]
    fn favourites_are_what_more_speaks_for_than_against() {
        let model = fixture::model();
        // 1: Science Fiction, Action, 1999, Ada Moor; 3: Comedy, 1975, Bo Lind;
        // 4: Drama, 1962, Bo Lind; 5: Drama, Science Fiction, 2018, Cy Ng.
        let rows = rows(&[
            (1, Kind::Liked),
            (3, Kind::Watched(None)),
            (4, Kind::Disliked),
            (5, rated(4.0, Scale::Five)),
        ]);
        let profile = Profile::of(&rows, &model);
        // Four stars are 2 * 3.5 / 4.5 - 1 = 0.5556. Science Fiction 0.5 + 0.2778, Comedy 0.6,
        // Action 0.5, Drama 0.2778 - 1: 1.8778 in all.
        assert_eq!(
            told(&profile.genres),
            [
                ("Science Fiction", 0.4142, 2),
                ("Comedy", 0.3195, 1),
                ("Action", 0.2663, 1),
            ]
        );
        // 1 + 0.6 + 0.5556 = 2.1556; 1962 is disliked.
        assert_eq!(
            told(&profile.decades),
            [(1990, 0.4639, 1), (1970, 0.2784, 1), (2010, 0.2577, 1)]
        );
        // Bo Lind has 0.6 - 1.
        assert_eq!(
            told(&profile.directors),
            [("Ada Moor", 0.6429, 1), ("Cy Ng", 0.3571, 1)]
        );
    }

    #[test]
    fn a_film_counts_once_by_the_newest_opinion_else_by_what_was_done() {
        let model = fixture::model();
        let directors = |done: &[(u32, Kind)]| {
            let rows = rows(done);
            let profile = Profile::of(&rows, &model);
            let told = told(&profile.directors);
            told.into_iter()
                .map(|(name, share, films)| (name.to_owned(), share, films))
                .collect::<Vec<_>>()
        };
        let changed = [
            (1, Kind::Liked),
            (1, Kind::Watched(None)),
            (1, Kind::Disliked),
            (1, Kind::Watched(None)),
        ];
        assert_eq!(directors(&changed), []);
        let ada = |share: f64| ("Ada Moor".to_owned(), share, 1);
        let bo = |share: f64| ("Bo Lind".to_owned(), share, 1);
        // Watched over and over is no more than liked.
        let mut often = vec![(1, Kind::Watched(None)); 30];
        often.push((3, Kind::Liked));
        assert_eq!(directors(&often), [ada(0.5), bo(0.5)]);
        let clicks = [
            (3, Kind::Watched(None)),
            (1, Kind::Clicked(None)),
            (1, Kind::Clicked(None)),
        ];
        assert_eq!(directors(&clicks), [bo(0.75), ada(0.25)]);
    }

    #[test]
    fn equal_favourites_stand_by_films_then_by_name_and_later_decades_first() {
        let model = fixture::model();
        // 4: Bo Lind, 1962; 6 and 7: Di Roe, 1990s; 9: Cy Ng, 2021.
        let said = rated(3.875, Scale::Five); // half a like
        let rows = rows(&[(9, Kind::Liked), (6, said), (7, said), (4, Kind::Liked)]);
        let profile = Profile::of(&rows, &model);
        let third = 0.3333;
        assert_eq!(
            told(&profile.directors),
            [
                ("Di Roe", third, 2),
                ("Bo Lind", third, 1),
                ("Cy Ng", third, 1)
            ]
        );
        assert_eq!(
            told(&profile.decades),
            [(1990, third, 2), (2020, third, 1), (1960, third, 1)]
        );
    }

    #[test]
    fn everything_is_counted_and_the_newest_twenty_are_told() {
        let model = fixture::model();
        let mut done = vec![(1, Kind::Skipped); 19];
        done.extend([
            (2, Kind::Liked),
            (999, Kind::Clicked(None)),
            (3, Kind::Liked),
        ]);
        let rows = rows(&done);
        let profile = Profile::of(&rows, &model);
        let counts: Vec<usize> = profile.counts.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [0, 1, 2, 0, 0, 19]);
        assert_eq!(profile.recent.len(), MAX_RECENT);
        let titles: Vec<_> = profile.recent[..4]
            .iter()
            .map(|recent| recent.movie.map(MovieRef::title))
            .collect();
        let expected = ["Bread & Thunder", "The Quiet Comet II", "The Quiet Comet"].map(Some);
        assert_eq!(titles, [expected[0], None, expected[1], expected[2]]);
        assert_eq!(profile.newest, Some(rows[0].interaction.at));
        assert_eq!(profile.first, Some(rows[21].interaction.at));
    }

    #[test]
    fn who_did_nothing_has_an_empty_profile() {
        let model = fixture::model();
        let profile = Profile::of(&[], &model);
        assert!(profile.counts.iter().all(|(_, count)| *count == 0));
        assert!(profile.genres.is_empty() && profile.recent.is_empty());
        assert_eq!((profile.first, profile.newest), (None, None));
    }

    #[test]
    fn at_most_ten_favourites_are_named_and_their_shares_are_of_all() {
        let mut tally = Tally::default();
        for value in 0..20_u16 {
            tally.add(1.0, [value].into_iter());
        }
        let favourites = tally.favourites(Ord::cmp);
        let told = told(&favourites);
        let expected: Vec<_> = (0..10).map(|value| (value, 0.05, 1)).collect();
        assert_eq!(told, expected);
    }
}
