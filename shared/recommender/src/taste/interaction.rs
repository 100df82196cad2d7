//! What a viewer did with a film.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{InteractionId, Millis, RecommendationId, ViewerId};
use crate::catalogue::MovieId;

/// What a viewer did with a film, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Interaction {
    /// Names it among the viewer's; a repeat has the same.
    pub id: InteractionId,
    /// Who.
    pub viewer: ViewerId,
    /// With which film.
    pub movie: MovieId,
    /// What.
    pub kind: Kind,
    /// When.
    pub at: Millis,
    /// Through which front it came.
    pub source: Source,
    /// The served list that it follows, where it follows one.
    pub recommendation: Option<RecommendationId>,
}

impl Interaction {
    /// It as accepted at `at`, told with its time and taken as it was told.
    pub fn accepted(self, at: Millis) -> Recorded {
        Recorded {
            interaction: self,
            accepted: at,
            clamped: false,
            undated: false,
        }
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Watched a good part of it, or said to have seen it.
    Watched(Option<Watch>),
    /// Opened it, or watched too little of it to count.
    Clicked(Option<Watch>),
    /// Said to like it.
    Liked,
    /// Said not to like it.
    Disliked,
    /// Gave it stars.
    Rated(Rating),
    /// Passed it over.
    Skipped,
}

/// How long a film was watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    /// Seconds watched: finite, 0 to `duration`.
    pub seconds: f64,
    /// The film's length in seconds: finite, above 0.
    pub duration: f64,
}

/// Stars on their scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating {
    /// 0.5 to 5, or 1 to 10.
    pub stars: f64,
    /// The scale.
    pub scale: Scale,
}

/// How many stars there are at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// 0.5 to 5 stars.
    Five,
    /// 1 to 10 stars.
    Ten,
}

impl Scale {
    /// The scale whose most is this number, whole or written as `10.0`.
    pub fn of_number(most: f64) -> Option<Self> {
        let exactly = |scale: &Self| (f64::from(scale.most()) - most).abs() < f64::EPSILON;
        [Self::Five, Self::Ten].into_iter().find(exactly)
    }

    /// The most stars.
    pub fn most(self) -> u8 {
        match self {
            Self::Five => 5,
            Self::Ten => 10,
        }
    }

    /// The fewest stars.
    pub fn least(self) -> f64 {
        match self {
            Self::Five => 0.5,
            Self::Ten => 1.0,
        }
    }

    /// The scale with so many stars at most.
    pub fn of(most: u8) -> Option<Self> {
        [Self::Five, Self::Ten]
            .into_iter()
            .find(|scale| scale.most() == most)
    }
}

impl Rating {
    /// Stars on a scale; `None` outside of it.
    pub fn new(stars: f64, scale: Scale) -> Option<Self> {
        (scale.least()..=f64::from(scale.most()))
            .contains(&stars)
            .then_some(Self { stars, scale })
    }

    /// From 0, the fewest stars, to 1, the most.
    pub fn share(self) -> f64 {
        let least = self.scale.least();
        (self.stars - least) / (f64::from(self.scale.most()) - least)
    }
}

/// The names of [`Kind`]s, the same in JSON, tables and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KindName {
    /// [`Kind::Watched`]
    Watched,
    /// [`Kind::Clicked`]
    Clicked,
    /// [`Kind::Liked`]
    Liked,
    /// [`Kind::Disliked`]
    Disliked,
    /// [`Kind::Rated`]
    Rated,
    /// [`Kind::Skipped`]
    Skipped,
}

impl KindName {
    /// Every name.
    pub const ALL: [Self; 6] = [
        Self::Watched,
        Self::Clicked,
        Self::Liked,
        Self::Disliked,
        Self::Rated,
        Self::Skipped,
    ];

    /// As text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watched => "watched",
            Self::Clicked => "clicked",
            Self::Liked => "liked",
            Self::Disliked => "disliked",
            Self::Rated => "rated",
            Self::Skipped => "skipped",
        }
    }
}

impl Kind {
    /// Its name.
    pub fn name(self) -> KindName {
        match self {
            Self::Watched(_) => KindName::Watched,
            Self::Clicked(_) => KindName::Clicked,
            Self::Liked => KindName::Liked,
            Self::Disliked => KindName::Disliked,
            Self::Rated(_) => KindName::Rated,
            Self::Skipped => KindName::Skipped,
        }
    }
}

/// The front that an interaction came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The HTTP API.
    Http,
    /// A voice assistant.
    Voice,
    /// A device over MQTT.
    Iot,
    /// The Personalize Events interface.
    Personalize,
    /// A data set that was imported.
    Import,
}

impl Source {
    /// As text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Voice => "voice",
            Self::Iot => "iot",
            Self::Personalize => "personalize",
            Self::Import => "import",
        }
    }
}

/// A name that is none of those expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {expected}, found {found:?}")]
pub struct UnknownName {
    expected: &'static str,
    found: String,
}

impl FromStr for KindName {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| UnknownName {
            expected: "watched, clicked, liked, disliked, rated, skipped",
            found: text.chars().take(64).collect(),
        })
    }
}

impl FromStr for Source {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let all = [
            Self::Http,
            Self::Voice,
            Self::Iot,
            Self::Personalize,
            Self::Import,
        ];
        let known = all.into_iter().find(|source| source.as_str() == text);
        known.ok_or_else(|| UnknownName {
            expected: "http, voice, iot, personalize, import",
            found: text.chars().take(64).collect(),
        })
    }
}

