use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use futures_util::future::try_join;
use matinee::taste::{Acceptance, GenreWatched, RatingsOfMonth, Uptake, Watching};
use serde::Serialize;
use utoipa::ToSchema;

use super::private;
use super::viewers::MOST;
use crate::access::Viewer;
use crate::params::{NoQuery, Params, ViewerInPath};
use crate::problem::{BadParameters, NoModelOrTables, NotSignedIn, NotYours, Problem, ServerFault};
use crate::router::Front;
use crate::serving::Serving;

/// What a viewer watched, how they rated, and what they took up of what was recommended to them.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnalyticsAnswer<'a> {
    /// The viewer.
    #[schema(pattern = "^[A-Za-z0-9._:-]+$", max_length = 128)]
    viewer: &'a str,
    /// How many interactions the figures are made of: the newest 2,000 at most.
    interactions: usize,
    /// Whether there may be older ones besides.
    truncated: bool,
    watched: Watched,
    /// The ratings month by month, for months that have some.
    ratings: Vec<MonthRated>,
    recommendations: Recommended,
    /// Which model knew the films.
    model_version: &'a str,
}

/// Films watched, each once. A film that was rated counts as watched.
#[derive(Serialize, ToSchema)]
pub(crate) struct Watched {
    /// How many films.
    films: u64,
    /// By genre, the most watched first. A film of several genres is one of each.
    genres: Vec<GenreCount>,
}

/// How many films of a genre were watched.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({"genre": "Science Fiction", "films": 12})))]
pub(crate) struct GenreCount {
    /// The genre.
    genre: &'static str,
    /// How many films.
    #[schema(minimum = 1)]
    films: u64,
}

/// The ratings of a month.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({"month": "2026-01", "ratings": 9, "mean_stars": 3.5})))]
pub(crate) struct MonthRated {
    /// The month in UTC.
    #[schema(pattern = "^-?[0-9]+-[0-9]{2}$")]
    month: String,
    /// How many ratings.
    #[schema(minimum = 1)]
    ratings: u64,
    /// Their mean on the scale of 0.5 to 5 stars; those on the scale of ten are brought to it.
    #[schema(minimum = 0.5, maximum = 5)]
    mean_stars: f64,
}

/// What was recommended in the last 30 days, and what of it was accepted.
///
/// A film of a list is accepted when the viewer watched it, liked it or gave it more than half of the
/// stars, and did so after it was served or named the list as `recommendation`. It counts once for the
/// list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Recommended {
    all: TakenUp,
    /// By the front that a list was served through, such as `http` or `voice`.
    by_source: BTreeMap<&'static str, TakenUp>,
    /// By the day in UTC on which a list was served first, as `YYYY-MM-DD`.
    by_day: BTreeMap<String, TakenUp>,
    /// By the version of the model that made a list; `personalize` where Amazon Personalize made it.
    by_model: BTreeMap<String, TakenUp>,
}

/// How much was served, and how much of it was taken up.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({"lists": 4, "accepted_lists": 2, "list_share": 0.5, "films": 80,
    "accepted_films": 4, "film_share": 0.05})))]
pub(crate) struct TakenUp {
    /// Lists served.
    lists: u64,
    /// Lists of which at least one film was accepted.
    accepted_lists: u64,
    /// `accepted_lists` / `lists`; `null` where nothing was served.
    #[schema(required = true, minimum = 0, maximum = 1)]
    list_share: Option<f64>,
    /// Films served, each once for its list.
    films: u64,
    /// Films accepted.
    accepted_films: u64,
    /// `accepted_films` / `films`; `null` where nothing was served.
    #[schema(required = true, minimum = 0, maximum = 1)]
    film_share: Option<f64>,
}

impl From<Uptake> for TakenUp {
    fn from(uptake: Uptake) -> Self {
        Self {
            lists: uptake.lists,
            accepted_lists: uptake.accepted_lists,
            list_share: uptake.list_share(),
            films: uptake.films,
            accepted_films: uptake.accepted_films,
            film_share: uptake.film_share(),
        }
    }
}

impl From<Acceptance> for Recommended {
    fn from(acceptance: Acceptance) -> Self {
        fn each<K: Ord>(map: BTreeMap<K, Uptake>) -> BTreeMap<K, TakenUp> {
            let entries = map.into_iter();
            entries.map(|(key, uptake)| (key, uptake.into())).collect()
        }
        Self {
            all: acceptance.all.into(),
            by_source: each(acceptance.by_source),
            by_day: each(acceptance.by_day),
            by_model: each(acceptance.by_model),
        }
    }
}

impl From<&Watching> for Watched {
    fn from(watching: &Watching) -> Self {
        let count = |GenreWatched { genre, films }| GenreCount { genre, films };
        Self {
            films: watching.films(),
            genres: watching.genres().into_iter().map(count).collect(),
        }
    }
}

impl From<RatingsOfMonth> for MonthRated {
    fn from(month: RatingsOfMonth) -> Self {
        Self {
            month: month.month,
            ratings: month.ratings,
            mean_stars: month.mean_stars,
        }
    }
}

/// A viewer's analytics
///
/// Films watched by genre, ratings over time, and the share of the recommendations of the last 30 days
/// that was accepted. Of whom nothing is known has figures of 0.
#[utoipa::path(
    get,
    path = "/viewers/{viewer}/analytics",
    tag = "viewers",
    params(ViewerInPath),
    responses(
        (status = 200, description = "The figures.", body = AnalyticsAnswer<'_>),
        BadParameters,
        NotSignedIn,
        NotYours,
        ServerFault,
        NoModelOrTables,
    ),
    security((), ("bearer" = []))
)]
pub(crate) async fn get_analytics(
    State(front): State<Front>,
    Viewer(viewer): Viewer,
    Serving(model): Serving,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    Params::read::<NoQuery>(query.as_deref()).finish()?;
    let read = try_join(
        front.audience.newest(&viewer, MOST),
        front.audience.served(&viewer),
    );
    let (rows, pages) = read.await.map_err(|error| Problem::of_store(&error))?;
    let (mut watching, mut acceptance) = (Watching::default(), Acceptance::default());
    watching.count(&rows, &model.catalogue);
    acceptance.count(&pages, &rows, &model.catalogue);
    let answer = AnalyticsAnswer {
        viewer: viewer.as_str(),
        interactions: rows.len(),
        truncated: rows.len() >= MOST,
        watched: Watched::from(&watching),
        ratings: watching
            .ratings()
            .into_iter()
            .map(MonthRated::from)
            .collect(),
        recommendations: acceptance.into(),
        model_version: model.version(),
    };
    Ok(private(&answer))
}
