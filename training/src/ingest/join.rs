//! One film, one entry: within a catalogue and over several.

use std::collections::{HashMap, HashSet};
use std::mem;

use matinee::catalogue::{Movie, MovieId};

/// Joins catalogues into one. The order is kept: the first catalogue's films, then those only the
/// second knows, and so on.
///
/// Films that have an id or alias in common are one film, also when only a third one connects them.
/// The first catalogue to name it gives id and facts; the ids of the others become aliases, and
/// fields that are empty are filled from them. Two films of one catalogue stay two even when a third
/// one claims the ids of both, as a wrong link does: it joins the one its own id names, else the one
/// its first alias names.
///
/// Ids and aliases are distinct over all films returned. Takes time and memory proportional to the
/// number of films.
pub fn join(catalogues: Vec<Vec<Movie>>) -> Vec<Movie> {
    let mut joined = Joined::default();
    for (number, mut movies) in catalogues.into_iter().enumerate() {
        keep_distinct(&mut movies);
        for movie in movies {
            joined.add(movie, number);
        }
    }
    joined
        .entries
        .into_iter()
        .flatten()
        .map(|entry| entry.movie)
        .collect()
}

/// Makes ids and aliases distinct within one catalogue: of two films with one id the first stays,
/// and an alias belongs to the film whose id it is, else to the first that has it.
pub(super) fn keep_distinct(movies: &mut Vec<Movie>) {
    let mut taken = HashSet::with_capacity(movies.len() * 2);
    movies.retain(|movie| taken.insert(movie.id.clone()));
    for movie in movies {
        movie.aliases.retain(|alias| taken.insert(alias.clone()));
    }
}

#[derive(Default)]
struct Joined {
    /// `None` where a film turned out to be an earlier one.
    entries: Vec<Option<Entry>>,
    /// Every id and alias, and the entry that has it.
    owners: HashMap<MovieId, usize>,
}

struct Entry {
    movie: Movie,
    /// The catalogues it is in.
    catalogues: Vec<usize>,
}

impl Joined {
    fn add(&mut self, movie: Movie, catalogue: usize) {
        let ids = || std::iter::once(&movie.id).chain(&movie.aliases);
        let mut same: Vec<usize> = ids()
            .filter_map(|id| self.owners.get(id).copied())
            .collect();
        let entry = Entry {
            catalogues: vec![catalogue],
            movie,
        };
        let Some(mut target) = same.first().copied() else {
            self.own(&entry.movie, self.entries.len());
            self.entries.push(Some(entry));
            return;
        };
        self.merge(target, entry);
        same.retain(|other| *other != target);
        for other in same {
            target = self.unite(target, other);
        }
    }

    /// Makes one entry of two, unless a catalogue says they are two. Gives the entry that stays: the
    /// earlier one.
    fn unite(&mut self, target: usize, other: usize) -> usize {
        let (first, second) = (target.min(other), target.max(other));
        let (Some(one), Some(two)) = (&self.entries[first], &self.entries[second]) else {
            return target;
        };
        if one
            .catalogues
            .iter()
            .any(|catalogue| two.catalogues.contains(catalogue))
        {
            return target;
        }
        if let Some(entry) = self.entries[second].take() {
            for id in std::iter::once(&entry.movie.id).chain(&entry.movie.aliases) {
                self.owners.insert(id.clone(), first);
            }
            self.merge(first, entry);
        }
        first
    }

    /// Notes whose the ids of `movie` are, those that nobody has yet.
    fn own(&mut self, movie: &Movie, at: usize) {
        for id in std::iter::once(&movie.id).chain(&movie.aliases) {
            self.owners.entry(id.clone()).or_insert(at);
        }
    }

    fn merge(&mut self, target: usize, mut later: Entry) {
        self.own(&later.movie, target);
        let Some(entry) = &mut self.entries[target] else {
            return;
        };
        let ids =
            std::iter::once(later.movie.id.clone()).chain(mem::take(&mut later.movie.aliases));
        for id in ids {
            let is_new = id != entry.movie.id && !entry.movie.aliases.contains(&id);
            if is_new && self.owners.get(&id) == Some(&target) {
                entry.movie.aliases.push(id);
            }
        }
        entry.catalogues.append(&mut later.catalogues);
        fill(&mut entry.movie, later.movie);
    }
}

/// Fills what `movie` does not know from a later catalogue's row of the same film.
fn fill(movie: &mut Movie, later: Movie) {
    // Without a title of its own in the film's language, a title that differs only there is none.
    if movie.original_title.is_empty() && later.original_title != movie.title {
        movie.original_title = later.original_title;
    }
    movie.year = movie.year.or(later.year);
    fill_list(&mut movie.genres, later.genres);
    fill_list(&mut movie.directors, later.directors);
    fill_list(&mut movie.cast, later.cast);
    fill_list(&mut movie.keywords, later.keywords);
    fill_list(&mut movie.countries, later.countries);
    fill_text(&mut movie.language, later.language);
    fill_text(&mut movie.overview, later.overview);
    fill_text(&mut movie.poster, later.poster);
    movie.runtime = movie.runtime.or(later.runtime);
    if movie.votes == 0 {
        movie.votes = later.votes;
    }
    movie.vote_average = movie.vote_average.or(later.vote_average);
    if movie.prominence == 0.0 {
        movie.prominence = later.prominence;
    }
}

fn fill_list<T>(list: &mut Vec<T>, later: Vec<T>) {
    if list.is_empty() {
        *list = later;
    }
}

