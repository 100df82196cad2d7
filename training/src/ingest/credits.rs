//! The files that lie beside TMDB's film tables: who made and played a film, and what it is about.

use std::path::Path;

use super::films::Films;
use super::literal::{self, Value};
use super::report::Ledger;
use super::table::Table;
use super::{ImportError, fields, tmdb};

/// How many of the cast are kept: those a viewer would name.
const CAST: usize = 5;

/// Joins `credits.csv` or `tmdb_5000_credits.csv`: directors, and the first of the cast.
///
/// A film's first row counts; rows of films that are not in the catalogue are passed over.
pub(super) fn join_credits(
    path: &Path,
    films: &mut Films,
    ledger: &mut Ledger,
) -> Result<(), ImportError> {
    let mut table = Table::open(path)?;
    let [id, cast, crew] =
        table.columns("TMDB credits", [&["movie_id", "id"], &["cast"], &["crew"]])?;
    let by_key = films.by_key();
    ledger.open(path);
    while let Some(row) = table.next(ledger)? {
        let position = fields::key("id", row.get(id)).map(|key| by_key.get(&key));
        let movie = match position {
            Ok(Some(at)) => &mut films.movies[*at],
            Ok(None) => continue,
            Err(reason) => {
                ledger.bad(row.line, reason);
                continue;
            }
        };
        if !(movie.directors.is_empty() && movie.cast.is_empty()) {
            continue;
        }
        let people = people("cast", row.get(cast)).and_then(|cast| {
            let crew = people("crew", row.get(crew))?;
            Ok((cast, crew))
        });
        match people {
            Ok((cast, crew)) => {
                let directors = crew
                    .iter()
                    .filter(|one| one.text("job") == Some("Director"));
                movie.directors = fields::list(directors.filter_map(|one| one.text("name")));
                movie.cast = fields::list(cast.iter().filter_map(|one| one.text("name")));
                movie.cast.truncate(CAST);
            }
            Err(reason) => ledger.bad(row.line, reason),
        }
    }
    ledger.close()
}

fn people<'a>(column: &str, field: &'a str) -> Result<Vec<Value<'a>>, String> {
    if field.is_empty() {
        return Ok(Vec::new());
    }
    let parsed = literal::parse(field).map_err(|reason| format!("{column}: {reason}"))?;
    parsed.items().ok_or_else(|| {
        format!(
            "{column}: expected a list of people, found {}",
            fields::shown(field)
        )
    })
}

/// Joins Kaggle's `keywords.csv`.
pub(super) fn join_keywords(
    path: &Path,
    films: &mut Films,
    ledger: &mut Ledger,
) -> Result<(), ImportError> {
    let mut table = Table::open(path)?;
    let [id, keywords] = table.columns("Kaggle keywords.csv", [&["id"], &["keywords"]])?;
    let by_key = films.by_key();
    ledger.open(path);
    while let Some(row) = table.next(ledger)? {
        let joined = fields::key("id", row.get(id)).and_then(|key| {
            let names = tmdb::names("keywords", row.get(keywords))?;
            Ok((by_key.get(&key), tmdb::lower_case(names)))
        });
        match joined {
            Ok((Some(at), keywords)) => {
                let known = &mut films.movies[*at].keywords;
                for keyword in keywords {
                    fields::push_new(known, keyword);
                }
            }
            Ok((None, _)) => {}
            Err(reason) => ledger.bad(row.line, reason),
        }
    }
    ledger.close()
}
