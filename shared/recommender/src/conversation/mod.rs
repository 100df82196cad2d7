//! The dialogue, on no platform in particular: a [`Turn`] in, a [`Reply`] out, and the [`State`]
//! that a front carries between the two.

mod dialogue;
mod state;
#[cfg(test)]
mod tests;
mod understand;

pub use dialogue::{Reply, apology, reply};
pub use state::{InvalidSession, State};
pub use understand::understand;

/// What somebody did in one turn, as far as a front could tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Opened the conversation.
    Launch,
    /// Named a film.
    Title(Mention),
    /// Said yes.
    Yes,
    /// Said no.
    No,
    /// Asked what can be said.
    Help,
    /// Wants to end.
    Stop,
    /// Wants to break off.
    Cancel,
    /// Wants to begin again.
    Home,
    /// Wants to hear the last words again.
    Repeat,
    /// Said something no front understood.
    Fallback,
    /// Wants films like the one just recommended.
    MoreLikeThis,
    /// Wants films of a genre, in the words used ("scary", "Science Fiction").
    Genre(String),
    /// Wants films of a period, in the words used ("the nineties", "newer", "1990s").
    Period(String),
    /// Several of these at once: "Inception but newer", "comedies from the nineties".
    Wish {
        /// The film to start from; the one talked about when `None`.
        title: Option<Mention>,
        /// As in [`Turn::Genre`].
        genre: Option<String>,
        /// As in [`Turn::Period`].
        period: Option<String>,
    },
    /// Asks for the reason of the last recommendation.
    Why,
    /// Wants good films without naming one.
    TopPicks,
}

/// A film as somebody named it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mention {
    /// Movie ids that the platform resolved, the surest first; unknown ones are passed over.
    pub ids: Vec<String>,
    /// The words heard; empty when nothing was.
    pub spoken: String,
}
