//! Which recommendations were taken up.

use std::collections::{BTreeMap, HashMap};

use super::served::REMEMBERED;
use super::{Kind, Millis, RecommendationId, Recorded, ServedPage, Source, signal};
use crate::model::Catalogue;

/// Served lists and how many of them were taken up.
///
/// It is worked out when somebody asks, from the lists and the interactions that there are then:
/// neither the order in which they arrived nor how often they were delivered makes a difference. A film
/// of a list counts once, however many pages name it and however much was done with it.
///
/// A film of a list is accepted when the viewer watched it, liked it, or gave it more than half of the
/// stars ([`accepts`]), and this
/// - names the list as the one it follows, whenever it was done, or
/// - was done at the moment the film was served or within 30 days ([`REMEMBERED`]) from it, whether it
///   names a list or not: most senders do not know which list they follow.
///
/// A film that several lists offered is then accepted in each of them. Who says by voice that they have
/// seen a film that was recommended less than [`SHORTEST`] ago has known it before, and accepts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// Everything.
    pub all: Uptake,
    /// By the front that the list was served through.
    pub by_source: BTreeMap<&'static str, Uptake>,
    /// By the day in UTC, as `YYYY-MM-DD`, on which the list was served first.
    pub by_day: BTreeMap<String, Uptake>,
    /// By the version of the model, or the recommender, that made the list.
    pub by_model: BTreeMap<String, Uptake>,
}

/// The shortest that a feature film lasts, in milliseconds: 40 minutes, as the Academy of Motion Picture
/// Arts and Sciences has it.
const SHORTEST: i64 = 40 * 60 * 1000;

/// How much was served, and how much of it was accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uptake {
    /// Lists served.
    pub lists: u64,
    /// Lists of which at least one film was accepted.
    pub accepted_lists: u64,
    /// Films served: those of every list, each once for the list.
    pub films: u64,
    /// Films accepted.
    pub accepted_films: u64,
}

impl Uptake {
    /// The share of the films that were accepted, from 0 to 1; `None` where nothing was served.
    pub fn film_share(&self) -> Option<f64> {
        share(self.accepted_films, self.films)
    }

    /// The share of the lists of which a film was accepted, from 0 to 1; `None` where nothing was
    /// served.
    pub fn list_share(&self) -> Option<f64> {
        share(self.accepted_lists, self.lists)
    }

    fn add(&mut self, other: Self) {
        self.lists += other.lists;
        self.accepted_lists += other.accepted_lists;
        self.films += other.films;
        self.accepted_films += other.accepted_films;
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Whether what was done with a recommended film accepts it: a watch, a like, or stars above the
/// middle of their scale.
pub fn accepts(kind: Kind) -> bool {
    match kind {
        Kind::Watched(_) | Kind::Liked => true,
        Kind::Rated(_) => signal(kind) > 0.0,
        Kind::Clicked(_) | Kind::Disliked | Kind::Skipped => false,
    }
}

impl Acceptance {
    /// Counts what was served to one viewer, of whom `rows` are the interactions, both in any order.
    /// `catalogue` knows films by all of their ids; a film that it does not know is told by the id it
    /// was served under. A viewer must not be counted twice.
    ///
    /// O(pages' films · log lists + interactions), and one look for each interaction with a film that
    /// was served.
    pub fn count(&mut self, pages: &[ServedPage], rows: &[Recorded], catalogue: &Catalogue) {
        for list in lists(pages, rows, catalogue).into_values() {
            let films = list.films.len() as u64;
            let accepted = list.films.values().filter(|accepted| **accepted).count() as u64;
            self.add(&list, films, accepted);
        }
    }

    fn add(&mut self, list: &List<'_>, films: u64, accepted_films: u64) {
        let uptake = Uptake {
            lists: 1,
            accepted_lists: u64::from(accepted_films > 0),
            films,
            accepted_films,
        };
        let source = list.first.source.as_str();
        self.all.add(uptake);
        self.by_source.entry(source).or_default().add(uptake);
        let day = self.by_day.entry(list.first.at.day()).or_default();
        day.add(uptake);
        let model = list.first.model_version.clone();
        self.by_model.entry(model).or_default().add(uptake);
    }
}

/// A list, put together of its pages.
struct List<'a> {
    /// The page that was served first.
    first: &'a ServedPage,
    /// The films, each with whether it was accepted.
    films: HashMap<&'a str, bool>,
}

/// The interactions that may accept a film, by film.
type Deeds<'a> = HashMap<&'a str, Vec<Deed<'a>>>;

/// An interaction that may accept a film.
struct Deed<'a> {
    /// When the viewer did it.
    at: Millis,
    /// The list that it names.
    named: Option<&'a RecommendationId>,
    /// Whether it was said, with no word of a play, that the film was seen.
    said_seen: bool,
}

