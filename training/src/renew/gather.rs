//! What viewers did: the log, compacted, and files beside it.

use std::collections::HashSet;

use matinee::ports::Blobs;
use matinee::taste::FilmRating;
use xxhash_rust::xxh3::Xxh3;

use super::{Order, RenewError};
use crate::Progress;
use crate::evaluate::{Gathered, LikeRule};
use crate::film_ratings::{self, FilmRatingOptions, FilmRatingReport};
use crate::interactions::{InteractionReport, for_each};
use crate::log::{
    CompactError, CompactReport, CompactSettings, Daily, DayRange, compact, each_film_rating,
};
use crate::rating::{RatedFilm, RatedFilms};

/// How often the log is read anew because a viewer was forgotten meanwhile.
const ATTEMPTS: usize = 3;

/// What was gathered.
pub(super) struct All {
    pub(super) said: Gathered,
    pub(super) reports: Vec<InteractionReport>,
    pub(super) compacted: Option<CompactReport>,
    pub(super) rated: RatedFilms,
    pub(super) film_ratings: Vec<FilmRatingReport>,
}

/// Compacts the log and reads it, then the files of the order.
pub(super) async fn all<L: Blobs>(
    log: Option<&L>,
    order: &Order<'_>,
    progress: &impl Progress,
) -> Result<All, RenewError> {
    let (mut said, mut compacted) = (Gathered::default(), None);
    if let Some(log) = log {
        progress.stage("compacting the log", 0);
        compacted = match compact(log, &CompactSettings::default()).await {
            Ok(report) => Some(report),
            // Somebody else is at it; the log reads the same either way.
            Err(CompactError::Contended { .. }) => None,
            Err(error) => return Err(RenewError::Compact(error)),
        };
        said = read(log, progress).await?;
    }
    let mut reports = Vec::new();
    for path in order.interactions {
        progress.stage(&format!("reading {}", super::name(path)), 0);
        let rule = LikeRule::default();
        reports.push(for_each(path, &order.read, |row| said.add(&row, &rule))?);
    }
    let (rated, film_ratings) = ratings(log, order, progress).await?;
    Ok(All {
        said,
        reports,
        compacted,
        rated,
        film_ratings,
    })
}

/// Film ratings: those of the order's files, which are taken to be older, then the log's. A row that was
/// imported into the log, too, has the same id there and counts once.
async fn ratings<L: Blobs>(
    log: Option<&L>,
    order: &Order<'_>,
    progress: &impl Progress,
) -> Result<(RatedFilms, Vec<FilmRatingReport>), RenewError> {
    let (mut rated, mut of_files) = (RatedFilms::default(), HashSet::new());
    let mut reports = Vec::new();
    let options = FilmRatingOptions {
        lenient: order.read.lenient,
        ..FilmRatingOptions::at(order.read.now)
    };
    for path in order.film_ratings {
        progress.stage(&format!("reading {}", super::name(path)), 0);
        let read = film_ratings::for_each(path, &options, |one| {
            if of_files.insert(identity(&one)) {
                rated.add(RatedFilm::from(&one));
            }
        });
        reports.push(read?);
    }
    if let Some(log) = log {
        progress.stage("reading film ratings", 0);
        let add = |one: FilmRating| {
            if !of_files.contains(&identity(&one)) {
                rated.add(RatedFilm::from(&one));
            }
        };
        each_film_rating(log, add).await?;
    }
    Ok((rated, reports))
}

/// What tells film ratings apart, as in the table: title and id.
fn identity(rating: &FilmRating) -> u128 {
    let mut hasher = Xxh3::new();
    for part in [rating.title.as_str(), rating.id.as_str()] {
        hasher.update(&part.len().to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.digest128()
}

/// What the log says, day by day: memory is that of one day, and of what is gathered.
async fn read<L: Blobs>(log: &L, progress: &impl Progress) -> Result<Gathered, RenewError> {
    let rule = LikeRule::default();
    for _ in 0..ATTEMPTS {
        let mut daily = Daily::open(log, DayRange::default()).await?;
        progress.stage("reading what viewers did", daily.days() as u64);
        let mut said = Gathered::default();
        while let Some(day) = daily.next().await? {
            day.interactions.iter().for_each(|row| said.add(row, &rule));
            progress.advance(1);
        }
        if daily.holds().await? {
            return Ok(said);
        }
    }
    Err(RenewError::Restless)
}
