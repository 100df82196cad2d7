//! A viewer's history as recommendations are made from it.

use super::films::{Film, Films};
use super::{Kind, KindName, Millis, Recorded};
use crate::model::{Catalogue, MovieIndex};

/// How far back a viewer's history is read, in interactions: what a film is excluded for may lie long
/// ago.
pub const MAX_HISTORY: usize = 5_000;

/// How a history is weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TasteSettings {
    /// After how many days an interaction counts half as much; above 0. Default 365: tastes in films
    /// drift over years.
    pub half_life_days: f64,
    /// The longest pause within a session, in minutes. Default 30.
    pub session_pause_minutes: i64,
    /// How many times as much an interaction of the running session counts, at least 0. Default 2.
    pub session_boost: f64,
}

impl Default for TasteSettings {
    fn default() -> Self {
        Self {
            half_life_days: 365.0,
            session_pause_minutes: 30,
            session_boost: 2.0,
        }
    }
}

/// A film of a viewer's history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistoryFilm {
    /// The film.
    pub movie: MovieIndex,
    /// What was done with it, in one word. A rating is liked, disliked, or in the middle watched.
    pub deed: KindName,
    /// How much the film counts: above 0 for it, below against it; finite, never 0.
    pub factor: f32,
}

/// What a viewer did until some moment, film by film.
///
/// A film counts once, by the newest opinion that was said of it (liked, disliked or rated), else by
/// everything that was done with it. What counts is the [`signal`](super::signal) times
/// `2^(-age / half-life)`, and a boost in the running session. Age is counted from the viewer's newest
/// interaction, so that whoever comes back after years finds their taste as they left it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    films: Vec<HistoryFilm>,
    gone: Vec<MovieIndex>,
    gone_since: Vec<MovieIndex>,
}

impl History {
    /// The history behind a viewer's interactions, which stand newest first, as it was known at
    /// `as_of`: what was accepted later does not count. Films that `catalogue` does not know are passed
    /// over.
    ///
    /// O(n log m) for n interactions and m films in the catalogue.
    pub fn of(
        rows: &[Recorded],
        catalogue: &Catalogue,
        as_of: Millis,
        settings: &TasteSettings,
    ) -> Self {
        let known = || rows.iter().filter(|row| row.accepted <= as_of);
        let newest = known().map(|row| row.interaction.at).max();
        let mut session = Session::until(as_of, settings);
        let mut films = Films::default();
        let mut history = Self::default();
        for row in rows {
            let (kind, at) = (row.interaction.kind, row.interaction.at);
            let Some(movie) = catalogue.by_id(row.interaction.movie.as_str()) else {
                continue;
            };
            let movie = movie.index();
            let for_good = !matches!(kind, Kind::Clicked(_) | Kind::Skipped);
            if row.accepted > as_of {
                if for_good {
                    history.gone_since.push(movie);
                }
                continue;
            }
            let running = session.goes_on(at);
            if for_good || (running && kind == Kind::Skipped) {
                history.gone.push(movie);
            }
            let boost = if running { settings.session_boost } else { 1.0 };
            let age = newest.unwrap_or(at).0.saturating_sub(at.0);
            films.add(movie, kind, boost * decay(age, settings.half_life_days));
        }
        history.films = films.iter().filter_map(counted).collect();
        history
    }

    /// Adds what was said or done in this very moment: it counts as what the running session does. An
    /// opinion takes the place of what was known of the film; to have watched it adds nothing to an
    /// opinion.
    pub fn say(&mut self, movie: MovieIndex, kind: Kind, settings: &TasteSettings) {
        let before = self.films.iter().position(|film| film.movie == movie);
        let opinion = matches!(kind, Kind::Liked | Kind::Disliked | Kind::Rated(_));
        self.gone.push(movie);
        if before.is_some() && !opinion {
            return;
        }
        if let Some(place) = before {
            self.films.remove(place);
        }
        let mut films = Films::default();
        films.add(movie, kind, settings.session_boost);
        self.films.splice(0..0, films.iter().filter_map(counted));
    }