impl Deed<'_> {
    /// Whether it accepts its film as one of `page`.
    fn accepts(&self, page: &ServedPage) -> bool {
        let after = self.at.0.saturating_sub(page.at.0);
        let earliest = if self.said_seen { SHORTEST } else { 0 };
        self.named == Some(&page.recommendation) || (earliest..=REMEMBERED).contains(&after)
    }
}

fn lists<'a>(
    pages: &'a [ServedPage],
    rows: &'a [Recorded],
    catalogue: &'a Catalogue,
) -> BTreeMap<&'a RecommendationId, List<'a>> {
    // A film may have had another id when the list was served, or when it was watched.
    let known = |id: &'a str| catalogue.by_id(id).map_or(id, |movie| movie.id());
    let mut deeds = Deeds::new();
    for row in rows.iter().filter(|row| accepts(row.interaction.kind)) {
        let interaction = &row.interaction;
        let of_film = deeds.entry(known(interaction.movie.as_str())).or_default();
        of_film.push(Deed {
            at: interaction.at,
            named: interaction.recommendation.as_ref(),
            said_seen: interaction.source == Source::Voice
                && interaction.kind == Kind::Watched(None),
        });
    }
    let mut lists: BTreeMap<&RecommendationId, List<'a>> = BTreeMap::new();
    for page in pages {
        let list = lists.entry(&page.recommendation).or_insert_with(|| List {
            first: page,
            films: HashMap::new(),
        });
        if page.at < list.first.at {
            list.first = page;
        }
        for movie in &page.movies {
            let movie = known(movie.as_str());
            let accepted = list.films.entry(movie).or_default();
            let deeds = deeds.get(movie).map_or(&[][..], Vec::as_slice);
            *accepted |= deeds.iter().any(|deed| deed.accepts(page));
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::super::{Rating, Scale};
    use super::*;
    use crate::fixture::{model, movies, rows_until};

    const NOW: i64 = 1_769_909_400_000;

    /// A page of list `list` with the films of these numbers.
    fn page(list: &str, at: i64, films: &[u32]) -> ServedPage {
        let movies = films.iter().map(|film| format!("tmdb:{film}"));
        ServedPage {
            viewer: "ada".parse().unwrap(),
            recommendation: list.parse().unwrap(),
            at: Millis(at),
            source: Source::Http,
            model_version: "v1".to_owned(),
            movies: movies.map(|id| id.parse().unwrap()).collect(),
        }
    }

    fn counted(pages: &[ServedPage], rows: &[Recorded]) -> Acceptance {
        let mut acceptance = Acceptance::default();
        acceptance.count(pages, rows, &model().catalogue);
        acceptance
    }

    /// Lists, accepted lists, films, accepted films.
    fn told(uptake: Uptake) -> [u64; 4] {
        [
            uptake.lists,
            uptake.accepted_lists,
            uptake.films,
            uptake.accepted_films,
        ]
    }

    fn all(pages: &[ServedPage], rows: &[Recorded]) -> [u64; 4] {
        told(counted(pages, rows).all)
    }

    fn stars(stars: f64) -> Kind {
        Kind::Rated(Rating::new(stars, Scale::Five).unwrap())
    }

    #[test]
    fn watches_likes_and_good_ratings_of_listed_films_are_counted_and_nothing_else() {
        let pages = [page("l", NOW - 600_000, &[1, 2, 3, 4, 5, 6, 7])];
        let done = [
            (1, Kind::Watched(None)),
            (2, Kind::Liked),
            (3, stars(4.0)),
            (4, stars(2.75)),
            (5, Kind::Clicked(None)),
            (6, Kind::Disliked),
            (7, Kind::Skipped),
            (8, Kind::Liked),
        ];
        let found = counted(&pages, &rows_until(NOW, &done)).all;
        assert_eq!(told(found), [1, 1, 7, 3]);
        assert_eq!(found.film_share(), Some(3.0 / 7.0));
        assert_eq!(found.list_share(), Some(1.0));
        assert_eq!(Uptake::default().film_share(), None);
        assert_eq!(Uptake::default().list_share(), None);
    }

    #[test]
    fn a_film_of_a_list_counts_once_whatever_is_repeated() {
        let done = [(1, Kind::Watched(None)), (1, Kind::Liked), (1, stars(5.0))];
        let rows = rows_until(NOW, &done);
        // The same page delivered twice, and a longer one of the same list over it.
        let first = page("l", NOW - 600_000, &[1, 2]);
        let pages = [
            first.clone(),
            first,
            page("l", NOW - 500_000, &[1, 2, 3]),
            page("l", NOW - 400_000, &[4]),
        ];
        let rows = [rows.clone(), rows].concat();
        assert_eq!(all(&pages, &rows), [1, 1, 4, 1]);
    }

    #[test]
    fn the_order_of_arrival_makes_no_difference() {
        let mut rows = rows_until(NOW, &[(1, Kind::Liked), (4, Kind::Watched(None))]);
        let mut pages = vec![
            page("a", NOW - 600_000, &[1, 2]),
            page("a", NOW - 500_000, &[3]),
            page("b", NOW - 400_000, &[4, 1]),
        ];
        let expected = counted(&pages, &rows);
        assert_eq!(told(expected.all), [2, 2, 5, 3]);
        pages.reverse();
        rows.reverse();
        assert_eq!(counted(&pages, &rows), expected);
    }

    #[test]
    fn what_was_done_counts_from_the_moment_of_the_list_for_thirty_days() {
        for (at, accepted) in [
            (NOW + 1, 0),
            (NOW, 1),
            (NOW - REMEMBERED, 1),
            (NOW - REMEMBERED - 1, 0),
            (i64::MIN, 0),
            (i64::MAX, 0),
        ] {
            let rows = rows_until(NOW, &[(1, Kind::Liked)]);
            let found = all(&[page("l", at, &[1, 2])], &rows);
            assert_eq!(found, [1, accepted, 2, accepted], "{at}");
        }
    }

    #[test]
    fn a_film_that_was_said_to_be_seen_as_soon_as_it_was_recommended_was_known_before() {
        let mut rows = rows_until(NOW, &[(1, Kind::Watched(None))]);
        let found = |rows: &[Recorded], before| all(&[page("l", NOW - before, &[1])], rows)[3];
        assert_eq!(found(&rows, 0), 1);
        rows[0].interaction.source = Source::Voice;
        assert_eq!(
            [SHORTEST - 1, SHORTEST].map(|ago| found(&rows, ago)),
            [0, 1]
        );
        rows[0].interaction.kind = Kind::Liked;
        assert_eq!(found(&rows, 0), 1);
    }

    #[test]
    fn what_names_its_list_counts_whatever_the_clocks_say() {
        let mut rows = rows_until(NOW, &[(1, Kind::Liked)]);
        rows[0].interaction.recommendation = Some("l".parse().unwrap());
        let later = NOW + 60_000;
        assert_eq!(all(&[page("l", later, &[1])], &rows), [1, 1, 1, 1]);
        // It is no film of the list that it names.
        assert_eq!(all(&[page("l", later, &[2])], &rows), [1, 0, 1, 0]);
        assert_eq!(all(&[page("other", later, &[1])], &rows), [1, 0, 1, 0]);
        // A list that it does not name offered the film, too.
        assert_eq!(all(&[page("other", NOW, &[1])], &rows), [1, 1, 1, 1]);
    }

    #[test]
    fn films_are_the_same_under_all_of_their_ids_and_unknown_ones_under_their_own() {
        let mut movies = movies();
        movies[0].aliases.push("imdb:tt1".parse().unwrap());
        let model = crate::fixture::model_of(&movies, None);
        let mut rows = rows_until(NOW, &[(1, Kind::Liked), (999, Kind::Liked)]);
        rows[1].interaction.movie = "imdb:tt1".parse().unwrap();
        let mut acceptance = Acceptance::default();
        let pages = [page("l", NOW - 600_000, &[1, 999, 998])];
        acceptance.count(&pages, &rows, &model.catalogue);
        assert_eq!(told(acceptance.all), [1, 1, 3, 2]);
    }

    #[test]
    fn shares_are_told_by_front_day_and_model_over_all_viewers() {
        let evening = Millis::parse("2026-01-30T23:59:00Z").unwrap().0;
        let mut voice = page("b", evening + 120_000, &[3]);
        voice.source = Source::Voice;
        voice.model_version = "v2".to_owned();
        // Its second page is of the next day; the list is of the first.
        let pages = [
            page("a", evening + 90_000, &[2]),
            page("a", evening, &[1]),
            voice.clone(),
        ];
        let mut acceptance = Acceptance::default();
        let catalogue = &model().catalogue;
        let rows = rows_until(evening + 100_000, &[(1, Kind::Liked)]);
        acceptance.count(&pages, &rows, catalogue);
        acceptance.count(&[voice], &rows_until(NOW, &[(3, Kind::Liked)]), catalogue);
        assert_eq!(told(acceptance.all), [3, 2, 4, 2]);
        let by_source: Vec<_> = acceptance
            .by_source
            .iter()
            .map(|(k, v)| (*k, told(*v)))
            .collect();
        assert_eq!(by_source, [("http", [1, 1, 2, 1]), ("voice", [2, 1, 2, 1])]);
        let of = |map: &BTreeMap<String, Uptake>| -> Vec<(String, [u64; 4])> {
            map.iter()
                .map(|(key, uptake)| (key.clone(), told(*uptake)))
                .collect()
        };
        let named = |names: [&str; 2]| {
            let [a, b] = names.map(str::to_owned);
            [(a, [1, 1, 2, 1]), (b, [2, 1, 2, 1])]
        };
        assert_eq!(of(&acceptance.by_day), named(["2026-01-30", "2026-01-31"]));
        assert_eq!(of(&acceptance.by_model), named(["v1", "v2"]));
    }
}