impl KindName {
    /// The kind behind an event's name in other systems: those of Amazon Personalize's use cases
    /// (`Watch`, `View`) and ours, in any case.
    pub fn of_event(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "watch" | "watched" => Self::Watched,
            "click" | "clicked" | "view" | "viewed" => Self::Clicked,
            "like" | "liked" => Self::Liked,
            "dislike" | "disliked" => Self::Disliked,
            "rate" | "rated" | "rating" => Self::Rated,
            "skip" | "skipped" => Self::Skipped,
            _ => return None,
        })
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An interaction as it was accepted, the form in which it is queued, stored and logged.
///
/// As JSON, and as an item of a table, it is flat: `viewer`, `id`, `movie`, `kind`, `seconds` and
/// `duration` (of a watch), `stars` and `scale` (of a rating), `at`, `source`, `recommendation`,
/// `accepted`, and `clamped` and `undated` where they are true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub struct Recorded {
    /// What happened.
    pub interaction: Interaction,
    /// When it was accepted: what a viewer wants forgotten is what was accepted before.
    pub accepted: Millis,
    /// More was said to be watched than the film is long, and that was cut.
    pub clamped: bool,
    /// The sender gave no time, and `at` is the time of acceptance.
    pub undated: bool,
}

impl Recorded {
    /// Whether both say the same, and the later one is a repeat. When and how they were accepted
    /// makes no difference, nor does the time where a sender gave none.
    pub fn same_content(&self, other: &Self) -> bool {
        let (a, b) = (&self.interaction, &other.interaction);
        let same_time = self.undated || other.undated || a.at == b.at;
        same_time
            && (&a.id, &a.viewer, &a.movie, a.kind, &a.recommendation)
                == (&b.id, &b.viewer, &b.movie, b.kind, &b.recommendation)
    }
}

/// [`Recorded`] as it is written. What a later version added is passed over: whoever goes back to an
/// older version goes on with its rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Flat {
    pub(super) viewer: ViewerId,
    pub(super) id: InteractionId,
    pub(super) movie: MovieId,
    pub(super) kind: KindName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) duration: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stars: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scale: Option<u8>,
    pub(super) at: Millis,
    pub(super) source: Source,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recommendation: Option<RecommendationId>,
    pub(super) accepted: Millis,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) clamped: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) undated: bool,
}

impl From<Recorded> for Flat {
    fn from(recorded: Recorded) -> Self {
        let Interaction {
            id,
            viewer,
            movie,
            kind,
            at,
            source,
            recommendation,
        } = recorded.interaction;
        let (watch, rating) = match kind {
            Kind::Watched(watch) | Kind::Clicked(watch) => (watch, None),
            Kind::Rated(rating) => (None, Some(rating)),
            Kind::Liked | Kind::Disliked | Kind::Skipped => (None, None),
        };
        Self {
            viewer,
            id,
            movie,
            kind: kind.name(),
            seconds: watch.map(|watch| watch.seconds),
            duration: watch.map(|watch| watch.duration),
            stars: rating.map(|rating| rating.stars),
            scale: rating.map(|rating| rating.scale.most()),
            at,
            source,
            recommendation,
            accepted: recorded.accepted,
            clamped: recorded.clamped,
            undated: recorded.undated,
        }
    }
}

impl TryFrom<Flat> for Recorded {
    type Error = &'static str;

    fn try_from(flat: Flat) -> Result<Self, Self::Error> {
        Ok(Self {
            interaction: Interaction {
                kind: flat.kind()?,
                id: flat.id,
                viewer: flat.viewer,
                movie: flat.movie,
                at: flat.at,
                source: flat.source,
                recommendation: flat.recommendation,
            },
            accepted: flat.accepted,
            clamped: flat.clamped,
            undated: flat.undated,
        })
    }
}

impl Flat {
    fn kind(&self) -> Result<Kind, &'static str> {
        let watch = match (self.seconds, self.duration) {
            (None, None) => None,
            (Some(seconds), Some(duration))
                if duration.is_finite()
                    && duration > 0.0
                    && (0.0..=duration).contains(&seconds) =>
            {
                Some(Watch { seconds, duration })
            }
            _ => return Err("expected seconds from 0 to duration, and a duration above 0"),
        };
        let rating = match (self.stars, self.scale) {
            (None, None) => None,
            (Some(stars), Some(most)) => Some(
                Scale::of(most)
                    .and_then(|scale| Rating::new(stars, scale))
                    .ok_or("expected stars from 0.5 to 5 or from 1 to 10, with their scale")?,
            ),
            _ => return Err("expected stars and scale together"),
        };
        match (self.kind, watch, rating) {
            (KindName::Watched, watch, None) => Ok(Kind::Watched(watch)),
            (KindName::Clicked, watch, None) => Ok(Kind::Clicked(watch)),
            (KindName::Liked, None, None) => Ok(Kind::Liked),
            (KindName::Disliked, None, None) => Ok(Kind::Disliked),
            (KindName::Rated, None, Some(rating)) => Ok(Kind::Rated(rating)),
            (KindName::Skipped, None, None) => Ok(Kind::Skipped),
            _ => Err("expected stars with rated alone, seconds with watched or clicked alone"),
        }
    }
}