    /// Lets films that were watched or judged be offered again.
    pub fn offer_again(&mut self) {
        self.gone.clear();
        self.gone_since.clear();
    }

    /// The films that count, the one last met first.
    pub fn films(&self) -> &[HistoryFilm] {
        &self.films
    }

    /// Films that are not to be offered again: watched or judged, or skipped in the running session. A
    /// film may stand here twice.
    pub fn gone(&self) -> &[MovieIndex] {
        &self.gone
    }

    /// Films that were watched or judged after the moment of this history.
    pub fn gone_since(&self) -> &[MovieIndex] {
        &self.gone_since
    }
}

/// A film with its factor, unless that is 0.
fn counted(film: &Film) -> Option<HistoryFilm> {
    let factor = film.signal() as f32;
    (factor.is_finite() && factor != 0.0).then(|| HistoryFilm {
        movie: film.movie,
        deed: film.deed(),
        factor,
    })
}

/// What is left of a signal after some milliseconds.
fn decay(age: i64, half_life_days: f64) -> f64 {
    const DAY: f64 = 86_400_000.0;
    (-(age as f64) / DAY / half_life_days).exp2()
}

/// The running session, walked through backwards.
struct Session {
    /// When it began, as far as is known.
    from: i64,
    pause: i64,
    over: bool,
}

impl Session {
    fn until(now: Millis, settings: &TasteSettings) -> Self {
        Self {
            from: now.0,
            pause: settings.session_pause_minutes.saturating_mul(60_000),
            over: false,
        }
    }

    /// Whether what was done then, before all that was asked about, belongs to it.
    fn goes_on(&mut self, at: Millis) -> bool {
        self.over |= self.from.saturating_sub(at.0) > self.pause;
        self.from = self.from.min(at.0);
        !self.over
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rating, Scale};
    use super::*;
    use crate::fixture::{model, row, rows_until};

    const NOW: i64 = 1_769_909_400_000;
    const DAY: i64 = 86_400_000;

    fn history(rows: &[Recorded], as_of: i64) -> History {
        let settings = TasteSettings {
            half_life_days: 10.0,
            ..TasteSettings::default()
        };
        History::of(rows, &model().catalogue, Millis(as_of), &settings)
    }

    /// Film number, deed and factor, the factor in ten-thousandths.
    fn told(history: &History) -> Vec<(u32, KindName, i32)> {
        let films = history.films().iter();
        films
            .map(|film| {
                let factor = (film.factor * 10_000.0).round() as i32;
                (film.movie.0 + 1, film.deed, factor)
            })
            .collect()
    }

    fn stars(stars: f64) -> Kind {
        Kind::Rated(Rating::new(stars, Scale::Five).unwrap())
    }

