//! From what a front was sent to an interaction that can be kept.

use serde::Serialize;
use serde_json::{Map, Value};

use super::interaction::{Interaction, Kind, KindName, Rating, Recorded, Scale, Source, Watch};
use super::{InteractionId, Millis, RecommendationId, ViewerId};
use crate::catalogue::MovieId;
use crate::model::{Catalogue, MovieRef};

/// The share of a film's length from which it counts as watched, where nothing else is set.
pub const WATCHED_FRACTION: f64 = 0.5;

/// How far ahead of ours a sender's clock may be, in milliseconds.
pub const AHEAD: i64 = 5 * 60 * 1000;

/// Before this day, 1990-01-01, nobody recorded what people watch; it catches seconds that were
/// taken for milliseconds, and clocks that were never set.
pub const EARLIEST: Millis = Millis(631_152_000_000);

/// The fields that are understood.
const FIELDS: [&str; 9] = [
    "id",
    "movie",
    "kind",
    "seconds",
    "duration",
    "stars",
    "scale",
    "at",
    "recommendation",
];

/// What is known when an interaction is submitted.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// Who it is about.
    pub viewer: &'a ViewerId,
    /// The front.
    pub source: Source,
    /// Now.
    pub now: Millis,
    /// The share of a film's length from which it counts as watched, above 0 to 1.
    pub watched_fraction: f64,
    /// The films that there are.
    pub catalogue: &'a Catalogue,
}

/// What became of something submitted.
#[derive(Clone, Debug, PartialEq)]
pub enum Submitted {
    /// To be kept.
    Kept(Recorded),
    /// Nothing was watched: there is nothing to keep.
    Dropped,
}

/// Why something submitted is not an interaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No film has this id.
    UnknownMovie(MovieId),
    /// What is wrong, field by field.
    Fields(Vec<FieldFault>),
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldFault {
    /// Which.
    pub field: String,
    /// What was expected and what was found, to follow the field's name.
    pub detail: String,
}

/// The longest watch and the longest film, in seconds: some hundred days, more than any film ever
/// shown lasts, and a number that every table takes.
pub const LONGEST: f64 = 1e7;

/// A length in whole milliseconds, in seconds; `None` where it is not from 0 to [`LONGEST`].
pub fn whole_millis(seconds: f64) -> Option<f64> {
    (0.0..=LONGEST)
        .contains(&seconds)
        .then(|| (seconds * 1e3).round() / 1e3)
}

/// What a watch counts as: [`Kind::Watched`] from `watched_fraction` of the length on,
/// [`Kind::Clicked`] below, nothing (`None`) where nothing was watched. A watch longer than the
/// film is cut to its length, and the second value says so.
///
/// `seconds` is finite and not negative, `duration` finite and above 0.
pub fn judge_watch(seconds: f64, duration: f64, watched_fraction: f64) -> (Option<Kind>, bool) {
    let clamped = seconds > duration;
    let watch = Watch {
        seconds: seconds.min(duration),
        duration,
    };
    let kind = if watch.seconds <= 0.0 {
        None
    } else if watch.seconds >= watched_fraction * duration {
        Some(Kind::Watched(Some(watch)))
    } else {
        Some(Kind::Clicked(Some(watch)))
    };
    (kind, clamped)
}

/// The id of an interaction that was given none: a hash of everything that it says.
pub fn derived_id(interaction: &Interaction) -> InteractionId {
    let numbers = match interaction.kind {
        Kind::Watched(Some(watch)) | Kind::Clicked(Some(watch)) => {
            format!("{} {}", watch.seconds, watch.duration)
        }
        Kind::Rated(rating) => format!("{} {}", rating.stars, rating.scale.most()),
        _ => String::new(),
    };
    InteractionId::derived([
        interaction.viewer.as_str(),
        interaction.movie.as_str(),
        interaction.kind.name().as_str(),
        &numbers,
        &interaction.at.0.to_string(),
        interaction
            .recommendation
            .as_ref()
            .map_or("", RecommendationId::as_str),
    ])
}

/// Whether something can have happened then.
///
/// # Errors
/// Why not, in words.
pub fn in_time(at: Millis, now: Millis) -> Result<(), String> {
    if at.0 > now.0.saturating_add(AHEAD) {
        Err(format!("lies in the future: {at}, and now is {now}"))
    } else if at < EARLIEST {
        Err(format!("lies too far back: {at} is before {EARLIEST}"))
    } else {
        Ok(())
    }
}

