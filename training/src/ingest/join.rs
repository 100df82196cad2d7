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
