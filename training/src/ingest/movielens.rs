//! MovieLens as CSV: ml-latest, ml-latest-small, 20m, 25m, 32m.

use std::path::Path;

use matinee::catalogue::{Movie, MovieId};

use super::films::{Films, Votes};
use super::report::Ledger;
use super::table::{Row, Table};
use super::tags::Tags;
use super::{ImportError, fields, title};

/// Joins a file to the films it is about.
type Join = fn(&Path, &mut Films, &mut Ledger) -> Result<(), ImportError>;

/// The stars a rating can have.
const STARS: std::ops::RangeInclusive<f32> = 0.5..=5.0;

/// Reads `movies.csv`, and from `folder`, when one was named, what lies beside it.
pub(super) fn read(
    path: &Path,
    folder: Option<&Path>,
    ledger: &mut Ledger,
) -> Result<Films, ImportError> {
    let mut films = read_films(path, ledger)?;
    let Some(folder) = folder else {
        return Ok(films);
    };
    let beside: [(&str, Join); 3] = [
        ("links.csv", join_links),
        ("ratings.csv", join_ratings),
        ("tags.csv", join_tags),
    ];
    for (name, join) in beside {
        let file = folder.join(name);
        if file.is_file() {
            join(&file, &mut films, ledger)?;
        }
    }
    Ok(films)
}

fn read_films(path: &Path, ledger: &mut Ledger) -> Result<Films, ImportError> {
    let mut table = Table::open(path)?;
    let [id, title, genres] = table.columns(
        "MovieLens movies.csv",
        [&["movieId"], &["title"], &["genres"]],
    )?;
    let mut films = Films::new(path);
    ledger.open(path);
    while let Some(row) = table.next(ledger)? {
        match movie("movieId", row.get(id), row.get(title)) {
            Ok(mut movie) => {
                movie.genres = fields::genres(row.get(genres).split('|'), ledger);
                films.add(movie)?;
            }
            Err(reason) => ledger.bad(row.line, reason),
        }
    }
    ledger.close()?;
    Ok(films)
}

/// A film of any MovieLens set, by its id and its title with the year in brackets.
pub(super) fn movie(column: &str, key: &str, raw_title: &str) -> Result<Movie, String> {
    let key = fields::key(column, key)?;
    let id = MovieId::new("movielens", key).map_err(|error| format!("{column}: {error}"))?;
    let parts = title::parse(raw_title);
    let title = fields::title(&parts.title)?;
    let year = fields::year(
        "year in the title",
        parts.year.as_deref().unwrap_or_default(),
    )?;
    Ok(Movie {
        original_title: parts.original,
        ..Movie::new(id, title, year)
    })
}

/// The stars of a rating.
pub(super) fn stars(field: &str) -> Result<f32, String> {
    fields::decimal("rating", field, STARS)?
        .ok_or_else(|| "rating: expected a number, found nothing".to_owned())
}

fn join_links(path: &Path, films: &mut Films, ledger: &mut Ledger) -> Result<(), ImportError> {
    let mut table = Table::open(path)?;
    let columns = table.columns(
        "MovieLens links.csv",
        [&["movieId"], &["imdbId"], &["tmdbId"]],
    )?;
    let by_key = films.by_key();
    ledger.open(path);
    while let Some(row) = table.next(ledger)? {
        match links(&row, columns) {
            Ok((key, ids)) => {
                if let Some(at) = by_key.get(&key) {
                    films.movies[*at].aliases.extend(ids.into_iter().flatten());
                }
            }
            Err(reason) => ledger.bad(row.line, reason),
        }
    }
    ledger.close()
}

fn links(
    row: &Row<'_>,
    [movie, imdb, tmdb]: [usize; 3],
) -> Result<(u64, [Option<MovieId>; 2]), String> {
    let key = fields::key("movieId", row.get(movie))?;
    let imdb = match row.get(imdb) {
        "" => None,
        digits => Some(fields::imdb_id(digits).ok_or_else(|| {
            format!(
                "imdbId: expected an IMDb number, found {}",
                fields::shown(digits)
            )
        })?),
    };
    let tmdb = fields::whole("tmdbId", row.get(tmdb), 1..=u64::from(u32::MAX))?;
    Ok((
        key,
        [imdb, tmdb.and_then(|key| MovieId::new("tmdb", key).ok())],
    ))
}

fn join_ratings(path: &Path, films: &mut Films, ledger: &mut Ledger) -> Result<(), ImportError> {
    let mut table = Table::open(path)?;
    let [movie, rating] = table.columns("MovieLens ratings.csv", [&["movieId"], &["rating"]])?;
    let mut votes = Votes::of(films);
    ledger.open(path);
    while let Some(row) = table.next(ledger)? {
        let key = fields::key("movieId", row.get(movie));
        match key.and_then(|key| Ok((key, stars(row.get(rating))?))) {
            Ok((key, stars)) => votes.add(key, stars),
            Err(reason) => ledger.bad(row.line, reason),
        }
    }
    ledger.close()?;
    votes.write(films);
    Ok(())
}

fn join_tags(path: &Path, films: &mut Films, ledger: &mut Ledger) -> Result<(), ImportError> {
    let mut table = Table::open(path)?;
    let [user, movie, tag] =
        table.columns("MovieLens tags.csv", [&["userId"], &["movieId"], &["tag"]])?;
    let mut tags = Tags::of(films);
    ledger.open(path);
    while let Some(row) = table.next(ledger)? {
        let given = fields::key("userId", row.get(user))
            .and_then(|user| Ok((user, fields::key("movieId", row.get(movie))?)));
        match given {
            Ok((user, movie)) => tags.add(user, movie, row.get(tag)),
            Err(reason) => ledger.bad(row.line, reason),
        }
    }
    ledger.close()?;
    tags.write(films);
    Ok(())
}
