//! Interactions and film ratings as rows of tables.

use std::fmt::Display;
use std::str::FromStr;

use matinee::taste::{
    FilmRating, Interaction, Kind, KindName, Millis, Rating, RecommendationId, Recorded, Scale,
    Watch,
};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, Row, params};

/// The columns that [`interaction`] reads, in its order.
pub(super) const INTERACTION: &str = "viewer, at, id, movie, kind, seconds, duration, stars, \
    scale, source, recommendation, accepted, clamped, undated";

/// Inserts a row; gives whether its id was free.
pub(super) fn insert_interaction(
    connection: &Connection,
    row: &Recorded,
) -> rusqlite::Result<bool> {
    let Interaction {
        id,
        viewer,
        movie,
        kind,
        at,
        source,
        recommendation,
    } = &row.interaction;
    let (watch, rating) = match kind {
        Kind::Watched(watch) | Kind::Clicked(watch) => (*watch, None),
        Kind::Rated(rating) => (None, Some(*rating)),
        Kind::Liked | Kind::Disliked | Kind::Skipped => (None, None),
    };
    let mut insert = connection.prepare_cached(
        "INSERT INTO interactions (viewer, at, id, movie, kind, seconds, duration, stars, scale, \
         source, recommendation, accepted, clamped, undated) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
         ON CONFLICT DO NOTHING",
    )?;
    let inserted = insert.execute(params![
        viewer.as_str(),
        at.0,
        id.as_str(),
        movie.as_str(),
        kind.name().as_str(),
        watch.map(|watch| watch.seconds),
        watch.map(|watch| watch.duration),
        rating.map(|rating| rating.stars),
        rating.map(|rating| rating.scale.most()),
        source.as_str(),
        recommendation.as_ref().map(RecommendationId::as_str),
        row.accepted.0,
        row.clamped,
        row.undated,
    ])?;
    Ok(inserted == 1)
}

/// A row of the columns [`INTERACTION`].
pub(super) fn interaction(row: &Row<'_>) -> rusqlite::Result<Recorded> {
    Ok(Recorded {
        interaction: Interaction {
            viewer: parsed(row, 0)?,
            at: Millis(row.get(1)?),
            id: parsed(row, 2)?,
            movie: parsed(row, 3)?,
            kind: kind(row)?,
            source: parsed(row, 9)?,
            recommendation: match row.get_ref(10)?.as_str_or_null()? {
                Some(_) => Some(parsed(row, 10)?),
                None => None,
            },
        },
        accepted: Millis(row.get(11)?),
        clamped: row.get(12)?,
        undated: row.get(13)?,
    })
}

fn kind(row: &Row<'_>) -> rusqlite::Result<Kind> {
    let watch = match (row.get(5)?, row.get(6)?) {
        (Some(seconds), Some(duration)) => Some(Watch { seconds, duration }),
        _ => None,
    };
    Ok(match parsed(row, 4)? {
        KindName::Watched => Kind::Watched(watch),
        KindName::Clicked => Kind::Clicked(watch),
        KindName::Liked => Kind::Liked,
        KindName::Disliked => Kind::Disliked,
        KindName::Skipped => Kind::Skipped,
        KindName::Rated => {
            let scale = Scale::of(row.get(8)?);
            let stars = row.get(7)?;
            let rating = scale.and_then(|scale| Rating::new(stars, scale));
            Kind::Rated(rating.ok_or_else(|| unsound(7, "stars outside their scale"))?)
        }
    })
}

/// The columns that [`rating`] reads, in its order.
pub(super) const RATING: &str = "title, id, year, Director1, Genre1, Genre2, Genre3, stars, thing, \
    accepted";

/// Inserts a rating; gives whether title and id were free.
pub(super) fn insert_rating(
    connection: &Connection,
    rating: &FilmRating,
) -> rusqlite::Result<bool> {
    let mut insert = connection.prepare_cached(&format!(
        "INSERT INTO films ({RATING}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
         ON CONFLICT DO NOTHING",
    ))?;
    let inserted = insert.execute(params![
        rating.title,
        rating.id.as_str(),
        rating.year,
        rating.director,
        rating.genre1,
        rating.genre2,
        rating.genre3,
        rating.stars,
        rating.thing,
        rating.accepted.0,
    ])?;
    Ok(inserted == 1)
}

/// A row of the columns [`RATING`].
pub(super) fn rating(row: &Row<'_>) -> rusqlite::Result<FilmRating> {
    Ok(FilmRating {
        title: row.get(0)?,
        id: parsed(row, 1)?,
        year: row.get(2)?,
        director: row.get(3)?,
        genre1: row.get(4)?,
        genre2: row.get(5)?,
        genre3: row.get(6)?,
        stars: row.get(7)?,
        thing: row.get(8)?,
        accepted: Millis(row.get(9)?),
    })
}

pub(super) fn parsed<T: FromStr<Err: Display>>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|error: T::Err| unsound(column, error))
}

/// A value that this program never writes.
pub(super) fn unsound(column: usize, error: impl Display) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, error.to_string().into())
}