    #[test]
    fn a_film_counts_by_its_newest_opinion_else_by_what_was_done() {
        let rows = rows_until(
            NOW,
            &[
                (1, Kind::Disliked),
                (1, Kind::Watched(None)),
                (1, Kind::Liked),
                (2, stars(1.0)),
                (3, Kind::Clicked(None)),
                (3, Kind::Watched(None)),
                (4, Kind::Skipped),
                (4, Kind::Clicked(None)),
                (5, stars(5.0)),
                (6, stars(2.75)),
                (999, Kind::Liked),
            ],
        );
        // Long after the session; nothing has aged within it.
        let told = told(&history(&rows, NOW + DAY));
        let nearly = |factor: i32, expected: i32| (factor - expected).abs() <= 8;
        let expected = [
            (5, KindName::Liked, 10_000),
            (4, KindName::Skipped, -2_000),
            (3, KindName::Watched, 7_000),
            (2, KindName::Disliked, -7_778),
            (1, KindName::Liked, 10_000),
        ];
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert_eq!((told.0, told.1), (expected.0, expected.1));
            assert!(nearly(told.2, expected.2), "{told:?} {expected:?}");
        }
    }

    #[test]
    fn what_is_older_counts_less_from_the_newest_interaction_on() {
        let mut rows = rows_until(
            NOW,
            &[(1, Kind::Liked), (2, Kind::Disliked), (3, Kind::Liked)],
        );
        rows[1].interaction.at = Millis(NOW - 10 * DAY);
        rows[2].interaction.at = Millis(NOW - 30 * DAY);
        let expected = [
            (3, KindName::Liked, 10_000),
            (2, KindName::Disliked, -5_000),
            (1, KindName::Liked, 1_250),
        ];
        // However long ago that was.
        assert_eq!(told(&history(&rows, NOW + DAY)), expected);
        assert_eq!(told(&history(&rows, NOW + 5_000 * DAY)), expected);
    }

    #[test]
    fn the_running_session_counts_double() {
        let mut rows = rows_until(NOW, &[(1, Kind::Liked), (2, Kind::Liked), (3, Kind::Liked)]);
        // A pause of more than half an hour in front of the second.
        rows[2].interaction.at = Millis(NOW - 32 * 60_000);
        let factors = |as_of| {
            let told = told(&history(&rows, as_of));
            told.iter().map(|film| film.2 / 9_000).collect::<Vec<_>>()
        };
        assert_eq!(factors(NOW), [2, 2, 1]);
        assert_eq!(factors(NOW + 30 * 60_000), [2, 2, 1]);
        assert_eq!(factors(NOW + 30 * 60_000 + 1), [1, 1, 1]);
    }

    #[test]
    fn films_watched_or_judged_are_gone_and_those_skipped_for_the_session() {
        let rows = rows_until(
            NOW,
            &[
                (1, Kind::Watched(None)),
                (2, Kind::Clicked(None)),
                (3, stars(2.75)),
                (4, Kind::Skipped),
            ],
        );
        let gone = |as_of| history(&rows, as_of).gone().to_vec();
        assert_eq!(gone(NOW), [row(4), row(3), row(1)]);
        assert_eq!(gone(NOW + DAY), [row(3), row(1)]);
    }

    #[test]
    fn what_was_accepted_later_does_not_count_but_is_known_to_be_gone() {
        let mut rows = rows_until(
            NOW,
            &[(1, Kind::Liked), (2, Kind::Liked), (3, Kind::Clicked(None))],
        );
        // Done before, told later.
        rows[1].accepted = Millis(NOW + 2);
        rows[0].accepted = Millis(NOW + 3);
        let history = history(&rows, NOW + 1);
        assert_eq!(
            told(&history).iter().map(|film| film.0).collect::<Vec<_>>(),
            [1]
        );
        assert_eq!(history.gone(), [row(1)]);
        assert_eq!(history.gone_since(), [row(2)]);
    }

    #[test]
    fn senseless_times_and_settings_give_no_senseless_factor() {
        let mut rows = rows_until(NOW, &[(1, Kind::Liked), (2, Kind::Liked), (3, Kind::Liked)]);
        rows[0].interaction.at = Millis(i64::MAX);
        rows[2].interaction.at = Millis(i64::MIN);
        for half_life_days in [0.0, -1.0, f64::NAN, 1e-300, f64::INFINITY, 365.0] {
            for session_boost in [f64::NAN, f64::INFINITY, -1.0, 2.0] {
                let settings = TasteSettings {
                    half_life_days,
                    session_boost,
                    session_pause_minutes: i64::MAX,
                };
                for as_of in [i64::MIN, 0, i64::MAX] {
                    let history = History::of(&rows, &model().catalogue, Millis(as_of), &settings);
                    let sound = |film: &HistoryFilm| film.factor.is_finite() && film.factor != 0.0;
                    assert!(history.films().iter().all(sound));
                }
            }
        }
    }
}
