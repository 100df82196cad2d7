use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use matinee::backend::Fallback;
use matinee::catalogue::search;
use matinee::model::MovieIndex;
use matinee::recommend::{also_liked, top_picks};
use matinee::taste::RecommendationId;
use matinee::wording::{DEFAULT_LOCALE, Wording};
use serde::Serialize;
use utoipa::ToSchema;

use super::{cut, like};
use crate::dto::{Movie, MovieDetail, Recommendation};
use crate::paging::Paging;
use crate::params::{Call, IdInPath, NoQuery, Param, Params, PathId, QueryOf};
use crate::problem::{BadParameters, NoModel, NoSuchMovie, Problem, ServerFault};
use crate::recommender::{Recommender, fallback_schema};
use crate::router::Front;
use crate::serving::Serving;

/// The search's parameters.
pub(crate) struct SearchMovies;

impl Call for SearchMovies {
    const OWN: &'static [Param] = &[Param::Query];
}

/// The parameters of the call for similar films.
pub(crate) struct SimilarMovies;

impl Call for SimilarMovies {
    const OWN: &'static [Param] = &[Param::Model];
    const SHARED: bool = true;
}

/// The parameters of the call for what viewers of a film also liked.
pub(crate) struct AlsoLiked;

impl Call for AlsoLiked {
    const OWN: &'static [Param] = &[];
}

/// Films found.
#[derive(Serialize, ToSchema)]
pub(crate) struct MoviesAnswer<'a> {
    /// The closest first.
    movies: Vec<Movie<'a>>,
    /// The token of the next page, `null` on the last.
    #[schema(required = true)]
    next_page: Option<String>,
}

/// Films that go with another one.
#[derive(Serialize, ToSchema)]
pub(crate) struct SimilarAnswer<'a> {
    /// The film compared with.
    movie: Movie<'a>,
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

/// Films by title
///
/// Searches while somebody types: the film meant first, then titles that begin like this, then
/// titles with words that do, then titles spelt alike; of equally close ones the best known first.
#[utoipa::path(
    get,
    path = "/movies",
    tag = "films",
    params(QueryOf<SearchMovies>),
    responses(
        (status = 200, description = "Films, the closest first; none when nothing is close.", body = MoviesAnswer<'_>),
        BadParameters,
        ServerFault,
        NoModel,
    )
)]
pub(crate) async fn search_movies(
    Serving(model): Serving,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut params = Params::read::<SearchMovies>(query.as_deref());
    let typed = params.query();
    let wanted = params.wanted(&model.catalogue);
    params.finish()?;

    let paging = Paging::of(&model, &format!("movies {typed:?}"), &wanted)?;
    let (movies, next_page): (Vec<MovieIndex>, _) = if let Some(typed) = typed {
        let matches = search(&model, &typed, &wanted.filters);
        cut(&matches, &paging, wanted.limit)
    } else {
        let page = top_picks(&model, &wanted.filters, paging.offset, wanted.limit);
        let movies = page.recommendations.iter().map(|r| r.movie).collect();
        (movies, paging.token(page.next))
    };
    let answer = MoviesAnswer {
        movies: movies
            .into_iter()
            .map(|movie| Movie::new(model.catalogue.get(movie)))
            .collect(),
        next_page,
    };
    Ok(Json(answer).into_response())
}

/// One film
///
/// Everything known about it. Any id under which a catalogue knows the film is accepted; the
/// answer carries the id that Matinee uses.
#[utoipa::path(
    get,
    path = "/movies/{id}",
    tag = "films",
    params(IdInPath),
    responses(
        (status = 200, description = "The film.", body = MovieDetail<'_>),
        BadParameters,
        NoSuchMovie,
        ServerFault,
        NoModel,
    )
)]
pub(crate) async fn get_movie(
    Serving(model): Serving,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    Params::read::<NoQuery>(query.as_deref()).finish()?;
    match model.catalogue.by_id(id.as_str()) {
        Some(movie) => Ok(Json(MovieDetail::new(movie)).into_response()),
        None => Err(Problem::movie_not_found(format!("no film has the id {id}"))),
    }
}

/// Films like one
///
/// The nearest films first; behind them films whose facts are alike, then well-known ones, as
/// their reasons say.
#[utoipa::path(
    get,
    path = "/movies/{id}/similar",
    tag = "films",
    params(IdInPath, QueryOf<SimilarMovies>),
    responses(
        (status = 200, description = "Films like this one, the nearest first.", body = SimilarAnswer<'_>),
        BadParameters,
        NoSuchMovie,
        ServerFault,
        NoModel,
    )
)]
pub(crate) async fn similar_movies(
    State(front): State<Front>,
    Serving(model): Serving,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut params = Params::read::<SimilarMovies>(query.as_deref());
    let list = params.list();
    let wanted = params.wanted(&model.catalogue);
    params.finish()?;

    let Some(movie) = model.catalogue.by_id(id.as_str()) else {
        return Err(Problem::movie_not_found(format!("no film has the id {id}")));
    };
    let made = like(&front, &model, movie, list, &wanted).await?;
    let wording = Wording::of(DEFAULT_LOCALE);
    let answer = SimilarAnswer {
        movie: Movie::new(movie),
        recommendations: Recommendation::list(&model, wording, made.films),
        next_page: made.next_page,
        recommender: made.by,
        fallback: made.fallback,
        recommendation_id: made.recommendation,
        model_version: model.version(),
    };
    Ok(Json(answer).into_response())
}

/// What viewers who liked a film also liked
///
/// The most telling films first, as viewers taught the model. Empty where it has not learned about the
/// film from any.
#[utoipa::path(
    get,
    path = "/movies/{id}/also-liked",
    tag = "films",
    params(IdInPath, QueryOf<AlsoLiked>),
    responses(
        (status = 200, description = "Films that the film's viewers liked, the most telling first.", body = SimilarAnswer<'_>),
        BadParameters,
        NoSuchMovie,
        ServerFault,
        NoModel,
    )
)]
pub(crate) async fn movies_also_liked(
    Serving(model): Serving,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut params = Params::read::<AlsoLiked>(query.as_deref());
    let wanted = params.wanted(&model.catalogue);
    params.finish()?;

    let Some(movie) = model.catalogue.by_id(id.as_str()) else {
        return Err(Problem::movie_not_found(format!("no film has the id {id}")));
    };
    let paging = Paging::of(&model, &format!("also liked {}", movie.id()), &wanted)?;
    let (filters, offset) = (&wanted.filters, paging.offset);
    let page = also_liked(&model, movie.index(), filters, offset, wanted.limit);
    let wording = Wording::of(DEFAULT_LOCALE);
    let answer = SimilarAnswer {
        movie: Movie::new(movie),
        recommendations: Recommendation::list(&model, wording, page.recommendations),
        next_page: paging.token(page.next),
        recommender: Recommender::Matinee,
        fallback: None,
        recommendation_id: None,
        model_version: model.version(),
    };
    Ok(Json(answer).into_response())
}
