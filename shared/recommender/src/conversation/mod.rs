//! The dialogue, on no platform in particular: a [`Turn`] in, a [`Reply`] out, and the [`State`]
//! that a front carries between the two.

mod dialogue;
mod history;
mod state;
#[cfg(test)]
mod tests;
mod understand;

pub use dialogue::{Reply, apology, reply};
pub use history::{History, Speaker};
pub use state::{InvalidSession, State};
pub use understand::understand;

use serde::{Deserialize, Serialize};

use crate::model::MovieIndex;
use crate::taste::Kind;

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
    /// Asks what kind of viewer they are.
    Persona,
    /// Wants good films without naming one.
    TopPicks,
    /// Wants films chosen for them.
    ForMe,
    /// Liked a film: the one named, else the one talked about.
    Liked(Option<Mention>),
    /// Did not like a film: the one named, else the one talked about.
    Disliked(Option<Mention>),
    /// Has seen a film: the one named, else the one talked about.
    Seen(Option<Mention>),
}

/// A film as somebody named it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mention {
    /// Movie ids that the platform resolved, the surest first; unknown ones are passed over.
    pub ids: Vec<String>,
    /// The words heard; empty when nothing was.
    pub spoken: String,
}

/// What somebody said about a film, worth keeping for longer than the conversation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    /// The film.
    pub movie: MovieIndex,
    /// [`Kind::Liked`], [`Kind::Disliked`], or [`Kind::Watched`] of a film that was seen.
    pub kind: Kind,
}

/// What can be said about a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Liked,
    Disliked,
    Seen,
}

impl Verdict {
    fn kind(self) -> Kind {
        match self {
            Self::Liked => Kind::Liked,
            Self::Disliked => Kind::Disliked,
            Self::Seen => Kind::Watched(None),
        }
    }
}
