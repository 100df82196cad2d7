//! The older MovieLens sets, in Latin-1 and without headers: 1m (`.dat`) and 100k (`u.item`).

use std::path::Path;

use super::films::{Films, Votes};
use super::movielens::{movie, stars};
use super::report::Ledger;
use super::table::{Encoding, Lines, split};
use super::{ImportError, fields};

/// The flags of `u.item`, in the order `u.genre` gives them; used where that file is missing.
const GENRES_100K: [&str; 19] = [
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];

/// Id, title, release date, video release date, address at `IMDb`.
const COLUMNS_BEFORE_FLAGS: usize = 5;

/// Reads `movies.dat`, and `ratings.dat` from `folder` when one was named.
pub(super) fn read_dat(
    path: &Path,
    folder: Option<&Path>,
    ledger: &mut Ledger,
) -> Result<Films, ImportError> {
    let mut lines = Lines::open(path, Encoding::Latin1)?;
    let mut films = Films::new(path);
    ledger.open(path);
    while let Some((line, text)) = lines.next(ledger)? {
        let parsed =
            split(text, "::", 3).and_then(|row| Ok((movie("id", row[0], row[1])?, row[2])));
        match parsed {
            Ok((mut movie, genres)) => {
                movie.genres = fields::genres(genres.split('|'), ledger);
                films.add(movie)?;
            }
            Err(reason) => ledger.bad(line, reason),
        }
    }
    ledger.close()?;
    let ratings = folder.map(|folder| folder.join("ratings.dat"));
    if let Some(ratings) = ratings.filter(|file| file.is_file()) {
        join_ratings(&ratings, "::", &mut films, ledger)?;
    }
    Ok(films)
}

/// Reads `u.item`, with the names of its flags from `u.genre` beside it, and `u.data` from
/// `folder` when one was named.
pub(super) fn read_100k(
    path: &Path,
    folder: Option<&Path>,
    ledger: &mut Ledger,
) -> Result<Films, ImportError> {
    let mut lines = Lines::open(path, Encoding::Latin1)?;
    let mut films = Films::new(path);
    let names = genre_names(&path.with_file_name("u.genre"))?;
    ledger.open(path);
    while let Some((line, text)) = lines.next(ledger)? {
        match split(text, "|", COLUMNS_BEFORE_FLAGS + names.len()) {
            Ok(row) => match film_100k(&row, &names, ledger) {
                Ok(film) => films.add(film)?,
                Err(reason) => ledger.bad(line, reason),
            },
            Err(reason) => ledger.bad(line, reason),
        }
    }
    ledger.close()?;
    let ratings = folder.map(|folder| folder.join("u.data"));
    if let Some(ratings) = ratings.filter(|file| file.is_file()) {
        join_ratings(&ratings, "\t", &mut films, ledger)?;
    }
    Ok(films)
}

fn film_100k(
    row: &[&str],
    names: &[String],
    ledger: &mut Ledger,
) -> Result<matinee::catalogue::Movie, String> {
    let mut movie = movie("id", row[0], row[1])?;
    if movie.year.is_none() {
        // "01-Jan-1995"
        let year = row[2].rsplit('-').next().unwrap_or_default();
        movie.year = fields::year("release date", year)?;
    }
    let mut genres = Vec::new();
    for (name, flag) in names.iter().zip(&row[COLUMNS_BEFORE_FLAGS..]) {
        match *flag {
            "0" => {}
            "1" if name == "unknown" => {}
            "1" => genres.push(name.as_str()),
            _ => {
                return Err(format!(
                    "{name}: expected 0 or 1, found {}",
                    fields::shown(flag)
                ));
            }
        }
    }
    movie.genres = fields::genres(genres, ledger);
    Ok(movie)
}

/// The genre names in `name|number` lines, in the order of their numbers.
fn genre_names(path: &Path) -> Result<Vec<String>, ImportError> {
    if !path.is_file() {
        return Ok(GENRES_100K.map(str::to_owned).to_vec());
    }
    // No file of films: a mistake in one of its twenty lines makes every row of them wrong.
    let mut own = Ledger::new(false);
    own.open(path);
    let mut lines = Lines::open(path, Encoding::Latin1)?;
    let mut names = Vec::new();
    while let Some((line, text)) = lines.next(&mut own)? {
        match text.rsplit_once('|') {
            Some((name, number)) if number.trim() == names.len().to_string() => {
                names.push(name.trim().to_owned());
            }
            _ => {
                let number = names.len();
                let found = fields::shown(text);
                own.bad(
                    line,
                    format!("expected a genre as name|{number}, found {found}"),
                );
            }
        }
    }
    own.close()?;
    Ok(names)
}

/// Rows of user, film, stars and time.
fn join_ratings(
    path: &Path,
    separator: &str,
    films: &mut Films,
    ledger: &mut Ledger,
) -> Result<(), ImportError> {
    let mut lines = Lines::open(path, Encoding::Latin1)?;
    let mut votes = Votes::of(films);
    ledger.open(path);
    while let Some((line, text)) = lines.next(ledger)? {
        let rating = split(text, separator, 4)
            .and_then(|row| Ok((fields::key("film", row[1])?, stars(row[2])?)));
        match rating {
            Ok((key, stars)) => votes.add(key, stars),
            Err(reason) => ledger.bad(line, reason),
        }
    }
    ledger.close()?;
    votes.write(films);
    Ok(())
}
