use matinee::taste::log::LogRow;
use matinee::taste::{Interaction, InteractionId, Kind, Millis, Source};

/// The row of the log with a viewer's like of a film of `MovieLens`, accepted when it happened.
///
/// # Panics
/// When `viewer` is no viewer's id.
pub fn liked(viewer: &str, film: usize, at: Millis) -> LogRow {
    let like = Interaction {
        id: InteractionId::derived([viewer, &film.to_string()]),
        viewer: viewer.parse().expect("a viewer's id"),
        movie: format!("movielens:{film}").parse().expect("a film's id"),
        kind: Kind::Liked,
        at,
        source: Source::Http,
        recommendation: None,
    };
    LogRow::Interaction(like.accepted(at))
}
