//! What viewers do: interactions, from what a front is sent to a row of the log.

mod acceptance;
mod analytics;
mod audience;
mod film_rating;
mod films;
mod history;
mod id;
mod interaction;
pub mod log;
mod message;
pub(crate) mod payload;
mod persona;
mod profile;
mod properties;
mod served;
mod space;
mod submit;
#[cfg(test)]
mod tests;
mod time;

pub use acceptance::{Acceptance, Uptake, accepts};
pub use analytics::{GenreWatched, RatingsOfMonth, Watching};
pub use audience::{Audience, Desk, LastForgotten, NoAudience, Pending};
pub use film_rating::FilmRating;
pub use films::film_signals;
pub use history::{History, HistoryFilm, MAX_HISTORY, TasteSettings};
pub use id::{InteractionId, InvalidId, MAX_ID, RecommendationId, RequestId, ViewerId, ViewerKey};
pub use interaction::{
    Interaction, Kind, KindName, Rating, Recorded, Scale, Source, UnknownName, Watch,
};
pub use message::{
    DeadLetter, DeadReason, FILM_UPDATE, FILM_UPDATE_THING, MAX_INTERACTIONS, Message, Unreadable,
};
pub use persona::{Likes, PERSONA_AFTER, Persona, Personas, Standing};
pub use profile::{Favourite, MAX_FAVOURITES, MAX_RECENT, Profile, Recent, signal};
pub use properties::{Properties, property_key};
pub use served::{REMEMBERED, ServedPage};
pub use space::{Dimension, TasteSpace, Trait, TraitKind, squared_distance, traits_of};
pub use submit::{
    AHEAD, EARLIEST, FieldFault, LONGEST, Refusal, Submission, Submitted, WATCHED_FRACTION,
    derived_id, in_time, judge_watch, whole_millis,
};
pub use time::Millis;
