use utoipa::OpenApi as _;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, PathItem, RefOr};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::handlers;
use crate::problem::Document;
use crate::router::Front;
use crate::serving::MODEL_HEADER;

/// What stands above the calls.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Matinee",
        description = "Recommends films: for a film that somebody likes, for somebody of whom \
            nothing is known, for a viewer by what they did, and in conversation. Takes what viewers do, and tells what that \
            says about them.\n\n\
            Answers are JSON in UTF-8. What is not known about a film is `null`, or an empty \
            list. Refusals are RFC 9457 problem documents (`application/problem+json`, schema \
            `Problem`) with a stable `code`; also at a path that is none (404, \
            `path_not_found`) and for a method that a path does not answer (405, \
            `method_not_allowed`, with `Allow`). Unknown and repeated parameters are refused, \
            so that a slip does not go unnoticed; only `/health`, `/openapi.json` and `/` take \
            no notice of them. `HEAD` is answered wherever `GET` is."
    ),
    tags(
        (name = "films", description = "Finding films and recommending them"),
        (name = "viewers", description = "What viewers do, and what that says about them"),
        (name = "conversation", description = "Talking about films"),
        (name = "service", description = "About the service itself"),
    ),
    components(schemas(Document))
)]
struct Head;

/// Every call that the router answers, described where its handler is.
fn calls() -> OpenApi {
    OpenApiRouter::<Front>::new()
        .routes(routes!(handlers::recommend::recommend))
        .routes(routes!(handlers::movies::search_movies))
        .routes(routes!(handlers::movies::get_movie))
        .routes(routes!(handlers::movies::similar_movies))
        .routes(routes!(handlers::movies::movies_also_liked))
        .routes(routes!(handlers::well_known::top_picks))
        .routes(routes!(handlers::well_known::trending))
        .routes(routes!(handlers::converse::converse))
        .routes(routes!(handlers::interactions::add_interactions))
        .routes(routes!(handlers::for_you::get_recommendations))
        .routes(routes!(
            handlers::viewers::get_viewer,
            handlers::viewers::forget_viewer
        ))
        .routes(routes!(handlers::analytics::get_analytics))
        .routes(routes!(handlers::service::health))
        .routes(routes!(handlers::service::openapi_json))
        .routes(routes!(handlers::service::page))
        .into_openapi()
}

/// The description of every call that [`router`](crate::router()) answers, as OpenAPI 3.1.
///
/// It is made from the code, and served as `openapi.json` beside this file keeps it: a service that
/// had to make it would be larger by what describes each answer, and start later.
pub fn openapi() -> OpenApi {
    let mut openapi = OpenApiRouter::<()>::with_openapi(Head::openapi()).into_openapi();
    openapi.merge(calls());
    let bearer = SecurityScheme::Http(bearer());
    let components = openapi.components.get_or_insert_default();
    components.add_security_scheme("bearer", bearer);
    for item in openapi.paths.paths.values_mut() {
        name_the_model(item);
    }
    openapi
}

/// How viewers sign in.
fn bearer() -> Http {
    HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "In the cloud: an access token of the issuer that the service was deployed with. \
             Everybody is the viewer that their token was issued for. A service on one machine \
             asks for none and serves every viewer.",
        ))
        .build()
}

/// Declares the header that the router puts on every response.
fn name_the_model(item: &mut PathItem) {
    let header = HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(
            "The version of the model that answered; absent where none is loaded.",
        ))
        .build();
    let operations = [&mut item.get, &mut item.post, &mut item.delete]
        .into_iter()
        .flatten();
    for response in operations.flat_map(|operation| operation.responses.responses.values_mut()) {
        if let RefOr::T(response) = response {
            let name = MODEL_HEADER.as_str().to_owned();
            response.headers.insert(name, header.clone().into());
        }
    }
}
