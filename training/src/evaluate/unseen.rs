//! The protocol of films that nobody has watched yet.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use matinee::catalogue::{Movie, MovieId};

use super::catalogues::ids;
use super::{Catalogue, Counts, EvaluateError, KnownFilms, LeftOut, Likes, Ranked, Task, Test};
use crate::ingest::table::{Encoding, Lines};
use crate::ingest::{ImportOptions, report::Ledger};
use crate::preferences::Preferences;

/// Lists of films in the folder of a `MovieLens` set.
const OWN_CATALOGUES: [&str; 3] = ["movies.csv", "movies.dat", "u.item"];

/// Hides the films that the file `unseen` names, an id on each line, and makes the task to rank them,
/// and them alone, for the viewers who like one. A viewer's training row is the liked films that are
/// not hidden; it may be empty.
///
/// Films take part that join: that are in the data set of the interactions and, by a common id or a
/// link, in another catalogue; where there is but one of the two, all of its films. When
/// `interactions` lies in the folder of a `MovieLens` set, that set's own list of films and links is
/// read even if it is not among `catalogues`. Ids in the file are whole, such as `movielens:1`, or
/// keys of the source that most of them are found in.
///
/// Of a hidden film a model sees its catalogue row alone: its ratings are in no row, no count and no
/// mean ([`Catalogue::read`]), and keywords that are viewers' tags are taken from it.
///
/// # Errors
/// [`EvaluateError`]: a file that cannot be read, no film that joins, none or all of them unseen.
pub fn unseen_films(
    unseen: &Path,
    likes: &Likes,
    interactions: &Path,
    mut catalogues: Vec<Catalogue>,
    options: ImportOptions,
) -> Result<(Task, Option<String>), EvaluateError> {
    let names = read_names(unseen)?;
    let own = own_catalogue(interactions, &mut catalogues, options)?;
    let all = KnownFilms::new(catalogues.clone());
    let source = all.source_of(names.iter().map(String::as_str));
    let hidden: HashSet<MovieId> = names
        .iter()
        .filter_map(|name| all.named(name, source.as_deref()))
        .flat_map(|at| ids(&all.movies()[at]).cloned())
        .collect();
    let joins = Joins::new(&catalogues, own);
    hide_tags(&mut catalogues, &hidden);
    let known = KnownFilms::new(catalogues);
    let films = Films::new(&known, &joins, &hidden);
    let bad_names = names
        .iter()
        .filter(|name| {
            let at = known.named(name, source.as_deref());
            at.is_none_or(|at| films.index[at].is_none())
        })
        .count();
    if films.movies.is_empty() {
        return Err(EvaluateError::NothingJoins {
            interactions: interactions.to_owned(),
        });
    }
    if films.unseen.is_empty() || films.unseen.len() == films.movies.len() {
        return Err(EvaluateError::NothingUnseen {
            unseen: films.unseen.len(),
            films: films.movies.len(),
            named: names.len(),
            unknown: bad_names,
        });
    }
    let mut task = task(likes, &known, films);
    task.counts.left_out.unseen_films_unknown = bad_names as u64;
    Ok((task, source))
}

/// The ids on the lines of a file, each once.
fn read_names(path: &Path) -> Result<Vec<String>, EvaluateError> {
    let mut ledger = Ledger::new(false);
    ledger.open(path);
    let mut lines = Lines::open(path, Encoding::Utf8)?;
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    while let Some((line, text)) = lines.next(&mut ledger)? {
        let name = text.trim();
        if name.contains(char::is_whitespace) {
            ledger.bad(line, format!("expected one film's id, found {name:?}"));
        } else if seen.insert(name.to_owned()) {
            names.push(name.to_owned());
        }
    }
    ledger.close()?;
    if names.is_empty() {
        return Err(EvaluateError::NoUnseen {
            path: path.to_owned(),
        });
    }
    Ok(names)
}

/// The place of the interactions' own list of films among the catalogues, where it is added last if
/// it was not named; `None` where there is none.
fn own_catalogue(
    interactions: &Path,
    catalogues: &mut Vec<Catalogue>,
    options: ImportOptions,
) -> Result<Option<usize>, EvaluateError> {
    let Some(folder) = folder_of(interactions) else {
        return Ok(None);
    };
    let named = catalogues
        .iter()
        .position(|catalogue| folder_of(&catalogue.path).as_ref() == Some(&folder));
    if let Some(at) = named {
        // A list of films that was named itself comes without the links beside it.
        if catalogues[at].tagged_by_viewers && catalogues[at].path.is_file() {
            catalogues[at] = Catalogue::read(&folder, &options)?;
        }
        return Ok(named);
    }
    let has_films = OWN_CATALOGUES
        .iter()
        .any(|name| folder.join(name).is_file());
    if !has_films {
        return Ok(None);
    }
    catalogues.push(Catalogue::read(&folder, &options)?);
    Ok(Some(catalogues.len() - 1))
}

