//! What viewers watched and how they rated, in figures for charts.

use std::collections::{BTreeMap, HashSet};

use super::{Kind, Recorded, signal};
use crate::catalogue::Genre;
use crate::model::{Catalogue, MovieRef};

/// What viewers watched and how they rated.
///
/// A film that was rated counts as watched, once for each viewer, however often it was watched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watching {
    /// Films watched.
    films: u64,
    genres: BTreeMap<&'static str, u64>,
    months: BTreeMap<String, Stars>,
}

/// Stars on a scale from 0.5 to 5.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Stars {
    ratings: u64,
    sum: f64,
}

/// How many films of a genre were watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenreWatched {
    /// The genre's name.
    pub genre: &'static str,
    /// How many films; a film of several genres is one of each.
    pub films: u64,
}

/// The ratings of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct RatingsOfMonth {
    /// The month in UTC, as `YYYY-MM`.
    pub month: String,
    /// How many ratings.
    pub ratings: u64,
    /// Their mean in stars from 0.5 to 5; those on the scale of ten are brought to this one.
    pub mean_stars: f64,
}

impl Watching {
    /// Counts what one viewer did. Films that `catalogue` does not know count as watched, and for no
    /// genre. A viewer must not be counted twice.
    pub fn count(&mut self, rows: &[Recorded], catalogue: &Catalogue) {
        let mut seen = HashSet::new();
        for row in rows {
            let interaction = &row.interaction;
            match interaction.kind {
                Kind::Rated(_) => self.rate(row),
                Kind::Watched(_) => {}
                _ => continue,
            }
            let movie = catalogue.by_id(interaction.movie.as_str());
            let id = movie.map_or(interaction.movie.as_str(), |movie| movie.id());
            if seen.insert(id) {
                self.films += 1;
                for genre in movie.into_iter().flat_map(MovieRef::genres) {
                    *self.genres.entry(Genre::name(genre)).or_default() += 1;
                }
            }
        }
    }

    fn rate(&mut self, row: &Recorded) {
        let month = row.interaction.at.day();
        let month = month.rsplit_once('-').map_or("", |(month, _)| month);
        let stars = self.months.entry(month.to_owned()).or_default();
        stars.ratings += 1;
        // From -1 to 1 on either scale.
        stars.sum += 0.5 + 4.5 * (signal(row.interaction.kind) + 1.0) / 2.0;
    }

    /// How many films were watched.
    pub fn films(&self) -> u64 {
        self.films
    }

    /// The genres of which something was watched, the most watched first, of equal ones the first by
    /// name.
    pub fn genres(&self) -> Vec<GenreWatched> {
        let genres = self.genres.iter();
        let mut genres: Vec<GenreWatched> = genres
            .map(|(genre, films)| GenreWatched {
                genre,
                films: *films,
            })
            .collect();
        genres.sort_by_key(|genre| std::cmp::Reverse(genre.films));
        genres
    }

    /// The months in which something was rated, in their order.
    pub fn ratings(&self) -> Vec<RatingsOfMonth> {
        let months = self.months.iter();
        months
            .map(|(month, stars)| RatingsOfMonth {
                month: month.clone(),
                ratings: stars.ratings,
                mean_stars: stars.sum / stars.ratings as f64,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Millis, Rating, Scale};
    use super::*;
    use crate::fixture::{model, rows_until};

    fn rated(stars: f64, scale: Scale) -> Kind {
        Kind::Rated(Rating::new(stars, scale).unwrap())
    }

    #[test]
    fn films_watched_are_counted_once_a_viewer_for_each_of_their_genres() {
        // 1: Science Fiction, Action; 3: Comedy; 4: Drama; 5: Drama, Science Fiction.
        let done = [
            (1, Kind::Watched(None)),
            (1, Kind::Watched(None)),
            (1, rated(4.0, Scale::Five)),
            (3, Kind::Liked),
            (4, Kind::Clicked(None)),
            (5, rated(1.0, Scale::Ten)),
            (999, Kind::Watched(None)),
        ];
        let rows = rows_until(1_769_909_400_000, &done);
        let catalogue = &model().catalogue;
        let mut watching = Watching::default();
        watching.count(&rows, catalogue);
        assert_eq!(watching.films(), 3);
        let told = |watching: &Watching| {
            let genres = watching.genres().into_iter();
            genres.map(|g| (g.genre, g.films)).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&watching),
            [("Science Fiction", 2), ("Action", 1), ("Drama", 1)]
        );
        watching.count(&rows[6..], catalogue);
        assert_eq!(watching.films(), 4);
        assert_eq!(
            told(&watching),
            [("Science Fiction", 3), ("Action", 2), ("Drama", 1)]
        );
    }

    #[test]
    fn ratings_are_told_month_by_month_on_one_scale() {
        let mut rows = rows_until(
            0,
            &[
                (4, Kind::Liked),
                (1, rated(5.0, Scale::Five)),
                (2, rated(1.0, Scale::Ten)),
                (3, rated(3.5, Scale::Five)),
            ],
        );
        for (row, at) in rows.iter_mut().zip([
            "2026-02-01T00:00:00Z",
            "2026-01-31T23:59:59Z",
            "2026-01-02T00:00:00Z",
            "2026-01-01T00:00:00Z",
        ]) {
            row.interaction.at = Millis::parse(at).unwrap();
        }
        let mut watching = Watching::default();
        watching.count(&rows, &model().catalogue);
        let told: Vec<_> = watching
            .ratings()
            .into_iter()
            .map(|month| (month.month, month.ratings, month.mean_stars))
            .collect();
        // The fewest stars of ten are the fewest of five.
        assert_eq!(
            told,
            [
                ("2026-01".to_owned(), 2, 2.75),
                ("2026-02".to_owned(), 1, 3.5)
            ]
        );
    }
}
