//! TMDB's own column names: CSV exports, Kaggle's `movies_metadata.csv` and the TMDB 5000 set.
//!
//! The three differ in which columns they add, in how lists are written (separated by commas, as
//! JSON, as Python literals) and in the files beside them, not in what a column means.

use std::path::Path;

use matinee::catalogue::{Movie, MovieId};

use super::films::Films;
use super::literal::{self, Value};
use super::report::Ledger;
use super::table::{Row, Table};
use super::{ImportError, fields};

/// Where TMDB serves the posters its paths point to, in a width for lists.
const POSTERS: &str = "https://image.tmdb.org/t/p/w500";

/// Where the columns are.
struct Columns {
    id: usize,
    title: usize,
    genres: usize,
    language: usize,
    overview: usize,
    release_date: usize,
    vote_average: usize,
    vote_count: usize,
    original_title: Option<usize>,
    runtime: Option<usize>,
    keywords: Option<usize>,
    countries: Option<usize>,
    collection: Option<usize>,
    poster: Option<usize>,
    imdb: Option<usize>,
}

impl Columns {
    fn of(table: &Table, layout: &'static str) -> Result<Self, ImportError> {
        let [
            id,
            title,
            genres,
            language,
            overview,
            release_date,
            vote_average,
            vote_count,
        ] = table.columns(
            layout,
            [
                &["id"],
                &["title"],
                &["genre", "genres"],
                &["original_language"],
                &["overview"],
                &["release_date"],
                &["vote_average"],
                &["vote_count"],
            ],
        )?;
        Ok(Self {
            id,
            title,
            genres,
            language,
            overview,
            release_date,
            vote_average,
            vote_count,
            original_title: table.column(&["original_title"]),
            runtime: table.column(&["runtime"]),
            keywords: table.column(&["keywords"]),
            countries: table.column(&["production_countries"]),
            collection: table.column(&["belongs_to_collection"]),
            poster: table.column(&["poster_path"]),
            imdb: table.column(&["imdb_id"]),
        })
    }
}

/// Reads a catalogue in any of the three layouts; `layout` is the name of the one it was found to
/// have.
pub(super) fn read(
    path: &Path,
    layout: &'static str,
    ledger: &mut Ledger,
) -> Result<Films, ImportError> {
    let mut table = Table::open(path)?;
    let columns = Columns::of(&table, layout)?;
    let mut films = Films::new(path);
    ledger.open(path);
    while let Some(row) = table.next(ledger)? {
        match movie(&row, &columns, ledger) {
            Ok(movie) => films.add(movie)?,
            Err(reason) => ledger.bad(row.line, reason),
        }
    }
    ledger.close()?;
    Ok(films)
}

fn movie(row: &Row<'_>, columns: &Columns, ledger: &mut Ledger) -> Result<Movie, String> {
    let key = fields::key("id", row.get(columns.id))?;
    let id = MovieId::new("tmdb", key).map_err(|error| format!("id: {error}"))?;
    let title = fields::title(row.get(columns.title))?;
    let year = fields::year_of_date("release_date", row.get(columns.release_date))?;
    let (votes, vote_average) = votes(row.get(columns.vote_count), row.get(columns.vote_average))?;
    let original_title = fields::text(row.optional(columns.original_title));
    let mut keywords = lower_case(names("keywords", row.optional(columns.keywords))?);
    if let Some(collection) = collection(row.optional(columns.collection))? {
        fields::push_new(&mut keywords, collection);
    }
    let countries = items(
        "production_countries",
        row.optional(columns.countries),
        "iso_3166_1",
    )?;
    let runtime = fields::runtime(row.optional(columns.runtime))?;
    // Last, so that the genres of a row refused above are not counted.
    let names = names("genres", row.get(columns.genres))?;
    let genres = fields::genres(names.iter().map(String::as_str), ledger);
    Ok(Movie {
        aliases: fields::imdb_id(row.optional(columns.imdb))
            .into_iter()
            .collect(),
        original_title: if original_title == title {
            String::new()
        } else {
            original_title
        },
        genres,
        keywords,
        countries: countries
            .into_iter()
            .filter(|code| fields::is_country(code))
            .collect(),
        language: fields::language(row.get(columns.language)),
        overview: fields::text(row.get(columns.overview)),
        runtime,
        votes,
        vote_average,
        poster: poster(row.optional(columns.poster)),
        ..Movie::new(id, title, year)
    })
}

/// Count and average. TMDB writes an average of 0 where nobody voted.
fn votes(count: &str, average: &str) -> Result<(u32, Option<f32>), String> {
    let count = fields::whole("vote_count", count, 0..=u64::from(u32::MAX))?;
    let average = fields::decimal("vote_average", average, 0.0..=10.0)?;
    let average = match count {
        Some(0) => None,
        Some(_) => average,
        None => average.filter(|average| *average > 0.0),
    };
    Ok((count.unwrap_or(0) as u32, average))
}

/// Films of one series share the series' name.
fn collection(field: &str) -> Result<Option<String>, String> {
    if field.is_empty() {
        return Ok(None);
    }
    let error = |reason| format!("belongs_to_collection: {reason}");
    match literal::parse(field).map_err(error)? {
        value @ Value::Dictionary(_) => Ok(value
            .text("name")
            .map(|name| fields::text(name).to_lowercase())),
        Value::Plain if matches!(field, "None" | "null" | "nan" | "NaN") => Ok(None),
        _ => Err(error(format!(
            "expected a dictionary with a name, found {}",
            fields::shown(field)
        ))),
    }
}

/// The poster's address, from TMDB's path to it or an address.
fn poster(field: &str) -> String {
    if field.starts_with('/') {
        format!("{POSTERS}{field}")
    } else if field.starts_with("https://") {
        field.to_owned()
    } else {
        String::new()
    }
}

/// The names in a list of `{id, name}`, or separated by commas or bars.
pub(super) fn names(column: &str, field: &str) -> Result<Vec<String>, String> {
    items(column, field, "name")
}

fn items(column: &str, field: &str, key: &str) -> Result<Vec<String>, String> {
    if !field.starts_with(['[', '{']) {
        return Ok(fields::list(field.split([',', '|'])));
    }
    let parsed = literal::parse(field).map_err(|reason| format!("{column}: {reason}"))?;
    let items = parsed
        .items()
        .ok_or_else(|| format!("{column}: expected a list, found {}", fields::shown(field)))?;
    Ok(fields::list(items.iter().filter_map(|item| match item {
        Value::Text(name) => Some(name.as_ref()),
        dictionary => dictionary.text(key),
    })))
}

pub(super) fn lower_case(names: Vec<String>) -> Vec<String> {
    let mut lower = Vec::with_capacity(names.len());
    for name in names {
        fields::push_new(&mut lower, name.to_lowercase());
    }
    lower
}