impl Submission<'_> {
    /// Reads one interaction as an API takes it: an object with `movie` and `kind`, and as the
    /// kind wants `seconds` and `duration`, or `stars` and `scale` (5 where it is left out);
    /// optionally `id`, `at` (RFC 3339) and `recommendation`.
    ///
    /// The film's known length stands in for a `duration` that is left out. `watched` without
    /// `seconds` means that the film was seen.
    ///
    /// # Errors
    /// [`Refusal`] naming every field at fault, or the film that is unknown.
    pub fn read(&self, value: &Value) -> Result<Submitted, Refusal> {
        let Value::Object(fields) = value else {
            return Err(Refusal::Fields(vec![FieldFault {
                field: "interaction".to_owned(),
                detail: "must be a JSON object".to_owned(),
            }]));
        };
        let mut reader = Reader {
            fields,
            faults: Vec::new(),
        };
        let draft = self.draft(&mut reader);
        reader.refuse_unknown();
        let Reader { faults, .. } = reader;
        match draft {
            Some(draft) if faults.is_empty() => self.finish(draft),
            _ => Err(Refusal::Fields(faults)),
        }
    }

    /// Everything that can be said without the film.
    fn draft(&self, reader: &mut Reader<'_>) -> Option<Draft> {
        let id = reader.parsed::<InteractionId>("id");
        let movie = reader.parsed::<MovieId>("movie");
        if movie.is_none() && !reader.has("movie") {
            reader.fault(
                "movie",
                "must be a movie id such as tmdb:603, found nothing",
            );
        }
        let kind = reader.parsed::<KindName>("kind");
        if kind.is_none() && !reader.has("kind") {
            reader.fault(
                "kind",
                "must be one of watched, clicked, liked, disliked, rated, skipped, found nothing",
            );
        }
        let recommendation = reader.parsed::<RecommendationId>("recommendation");
        let at = self.at(reader);
        let seconds = reader.length("seconds");
        let duration = reader.length("duration");
        if duration.is_some_and(|duration| duration <= 0.0) {
            reader.fault("duration", "must be more than 0 seconds");
        }
        let rating = kind.and_then(|kind| reader.rating(kind));
        if let Some(kind) = kind {
            reader.only_for(kind);
        }
        if duration.is_some() && seconds.is_none() && !reader.has("seconds") {
            reader.fault("seconds", "must be given where duration is");
        }
        Some(Draft {
            id,
            movie: movie?,
            kind: kind?,
            seconds,
            duration,
            rating,
            at,
            recommendation,
        })
    }

    fn at(&self, reader: &mut Reader<'_>) -> Option<Millis> {
        let text = reader.text("at")?;
        let Some(at) = Millis::parse(text) else {
            let found = quoted(text);
            reader.fault(
                "at",
                format!("must be RFC 3339 such as 2026-01-31T20:15:00Z, found {found}"),
            );
            return None;
        };
        if let Err(why) = in_time(at, self.now) {
            reader.fault("at", why);
        }
        Some(at)
    }

    fn finish(&self, draft: Draft) -> Result<Submitted, Refusal> {
        let Some(movie) = self.catalogue.by_id(draft.movie.as_str()) else {
            return Err(Refusal::UnknownMovie(draft.movie));
        };
        let (Some(kind), clamped) = draft.judge(movie, self.watched_fraction)? else {
            return Ok(Submitted::Dropped);
        };
        Ok(Submitted::Kept(self.record(
            draft.id,
            movie.movie_id(),
            kind,
            draft.at,
            draft.recommendation,
            clamped,
        )))
    }

    /// Whether something can have happened then: neither in the future, give or take a sender's
    /// clock, nor before anybody recorded what people watch.
    pub fn believes(&self, at: Millis) -> bool {
        (EARLIEST.0..=self.now.0.saturating_add(AHEAD)).contains(&at.0)
    }

    /// What a front that is no API has to say: a film that there is, and what was done with it.
    /// Without an `id` it is derived, without a time it is now.
    pub fn record(
        &self,
        id: Option<InteractionId>,
        movie: MovieId,
        kind: Kind,
        at: Option<Millis>,
        recommendation: Option<RecommendationId>,
        clamped: bool,
    ) -> Recorded {
        let mut interaction = Interaction {
            id: InteractionId::derived([]),
            viewer: self.viewer.clone(),
            movie,
            kind,
            at: at.unwrap_or(self.now),
            source: self.source,
            recommendation,
        };
        interaction.id = id.unwrap_or_else(|| derived_id(&interaction));
        Recorded {
            interaction,
            accepted: self.now,
            clamped,
            undated: at.is_none(),
        }
    }
}

/// An interaction before its film is looked up.
struct Draft {
    id: Option<InteractionId>,
    movie: MovieId,
    kind: KindName,
    seconds: Option<f64>,
    duration: Option<f64>,
    rating: Option<Rating>,
    at: Option<Millis>,
    recommendation: Option<RecommendationId>,
}

