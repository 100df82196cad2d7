//! What the fields of a row mean, whatever the layout. Each function says in its error what was
//! expected and found.

use matinee::catalogue::MovieId;
use matinee::taste::{
    AHEAD, EARLIEST, Interaction, InteractionId, Kind, LONGEST, Millis, Rating, RecommendationId,
    Recorded, Scale, Source, ViewerId, derived_id, whole_millis,
};
use sha2::{Digest as _, Sha256};

use crate::ingest::fields;

/// Who, of a data set whose ids are its own.
pub(super) fn viewer(column: &str, raw: &str) -> Result<ViewerId, String> {
    match raw {
        "" => Err(format!("{column}: expected a user's id, found nothing")),
        raw => Ok(ViewerId::foreign("import", raw)),
    }
}

/// With what, of a data set whose ids are its own: what is a movie id stays one, anything else is
/// an `item:`, by a hash where it has characters that a movie id cannot have.
pub(crate) fn movie(column: &str, raw: &str) -> Result<MovieId, String> {
    if raw.is_empty() {
        return Err(format!("{column}: expected an item's id, found nothing"));
    }
    raw.parse()
        .or_else(|_| MovieId::new("item", raw))
        .or_else(|_| MovieId::new("item", hash(raw)))
        .map_err(|error| format!("{column}: {error}"))
}

/// The first 32 hex digits of a text's SHA-256.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let digits = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// When, in seconds since 1970.
pub(super) fn at(column: &str, raw: &str, now: Millis) -> Result<Millis, String> {
    let seconds = fields::whole(column, raw, 0..=u64::MAX)?
        .ok_or_else(|| format!("{column}: expected seconds since 1970, found nothing"))?;
    let millis = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| seconds.checked_mul(1000));
    let out = |what: &str| {
        Err(format!(
            "{column}: expected seconds since 1970, found {seconds}, which lies {what}"
        ))
    };
    match millis.map(Millis) {
        None => out("in the future"),
        Some(at) if at.0 > now.0.saturating_add(AHEAD) => out("in the future"),
        Some(at) if at < EARLIEST => out("before 1990"),
        Some(at) => Ok(at),
    }
}

/// Seconds of a film, in whole milliseconds.
pub(super) fn seconds(column: &str, raw: &str) -> Result<f64, String> {
    raw.parse().ok().and_then(whole_millis).ok_or_else(|| {
        let found = fields::shown(raw);
        format!("{column}: expected seconds from 0 to {LONGEST}, found {found}")
    })
}

/// Stars on a scale.
pub(super) fn rating(column: &str, raw: &str, scale: Scale) -> Result<Rating, String> {
    let stars = raw.parse().ok();
    stars
        .and_then(|stars| Rating::new(stars, scale))
        .ok_or_else(|| {
            let (least, most, found) = (scale.least(), scale.most(), fields::shown(raw));
            format!("{column}: expected stars from {least} to {most}, found {found}")
        })
}

/// An interaction of an import; its id is derived from what it says.
pub(super) fn recorded(
    viewer: ViewerId,
    movie: MovieId,
    kind: Kind,
    at: Millis,
    recommendation: Option<RecommendationId>,
    now: Millis,
) -> Recorded {
    let mut interaction = Interaction {
        id: InteractionId::derived([]),
        viewer,
        movie,
        kind,
        at,
        source: Source::Import,
        recommendation,
    };
    interaction.id = derived_id(&interaction);
    interaction.accepted(now)
}
