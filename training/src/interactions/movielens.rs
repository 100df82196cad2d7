//! Ratings of the MovieLens sets.

use std::path::Path;

use matinee::catalogue::MovieId;
use matinee::taste::{Kind, Recorded, Scale, ViewerId};

use super::{Import, InteractionOptions, row};
use crate::ingest::table::{Encoding, Lines, Table, split};
use crate::ingest::{ImportError, fields};

/// Reads `ratings.csv`.
pub(super) fn read_csv(path: &Path, import: &mut Import<'_>) -> Result<(), ImportError> {
    let mut table = Table::open(path)?;
    let columns = table.columns(
        "MovieLens ratings.csv",
        [&["userId"], &["movieId"], &["rating"], &["timestamp"]],
    )?;
    while let Some(row) = table.next(&mut import.ledger)? {
        let (line, fields) = (row.line, columns.map(|column| row.get(column)));
        let read = rating(fields, import.options);
        import.take(line, read.map(Some));
    }
    Ok(())
}

/// Reads a file without a header: user, film, stars and time.
pub(super) fn read_lines(
    path: &Path,
    separator: &str,
    import: &mut Import<'_>,
) -> Result<(), ImportError> {
    let mut lines = Lines::open(path, Encoding::Latin1)?;
    while let Some((line, text)) = lines.next(&mut import.ledger)? {
        let read = split(text, separator, 4)
            .and_then(|row| rating([row[0], row[1], row[2], row[3]], import.options));
        import.take(line, read.map(Some));
    }
    Ok(())
}

fn rating(
    [user, movie, rating, timestamp]: [&str; 4],
    options: &InteractionOptions,
) -> Result<Recorded, String> {
    // Numbers that other sets use for other people: they are told apart.
    let user = fields::key("userId", user)?;
    let viewer: ViewerId = format!("movielens:{user}")
        .parse()
        .map_err(|error| format!("userId: {error}"))?;
    let movie = MovieId::new("movielens", fields::key("movieId", movie)?)
        .map_err(|error| format!("movieId: {error}"))?;
    let rating = row::rating("rating", rating, Scale::Five)?;
    let at = row::at("timestamp", timestamp, options.now)?;
    Ok(row::recorded(
        viewer,
        movie,
        Kind::Rated(rating),
        at,
        None,
        options.now,
    ))
}
