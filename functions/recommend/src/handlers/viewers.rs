use std::borrow::Cow;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::future::try_join;
use matinee::model::MovieRef;
use matinee::taste::{Favourite, Kind, KindName, Profile, Recent};
use matinee::wording::{DEFAULT_LOCALE, PersonaWords, Wording};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::interactions::kinds;
use super::private;
use crate::access::Viewer;
use crate::params::{NoQuery, Params, ViewerInPath};
use crate::problem::{
    BadParameters, NoModelOrTables, NoTables, NotSignedIn, NotYours, Problem, ServerFault,
};
use crate::router::Front;
use crate::serving::Serving;

/// The most interactions that a profile is made of.
pub(super) const MOST: usize = 2_000;

/// What is known about a viewer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ViewerAnswer<'a> {
    /// The viewer.
    #[schema(pattern = "^[A-Za-z0-9._:-]+$", max_length = 128)]
    viewer: &'a str,
    /// How many interactions the profile is made of: the newest 2,000 at most.
    interactions: usize,
    /// Whether there may be older ones besides.
    truncated: bool,
    counts: Counts,
    /// The favourite genres, the most liked first, at most 10.
    genres: Vec<Liked<'a>>,
    /// The favourite decades, such as "1990s", at most 10.
    decades: Vec<Liked<'a>>,
    /// The favourite directors, at most 10.
    directors: Vec<Liked<'a>>,
    /// Which kind of viewer it is; `null` where that is not known.
    #[schema(required = true)]
    persona: Option<PersonaAnswer>,
    /// After how many more interactions with known films the viewer gets a persona; `null` where they
    /// have one, or where the model was trained without viewers and has none to give.
    #[schema(required = true, minimum = 1, maximum = 5)]
    persona_missing: Option<usize>,
    /// What a client said about the viewer through `PutUsers` of Amazon Personalize's interface, as it was
    /// put: strings, numbers, true, false and null, at most 25; `null` where nothing was.
    #[schema(required = true, value_type = Option<Object>)]
    properties: Option<&'a Map<String, Value>>,
    /// What the viewer did last, the newest first, at most 20.
    recent: Vec<Done<'a>>,
    /// When the first of the interactions happened; `null` where there are none.
    #[schema(required = true, format = DateTime)]
    first: Option<String>,
    /// When the newest of the interactions happened; `null` where there are none.
    #[schema(required = true, format = DateTime)]
    newest: Option<String>,
    /// Which model knew the films.
    model_version: &'a str,
}

/// A kind of viewer, found among all of them.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "name": "The Suspense Seeker",
    "sentence": "Such viewers like thrillers, crime movies and movies from the nineties more than most viewers do.",
    "share": 0.18
})))]
pub(crate) struct PersonaAnswer {
    /// What it is called: no other kind of the same model has this name.
    name: String,
    /// What such viewers like.
    sentence: String,
    /// Its share of all viewers that the model was trained on.
    #[schema(minimum = 0, maximum = 1)]
    share: f32,
}

impl From<PersonaWords> for PersonaAnswer {
    fn from(words: PersonaWords) -> Self {
        let PersonaWords {
            name,
            sentence,
            share,
        } = words;
        Self {
            name,
            sentence,
            share,
        }
    }
}

/// How many interactions of each kind there are.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counts {
    /// Films watched, or said to have been seen.
    watched: usize,
    /// Films opened, or watched too little to count.
    clicked: usize,
    /// Films liked.
    liked: usize,
    /// Films disliked.
    disliked: usize,
    /// Films rated.
    rated: usize,
    /// Films passed over.
    skipped: usize,
}

/// Something that the viewer likes in films.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({"value": "Science Fiction", "share": 0.42, "films": 12})))]
pub(crate) struct Liked<'a> {
    /// What.
    value: Cow<'a, str>,
    /// Its part of all that speaks for genres, for decades or for directors.
    #[schema(minimum = 0, maximum = 1)]
    share: f64,
    /// How many films speak for it.
    #[schema(minimum = 1)]
    films: usize,
}

impl<'a> Liked<'a> {
    fn list<T>(favourites: Vec<Favourite<T>>, text: impl Fn(T) -> Cow<'a, str>) -> Vec<Self> {
        favourites
            .into_iter()
            .map(|favourite| Self {
                value: text(favourite.value),
                share: favourite.share,
                films: favourite.films,
            })
            .collect()
    }
}

