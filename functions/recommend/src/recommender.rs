//! Who makes a list: our own model, or another recommender with ours behind it.

use std::borrow::Cow;
use std::future::Future;

use matinee::backend::{Chosen, Fallback, NotChosen};
use matinee::recommend::{Filters, Page, Recommendation};
use matinee::taste::RecommendationId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use crate::paging::{Place, SharedPaging};

/// Who made a list, or a page of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Recommender {
    /// Matinee's own model.
    Matinee,
    /// Amazon Personalize.
    Personalize,
}

/// A page of a list.
pub(crate) struct Made {
    pub(crate) films: Vec<Recommendation>,
    /// The token of the next page.
    pub(crate) next_page: Option<String>,
    pub(crate) by: Recommender,
    /// Why the other recommender did not make it, which was to.
    pub(crate) fallback: Option<Fallback>,
    /// What the other recommender calls it.
    pub(crate) recommendation: Option<RecommendationId>,
}

/// The page where `paging` says, which `elsewhere` makes behind what it gave before, and if it cannot or
/// there is none, `own`, with filters and offset.
///
/// A list that our own model has begun it goes on with, so that it stays one.
pub(crate) async fn page(
    paging: &SharedPaging,
    filters: &Filters,
    elsewhere: Option<impl Future<Output = Result<Chosen, NotChosen>>>,
    own: impl FnOnce(&Filters, usize) -> Page,
) -> Made {
    let given = paging.given();
    let (fallback, offset) = match (elsewhere, &paging.place) {
        (None, Place::Own(offset, _)) => (None, *offset),
        (None, _) => (None, 0),
        (Some(_), Place::Own(offset, _)) => (Some(Fallback::Continued), *offset),
        (Some(elsewhere), _) => match elsewhere.await {
            Ok(chosen) => return made_elsewhere(paging, chosen),
            Err(error) => (Some(told(&error)), 0),
        },
    };
    let mut filters = Cow::Borrowed(filters);
    if !given.is_empty() {
        filters.to_mut().exclude.extend(given);
    }
    let page = own(&filters, offset);
    Made {
        films: page.recommendations,
        next_page: paging.own_token(page.next),
        by: Recommender::Matinee,
        fallback,
        recommendation: None,
    }
}

/// A page of the other recommender's. That there are fewer films than there might be, since it failed when it
/// was asked for more, is a line of the log.
fn made_elsewhere(paging: &SharedPaging, chosen: Chosen) -> Made {
    if let Some(failed) = &chosen.failed {
        tracing::warn!(
            error = %failed,
            cause = %failed.source,
            "a list of Personalize's is shorter: it could not be asked for more"
        );
    }
    let films = chosen.recommendations.iter().map(|film| film.movie);
    Made {
        next_page: chosen.more.then(|| paging.behind(films)),
        films: chosen.recommendations,
        by: Recommender::Personalize,
        fallback: None,
        recommendation: chosen.recommendation,
    }
}

/// Logs why the other recommender made no page, in a line that is counted by its `fallback`; that it knows no
/// more films is none of its failures.
fn told(error: &NotChosen) -> Fallback {
    let fallback = error.fallback();
    if let NotChosen::Failed(failed) = error {
        tracing::warn!(
            fallback = fallback.as_str(),
            error = %failed,
            cause = %failed.source,
            "our own model makes a list instead of Personalize"
        );
    }
    fallback
}

/// How answers describe their `fallback`.
pub(crate) fn fallback_schema() -> Object {
    let names = Fallback::ALL.map(|fallback| Some(fallback.as_str()));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(names.into_iter().chain([None])))
        .description(Some(
            "Why Amazon Personalize, which was to make this page, did not: it gave no answer in time \
             (`timed_out`), takes no more requests at the moment (`throttled`), has no such campaign or \
             filter (`not_found`), refused the request (`invalid`) or failed in another way (`failed`); it \
             knows no further films that pass (`exhausted`); or Matinee's own model made an earlier page \
             of this list (`continued`). `null` where it made the page, and where it was not to.",
        ))
        .build()
}