impl Draft {
    fn judge(&self, movie: MovieRef<'_>, fraction: f64) -> Result<(Option<Kind>, bool), Refusal> {
        let kind = match (self.kind, self.seconds) {
            (KindName::Watched | KindName::Clicked, Some(seconds)) => {
                let runtime = movie.runtime().map(|minutes| f64::from(minutes) * 60.0);
                let Some(duration) = self.duration.or(runtime) else {
                    return Err(Refusal::Fields(vec![FieldFault {
                        field: "duration".to_owned(),
                        detail: "must be given: the length of this film is not known".to_owned(),
                    }]));
                };
                return Ok(match judge_watch(seconds, duration, fraction) {
                    // What was called a click stays one.
                    (Some(Kind::Watched(watch)), clamped) if self.kind == KindName::Clicked => {
                        (Some(Kind::Clicked(watch)), clamped)
                    }
                    judged => judged,
                });
            }
            (KindName::Watched, None) => Some(Kind::Watched(None)),
            (KindName::Clicked, None) => Some(Kind::Clicked(None)),
            (KindName::Liked, _) => Some(Kind::Liked),
            (KindName::Disliked, _) => Some(Kind::Disliked),
            (KindName::Skipped, _) => Some(Kind::Skipped),
            (KindName::Rated, _) => self.rating.map(Kind::Rated),
        };
        Ok((kind, false))
    }
}

/// Takes fields out of an object and gathers what is wrong with them.
struct Reader<'a> {
    fields: &'a Map<String, Value>,
    faults: Vec<FieldFault>,
}

impl<'a> Reader<'a> {
    fn fault(&mut self, field: &str, detail: impl Into<String>) {
        self.faults.push(FieldFault {
            field: field.to_owned(),
            detail: detail.into(),
        });
    }

    /// A field that is given and not `null`.
    fn value(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    fn has(&self, field: &str) -> bool {
        self.value(field).is_some()
    }

    fn text(&mut self, field: &str) -> Option<&'a str> {
        let text = self.value(field)?.as_str();
        if text.is_none() {
            self.fault(field, "must be a string");
        }
        text
    }

    fn number(&mut self, field: &str) -> Option<f64> {
        let number = self
            .value(field)?
            .as_f64()
            .filter(|number| number.is_finite());
        if number.is_none() {
            self.fault(field, "must be a number");
        }
        number
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, field: &str) -> Option<T> {
        let text = self.text(field)?;
        match text.parse() {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.fault(field, format!("is not understood: {error}"));
                None
            }
        }
    }

    /// Seconds, in whole milliseconds.
    fn length(&mut self, field: &str) -> Option<f64> {
        let seconds = self.number(field)?;
        let length = whole_millis(seconds);
        if length.is_none() {
            let detail = format!("must be from 0 to {LONGEST} seconds, found {seconds}");
            self.fault(field, detail);
        }
        length
    }

    fn rating(&mut self, kind: KindName) -> Option<Rating> {
        if kind != KindName::Rated {
            return None;
        }
        let scale = match self.number("scale") {
            None if self.has("scale") => return None,
            None => Scale::Five,
            Some(most) => {
                let Some(scale) = Scale::of_number(most) else {
                    self.fault("scale", format!("must be 5 or 10, found {most}"));
                    return None;
                };
                scale
            }
        };
        if !self.has("stars") {
            self.fault("stars", "must be given where kind is rated, found nothing");
        }
        let stars = self.number("stars")?;
        let rating = Rating::new(stars, scale);
        if rating.is_none() {
            let (least, most) = (scale.least(), scale.most());
            self.fault(
                "stars",
                format!("must be from {least} to {most} on a scale of {most}, found {stars}"),
            );
        }
        rating
    }

    /// Refuses what belongs to other kinds.
    fn only_for(&mut self, kind: KindName) {
        let watch = matches!(kind, KindName::Watched | KindName::Clicked);
        for (field, fits) in [
            ("seconds", watch),
            ("duration", watch),
            ("stars", kind == KindName::Rated),
            ("scale", kind == KindName::Rated),
        ] {
            if self.has(field) && !fits {
                self.fault(field, format!("does not go with the kind {kind}"));
            }
        }
    }

    fn refuse_unknown(&mut self) {
        let unknown = self
            .fields
            .keys()
            .filter(|name| !FIELDS.contains(&name.as_str()));
        for name in unknown {
            let field: String = name.chars().take(64).collect();
            let detail = format!("is unknown: expected {}", FIELDS.join(", "));
            self.faults.push(FieldFault { field, detail });
        }
    }
}

/// What somebody sent, fit to be said back.
fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(64).collect::<String>())
}
