//! Amazon Personalize Runtime and Events: their contract, their shapes, their errors.

use std::error::Error as _;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::future::try_join;
use matinee::model::Model;
use matinee::personalize::{
    Basis, Fault, GetPersonalizedRanking, GetRecommendations, PutEvents, PutItems, PutUsers,
};
use matinee::ports::StoreError;
use matinee::recommend::Recommendation;
use matinee::taste::{MAX_HISTORY, Properties, RecommendationId, Recorded, Source, ViewerId};
use serde::Serialize;
use serde_json::json;

use crate::personalize::{Refused, now};
use crate::problem::Problem;
use crate::recommender::Recommender;
use crate::router::Front;
use crate::serving::Serving;

/// A body, as far as it could be read.
type Body = Result<Bytes, BytesRejection>;

/// The model, if there is one.
type Answering = Result<Serving, Problem>;

/// `GetRecommendations`.
pub(crate) async fn get_recommendations(
    State(front): State<Front>,
    serving: Answering,
    body: Body,
) -> Result<Response, Refused> {
    let call = GetRecommendations::read(&body?)?;
    let campaigns = front.personalize.campaigns.get().await?;
    let plan = campaigns.recommendations(&call)?;
    let Serving(model) = serving?;
    let viewer = plan.viewer();
    let known = match viewer.filter(|_| plan.asks_about_viewer()) {
        Some(viewer) => front.known(viewer, plan.asks_about_properties()).await?,
        None => Known::default(),
    };
    let (answer, films) = front.with_basis(&model, &known, |basis| plan.answer(basis))?;
    let id = &answer.recommendation_id;
    front.remember_all(&model, viewer, id, &films).await;
    Ok(private(&answer))
}

/// `GetPersonalizedRanking`.
pub(crate) async fn get_personalized_ranking(
    State(front): State<Front>,
    serving: Answering,
    body: Body,
) -> Result<Response, Refused> {
    let call = GetPersonalizedRanking::read(&body?)?;
    let campaigns = front.personalize.campaigns.get().await?;
    let plan = campaigns.ranking(&call)?;
    let Serving(model) = serving?;
    let known = front.known(plan.viewer(), plan.asks_about_properties());
    let known = known.await?;
    let (answer, films) = front.with_basis(&model, &known, |basis| plan.answer(basis))?;
    let id = &answer.recommendation_id;
    let viewer = Some(plan.viewer());
    front.remember_all(&model, viewer, id, &films).await;
    Ok(private(&answer))
}

/// `PutEvents`. All events are kept or, where one is not understood, none.
pub(crate) async fn put_events(
    State(front): State<Front>,
    serving: Answering,
    body: Body,
) -> Result<Response, Refused> {
    let audience = &front.audience;
    let call = PutEvents::read(&body?)?;
    let Serving(model) = serving?;
    let fraction = audience.watched_fraction();
    let rows = call.interactions(audience.now(), fraction, &model.catalogue)?;
    if !rows.is_empty() {
        let submitted = audience.submit(&rows).await;
        submitted.map_err(|error| unavailable(&error))?;
    }
    Ok(private(&json!({})))
}

/// `PutItems`. All items are kept or, where one is not understood, none.
pub(crate) async fn put_items(
    State(front): State<Front>,
    serving: Answering,
    body: Body,
) -> Result<Response, Refused> {
    let call = PutItems::read(&body?, now())?;
    let Serving(model) = serving?;
    let items = call.items(&model.catalogue)?;
    let Some(store) = &front.personalize.items else {
        return Err(Refused::unavailable("nothing keeps items here"));
    };
    store.keep(items).await.map_err(|error| {
        let cause = error.source().map(tracing::field::display);
        tracing::warn!(%error, cause, "items cannot be kept");
        Refused::unavailable("items cannot be kept now; the same call may succeed later")
    })?;
    Ok(private(&json!({})))
}

/// `PutUsers`. What is said about all users is kept or, where one is not understood, about none.
pub(crate) async fn put_users(State(front): State<Front>, body: Body) -> Result<Response, Refused> {
    let call = PutUsers::read(&body?)?;
    let said = call.properties(front.audience.now());
    let kept = front.audience.describe(&said).await;
    kept.map_err(|error| unavailable(&error))?;
    Ok(private(&json!({})))
}

/// What is known of a viewer.
#[derive(Default)]
struct Known {
    /// What they did, newest first.
    rows: Vec<Recorded>,
    /// What was said about them.
    properties: Option<Properties>,
}

impl Front {
    /// What a viewer did and, where a filter asks, what was said about them: both are read at once.
    async fn known(&self, viewer: &ViewerId, properties: bool) -> Result<Known, Refused> {
        let said = async {
            if properties {
                self.audience.properties(viewer).await
            } else {
                Ok(None)
            }
        };
        let read = try_join(self.audience.newest(viewer, MAX_HISTORY), said).await;
        let (rows, properties) = read.map_err(|error| unavailable(&error))?;
        Ok(Known { rows, properties })
    }

    /// Makes an answer of what is there now.
    fn with_basis<'m, T>(
        &self,
        model: &'m Model,
        known: &Known,
        answer: impl FnOnce(&Basis<'m, '_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        answer(&Basis {
            model,
            filters: &self.personalize.filters,
            rows: &known.rows,
            properties: known.properties.as_ref(),
            now: self.audience.now(),
            personal: &self.audience.personal(),
        })
    }

    /// Remembers what was served, where it was served to somebody.
    async fn remember_all(
        &self,
        model: &Model,
        viewer: Option<&ViewerId>,
        recommendation: &RecommendationId,
        films: &[Recommendation],
    ) {
        if let Some(viewer) = viewer {
            let list = (Source::Personalize, recommendation);
            let served = (Recommender::Matinee, films);
            self.remember(model, viewer, list, served).await;
        }
    }
}

/// The viewers' tables or their queue fail. How is for the log: it names what clients do not know.
fn unavailable(error: &StoreError) -> Refused {
    tracing::warn!(%error, cause = %error.source, "what is known of viewers cannot be kept or read");
    Refused::unavailable(
        "what is known of users cannot be kept or read now; the same call may succeed later",
    )
}

/// An answer that tells what somebody watches: it stays in no cache on the way.
fn private(answer: &impl Serialize) -> Response {
    // Strings and finite numbers only: this cannot fail.
    let json = serde_json::to_vec(answer).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::OK, headers, json).into_response()
}
