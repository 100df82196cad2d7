//! Facts of films for models that are measured: catalogues without what viewers did.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use matinee::catalogue::{Movie, MovieId};

use super::EvaluateError;
use crate::ingest::{Format, ImportOptions, ImportReport, import, join};

/// A catalogue, without the counts and means of ratings that would tell what viewers did with the
/// films that are held back.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The file or folder that was named.
    pub path: PathBuf,
    /// Its films.
    pub movies: Vec<Movie>,
    /// Whether its keywords are tags that viewers gave.
    pub tagged_by_viewers: bool,
    /// What was read and what was left out.
    pub report: ImportReport,
}

impl Catalogue {
    /// Reads the catalogue at `path`, a file or a data set's folder. Of a `MovieLens` set the votes
    /// are left out: they count the very ratings that models are measured on.
    ///
    /// # Errors
    /// [`EvaluateError::Import`].
    pub fn read(path: &Path, options: &ImportOptions) -> Result<Self, EvaluateError> {
        let imported = import(path, options)?;
        let of_viewers = match imported.report.format {
            Format::MovieLensCsv | Format::MovieLensDat | Format::MovieLens100k => true,
            Format::Sample | Format::TmdbCsv | Format::KaggleMoviesMetadata | Format::Tmdb5000 => {
                false
            }
        };
        let mut movies = imported.movies;
        if of_viewers {
            for movie in &mut movies {
                movie.votes = 0;
                movie.vote_average = None;
                movie.prominence = 0.0;
            }
        }
        Ok(Self {
            path: path.to_owned(),
            movies,
            tagged_by_viewers: of_viewers,
            report: imported.report,
        })
    }
}

/// Every id of a film.
pub(super) fn ids(movie: &Movie) -> impl Iterator<Item = &MovieId> {
    std::iter::once(&movie.id).chain(&movie.aliases)
}

/// The films of several catalogues, joined, and found by any of their ids.
#[derive(Clone, Debug, Default)]
pub struct KnownFilms {
    movies: Vec<Movie>,
    by_id: HashMap<MovieId, u32>,
}

impl KnownFilms {
    /// Joins catalogues; the first one gives a film its id and facts, later ones fill in.
    pub fn new(catalogues: Vec<Catalogue>) -> Self {
        let movies = join(
            catalogues
                .into_iter()
                .map(|catalogue| catalogue.movies)
                .collect(),
        );
        let numbered = movies.iter().zip(0..);
        let by_id = numbered
            .flat_map(|(movie, at)| ids(movie).map(move |id| (id.clone(), at)))
            .collect();
        Self { movies, by_id }
    }

    /// Whether there is no film.
    pub fn is_empty(&self) -> bool {
        self.movies.is_empty()
    }

    /// The films, joined.
    pub fn movies(&self) -> &[Movie] {
        &self.movies
    }

    /// The place of the film that has this id, or has it as an alias.
    pub fn find(&self, id: &MovieId) -> Option<usize> {
        self.by_id.get(id).map(|at| *at as usize)
    }

    /// The source whose ids most of these are, where they name no source themselves: that of
    /// `movielens:1` for `1`. Of two with as many films the first by the alphabet; `None` when no
    /// film has any of them.
    pub fn source_of<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let mut by_key: HashMap<&str, Vec<&str>> = HashMap::new();
        for id in self.by_id.keys() {
            by_key.entry(id.key()).or_default().push(id.source());
        }
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for name in names {
            for source in by_key.get(name).into_iter().flatten() {
                *counts.entry(source).or_default() += 1;
            }
        }
        // The last of several maxima would win.
        let most = counts.iter().rev().max_by_key(|(_, count)| **count);
        most.map(|(source, _)| (*source).to_owned())
    }

    /// The place of the film that `name` means: a whole id, or the key of one of `source`.
    pub fn named(&self, name: &str, source: Option<&str>) -> Option<usize> {
        let whole = name.parse().ok().and_then(|id| self.find(&id));
        whole.or_else(|| self.find(&MovieId::new(source?, name).ok()?))
    }
}