/// The folder, or the folder of the file, in one spelling.
fn folder_of(path: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(path).ok()?;
    if path.is_dir() {
        Some(path)
    } else {
        path.parent().map(Path::to_owned)
    }
}

/// Takes viewers' tags from hidden films, whatever id a catalogue knows them by.
fn hide_tags(catalogues: &mut [Catalogue], hidden: &HashSet<MovieId>) {
    let tagged = catalogues
        .iter_mut()
        .filter(|catalogue| catalogue.tagged_by_viewers);
    for movie in tagged.flat_map(|catalogue| &mut catalogue.movies) {
        if ids(movie).any(|id| hidden.contains(id)) {
            movie.keywords.clear();
        }
    }
}

/// Which films take part.
struct Joins {
    /// Ids in the data set of the interactions; `None` where that has no list of films.
    own: Option<HashSet<MovieId>>,
    /// Ids in other catalogues; `None` where there is none.
    others: Option<HashSet<MovieId>>,
}

impl Joins {
    fn new(catalogues: &[Catalogue], own: Option<usize>) -> Self {
        let of = |catalogue: &Catalogue| -> Vec<MovieId> {
            catalogue.movies.iter().flat_map(ids).cloned().collect()
        };
        let others = catalogues.iter().zip(0..);
        let others = others.filter(|(_, at)| Some(*at) != own);
        let others: HashSet<MovieId> = others.flat_map(|(catalogue, _)| of(catalogue)).collect();
        Self {
            own: own.map(|own| of(&catalogues[own]).into_iter().collect()),
            others: (!others.is_empty()).then_some(others),
        }
    }

    fn take(&self, movie: &Movie) -> bool {
        let in_set = |set: &Option<HashSet<MovieId>>| {
            set.as_ref()
                .is_none_or(|set| ids(movie).any(|id| set.contains(id)))
        };
        in_set(&self.own) && in_set(&self.others)
    }
}

/// The films that take part.
struct Films {
    movies: Vec<Movie>,
    /// The index of each joined film that takes part.
    index: Vec<Option<u32>>,
    /// Those that are hidden, ascending.
    unseen: Vec<u32>,
}

impl Films {
    fn new(known: &KnownFilms, joins: &Joins, hidden: &HashSet<MovieId>) -> Self {
        let mut films = Self {
            movies: Vec::new(),
            index: Vec::with_capacity(known.movies().len()),
            unseen: Vec::new(),
        };
        for movie in known.movies() {
            if !joins.take(movie) {
                films.index.push(None);
                continue;
            }
            let index = films.movies.len() as u32;
            films.index.push(Some(index));
            if ids(movie).any(|id| hidden.contains(id)) {
                films.unseen.push(index);
            }
            films.movies.push(movie.clone());
        }
        films
    }
}

fn task(likes: &Likes, known: &KnownFilms, films: Films) -> Task {
    let indices: Vec<Option<u32>> = likes
        .films
        .iter()
        .map(|id| films.index[known.find(id)?])
        .collect();
    let is_unseen = |film: &u32| films.unseen.binary_search(film).is_ok();
    let (mut train, mut tests) = (Vec::new(), Vec::new());
    let mut left_out = LeftOut {
        viewers_without_likes: likes.viewers_without_likes,
        interactions_not_counted: likes.interactions - likes.len() as u64,
        bad_rows: likes.bad_rows(),
        ..LeftOut::default()
    };
    for likes in &likes.likes {
        let taking_part = likes.iter().filter_map(|like| indices[like.film as usize]);
        let mut row: Vec<u32> = taking_part.collect();
        left_out.likes_of_other_films += (likes.len() - row.len()) as u64;
        row.sort_unstable();
        row.dedup();
        let (unseen, seen): (Vec<u32>, Vec<u32>) = row.into_iter().partition(is_unseen);
        if unseen.is_empty() {
            left_out.viewers_without_test_films += 1;
        } else {
            tests.push(Test {
                viewer: train.len() as u32,
                films: unseen,
                unknown: 0,
            });
        }
        train.push(seen);
    }
    let train = Preferences::new(films.movies.len(), train);
    let counts = Counts {
        viewers: train.rows().filter(|row| !row.is_empty()).count() as u64,
        viewers_measured: tests.len() as u64,
        films: films.unseen.len() as u64,
        films_in_catalogue: films.movies.len() as u64,
        interactions: train.len() as u64,
        test_interactions: tests.iter().map(|test| test.len() as u64).sum(),
        left_out,
        ..Counts::default()
    };
    Task {
        films: films.movies,
        train,
        validation: None,
        tests,
        ranked: Ranked::Unseen(films.unseen),
        counts,
    }
}
