use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use matinee::backend::Fallback;
use matinee::catalogue::find;
use matinee::taste::RecommendationId;
use matinee::wording::{DEFAULT_LOCALE, Wording};
use serde::Serialize;
use utoipa::ToSchema;

use super::like;
use crate::dto::{Movie, MovieName, Recommendation};
use crate::params::{Call, Param, Params, QueryOf};
use crate::problem::{BadParameters, NoModel, NoSuchMovie, Problem, ServerFault, quoted};
use crate::recommender::{Recommender, fallback_schema};
use crate::router::Front;
use crate::serving::Serving;

/// The call's parameters.
pub(crate) struct Recommend;

impl Call for Recommend {
    const OWN: &'static [Param] = &[Param::MovieName, Param::Model];
    const SHARED: bool = true;
    const DEFAULT_LIMIT: usize = 5;
}

/// Films recommended for one that was named.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecommendAnswer<'a> {
    /// The film that the name was taken for.
    movie: Movie<'a>,
    /// Other films of that name, the likeliest first.
    did_you_mean: Vec<MovieName<'a>>,
    /// The titles of `recommendations` alone.
    #[schema(examples(json!(["Dark City", "Blade Runner"])))]
    recommended_movies: Vec<&'a str>,
    /// The best first.
    recommendations: Vec<Recommendation<'a>>,
    /// The token of the next page, `null` on the last.
    #[schema(required = true)]
    next_page: Option<String>,
    recommender: Recommender,
    #[schema(required = true, schema_with = fallback_schema)]
    fallback: Option<Fallback>,
    /// What Amazon Personalize calls this page, where it made it: to be sent as `recommendation` with what a
    /// viewer does with its films.
    #[schema(required = true, value_type = Option<String>)]
    recommendation_id: Option<RecommendationId>,
    /// Which model answered.
    model_version: &'a str,
}

/// Films for somebody who likes a film
///
/// Takes the name as typed or spoken. A name that fits no film is a 404 with the nearest titles
/// in `did_you_mean`; a name that fits several is taken for the best known, the others being in
/// `did_you_mean`.
#[utoipa::path(
    get,
    path = "/recommend",
    tag = "films",
    params(QueryOf<Recommend>),
    responses(
        (status = 200, description = "Films like the one named, the best first.", body = RecommendAnswer<'_>),
        BadParameters,
        NoSuchMovie,
        ServerFault,
        NoModel,
    )
)]
pub(crate) async fn recommend(
    State(front): State<Front>,
    Serving(model): Serving,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut params = Params::read::<Recommend>(query.as_deref());
    let name = params.movie_name();
    let list = params.list();
    let wanted = params.wanted(&model.catalogue);
    params.finish()?;

    let found = find(&model, &name);
    let did_you_mean = MovieName::list(&model, &found.did_you_mean);
    let Some(movie) = found.movie else {
        let detail = format!("no film is called {}", quoted(&name));
        let nearest = did_you_mean.into_iter().map(MovieName::into_owned);
        return Err(Problem::movie_not_found(detail).did_you_mean(nearest.collect()));
    };
    let movie = model.catalogue.get(movie);
    let made = like(&front, &model, movie, list, &wanted).await?;
    let wording = Wording::of(DEFAULT_LOCALE);
    let recommendations = Recommendation::list(&model, wording, made.films);
    let answer = RecommendAnswer {
        movie: Movie::new(movie),
        did_you_mean,
        recommended_movies: recommendations.iter().map(Recommendation::title).collect(),
        recommendations,
        next_page: made.next_page,
        recommender: made.by,
        fallback: made.fallback,
        recommendation_id: made.recommendation,
        model_version: model.version(),
    };
    Ok(Json(answer).into_response())
}