/// Something that the viewer did.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "3f6c2a",
    "movie": "tmdb:603",
    "title": "The Matrix",
    "year": 1999,
    "kind": "rated",
    "at": "2026-01-30T20:15:00Z",
    "stars": 4.5,
    "scale": 5
})))]
pub(crate) struct Done<'a> {
    /// The interaction's id.
    id: &'a str,
    /// The film's id.
    movie: &'a str,
    /// The film's title; `null` where the model does not know it.
    #[schema(required = true)]
    title: Option<&'a str>,
    /// Year of first release.
    #[schema(required = true, minimum = 1870, maximum = 2100)]
    year: Option<u16>,
    #[schema(schema_with = kinds)]
    kind: KindName,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// How long it was watched, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    seconds: Option<f64>,
    /// How long the film is, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    duration: Option<f64>,
    /// How good it was found, where that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0.5, maximum = 10)]
    stars: Option<f64>,
    /// How many stars there are at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 5, maximum = 10)]
    scale: Option<u8>,
}

impl<'a> Done<'a> {
    fn new(Recent { row, movie }: Recent<'a>) -> Self {
        let interaction = &row.interaction;
        let (watch, rating) = match interaction.kind {
            Kind::Watched(watch) | Kind::Clicked(watch) => (watch, None),
            Kind::Rated(rating) => (None, Some(rating)),
            Kind::Liked | Kind::Disliked | Kind::Skipped => (None, None),
        };
        Self {
            id: interaction.id.as_str(),
            movie: movie.map_or(interaction.movie.as_str(), MovieRef::id),
            title: movie.map(MovieRef::title),
            year: movie.and_then(MovieRef::year),
            kind: interaction.kind.name(),
            at: interaction.at.to_string(),
            seconds: watch.map(|watch| watch.seconds),
            duration: watch.map(|watch| watch.duration),
            stars: rating.map(|rating| rating.stars),
            scale: rating.map(|rating| rating.scale.most()),
        }
    }
}

/// A viewer's profile
///
/// What the viewer did and what that says about their taste. Of whom nothing is known has an empty
/// profile.
#[utoipa::path(
    get,
    path = "/viewers/{viewer}",
    tag = "viewers",
    params(ViewerInPath),
    responses(
        (status = 200, description = "The profile.", body = ViewerAnswer<'_>),
        BadParameters,
        NotSignedIn,
        NotYours,
        ServerFault,
        NoModelOrTables,
    ),
    security((), ("bearer" = []))
)]
pub(crate) async fn get_viewer(
    State(front): State<Front>,
    Viewer(viewer): Viewer,
    Serving(model): Serving,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    Params::read::<NoQuery>(query.as_deref()).finish()?;
    let audience = &front.audience;
    let read = try_join(audience.newest(&viewer, MOST), audience.properties(&viewer)).await;
    let (rows, properties) = read.map_err(|error| Problem::of_store(&error))?;
    let profile = Profile::of(&rows, &model);
    let [watched, clicked, liked, disliked, rated, skipped] =
        profile.counts.map(|(_, count)| count);
    let wording = Wording::of(DEFAULT_LOCALE);
    let words = |place| wording.persona(model.personas.as_ref()?, place);
    let persona = profile.persona.persona().and_then(words);
    let answer = ViewerAnswer {
        viewer: viewer.as_str(),
        interactions: rows.len(),
        truncated: rows.len() >= MOST,
        counts: Counts {
            watched,
            clicked,
            liked,
            disliked,
            rated,
            skipped,
        },
        genres: Liked::list(profile.genres, Cow::from),
        decades: Liked::list(profile.decades, |first| format!("{first}s").into()),
        directors: Liked::list(profile.directors, Cow::from),
        persona: persona.map(PersonaAnswer::from),
        persona_missing: profile.persona.missing(),
        properties: properties.as_ref().map(|said| &said.values),
        recent: profile.recent.into_iter().map(Done::new).collect(),
        first: profile.first.map(|at| at.to_string()),
        newest: profile.newest.map(|at| at.to_string()),
        model_version: model.version(),
    };
    Ok(private(&answer))
}

/// Forget a viewer
///
/// Everything that was accepted about the viewer until now goes: it is answered no more from here
/// on, and deleted soon. A viewer of whom nothing is known is forgotten all the same.
#[utoipa::path(
    delete,
    path = "/viewers/{viewer}",
    tag = "viewers",
    params(ViewerInPath),
    responses(
        (status = 204, description = "The viewer is forgotten."),
        BadParameters,
        NotSignedIn,
        NotYours,
        ServerFault,
        NoTables,
    ),
    security((), ("bearer" = []))
)]
pub(crate) async fn forget_viewer(
    State(front): State<Front>,
    Viewer(viewer): Viewer,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, Problem> {
    Params::read::<NoQuery>(query.as_deref()).finish()?;
    let forgotten = front.audience.forget(&viewer).await;
    forgotten.map_err(|error| Problem::of_store(&error))?;
    Ok(StatusCode::NO_CONTENT)
}