fn fill_text(text: &mut String, later: String) {
    if text.is_empty() {
        *text = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(text: &str) -> MovieId {
        text.parse().unwrap()
    }

    /// A film of this id and these aliases.
    fn film(ids: &[&str]) -> Movie {
        Movie {
            aliases: ids[1..].iter().map(|alias| id(alias)).collect(),
            ..Movie::new(id(ids[0]), ids[0], None)
        }
    }

    fn all_ids(movie: &Movie) -> impl Iterator<Item = &MovieId> {
        std::iter::once(&movie.id).chain(&movie.aliases)
    }

    fn ids(movies: &[Movie]) -> Vec<Vec<&str>> {
        let of_one = |movie| all_ids(movie).map(MovieId::as_str).collect();
        movies.iter().map(of_one).collect()
    }

    #[test]
    fn the_first_catalogue_gives_the_id_and_the_order() {
        let first = vec![film(&["tmdb:1"]), film(&["tmdb:2", "imdb:tt2"])];
        let second = vec![
            film(&["movielens:20", "imdb:tt2", "tmdb:77"]),
            film(&["movielens:30"]),
            film(&["movielens:10", "tmdb:1"]),
        ];
        assert_eq!(
            ids(&join(vec![first, second])),
            [
                vec!["tmdb:1", "movielens:10"],
                vec!["tmdb:2", "imdb:tt2", "movielens:20", "tmdb:77"],
                vec!["movielens:30"],
            ]
        );
        assert_eq!(join(vec![]), []);
    }

    #[test]
    fn empty_fields_are_filled_and_full_ones_stay() {
        let mut first = film(&["tmdb:1"]);
        first.overview = "A keeper waits.".to_owned();
        first.directors = vec!["Ada Lind".to_owned()];
        let mut second = film(&["tmdb:1"]);
        second.title = "Another title".to_owned();
        second.overview = "Somebody waits.".to_owned();
        second.year = Some(1999);
        second.cast = vec!["Bo Ek".to_owned()];
        second.votes = 12;
        second.vote_average = Some(7.5);
        second.prominence = 0.5;
        second.original_title = "Fyren".to_owned();
        let joined = join(vec![vec![first.clone()], vec![second.clone()]]);
        let expected = Movie {
            overview: first.overview,
            directors: first.directors,
            title: first.title,
            ..second
        };
        assert_eq!(joined, [expected]);
    }

    #[test]
    fn a_third_catalogue_connects_two() {
        let joined = join(vec![
            vec![film(&["tmdb:1"])],
            vec![film(&["film:a"]), film(&["imdb:tt1"])],
            vec![film(&["movielens:9", "imdb:tt1", "tmdb:1"])],
        ]);
        let mut found = ids(&joined);
        found[0].sort_unstable();
        assert_eq!(
            found,
            [vec!["imdb:tt1", "movielens:9", "tmdb:1"], vec!["film:a"]]
        );
        assert_eq!(joined[0].id, id("tmdb:1"));
    }

    #[test]
    fn a_wrong_link_does_not_make_two_films_of_one_catalogue_one() {
        let joined = join(vec![
            vec![film(&["tmdb:1", "imdb:tt1"]), film(&["tmdb:2", "imdb:tt2"])],
            vec![film(&["movielens:9", "imdb:tt2", "tmdb:1"])],
        ]);
        assert_eq!(
            ids(&joined),
            [
                vec!["tmdb:1", "imdb:tt1"],
                vec!["tmdb:2", "imdb:tt2", "movielens:9"]
            ]
        );
    }

    #[test]
    fn within_a_catalogue_the_first_keeps_a_shared_alias() {
        let movies = vec![
            film(&["film:a", "film:c", "film:a", "imdb:tt1", "imdb:tt1"]),
            film(&["film:b", "imdb:tt1", "imdb:tt2"]),
            film(&["film:c"]),
            film(&["film:a", "imdb:tt3"]),
        ];
        assert_eq!(
            ids(&join(vec![movies])),
            [
                vec!["film:a", "imdb:tt1"],
                vec!["film:b", "imdb:tt2"],
                vec!["film:c"]
            ]
        );
    }

    fn catalogue() -> impl Strategy<Value = Vec<Movie>> {
        let id = || (0..3_u8, 0..12_u8).prop_map(|(source, key)| format!("s{source}:{key}"));
        let film = prop::collection::vec(id(), 1..4).prop_map(|ids| {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            film(&ids)
        });
        prop::collection::vec(film, 0..10).prop_map(|mut movies| {
            keep_distinct(&mut movies);
            movies
        })
    }

    proptest! {
        #[test]
        fn ids_and_aliases_are_distinct_and_none_is_lost(
            catalogues in prop::collection::vec(catalogue(), 0..5),
        ) {
            let joined = join(catalogues.clone());
            let mut seen = HashSet::new();
            for id in joined.iter().flat_map(all_ids) {
                prop_assert!(seen.insert(id), "{} twice", id);
            }
            for id in catalogues.iter().flatten().flat_map(all_ids) {
                prop_assert!(seen.contains(id), "{} lost", id);
            }
            prop_assert_eq!(&join(vec![joined.clone()]), &joined);
        }

        #[test]
        fn of_two_catalogues_the_second_adds_only_films_that_share_nothing(
            first in catalogue(),
            second in catalogue(),
        ) {
            let joined = join(vec![first.clone(), second.clone()]);
            let known: HashSet<&MovieId> = first.iter().flat_map(all_ids).collect();
            let shares_nothing = |movie: &&Movie| !all_ids(movie).any(|id| known.contains(id));
            let added = second.iter().filter(shares_nothing);
            let expected: Vec<&MovieId> = first.iter().chain(added).map(|movie| &movie.id).collect();
            let found: Vec<&MovieId> = joined.iter().map(|movie| &movie.id).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
