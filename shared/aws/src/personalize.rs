//! Amazon Personalize.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_personalizeruntime::config::http::HttpResponse;
use aws_sdk_personalizeruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_personalizeruntime::types::PredictedItem;
use matinee::backend::Backend;
use matinee::ports::{
    Personalized, PersonalizedItem, PersonalizedList, Personalizer, PersonalizerCause,
    PersonalizerError, RankingQuery, RecommendationQuery,
};
use tokio::time::timeout;

use crate::failure::Failure;
use crate::{Clients, Settings};

/// What Personalize calls its reason for an item that it gives in order to learn.
const EXPLORATION: &str = "exploration";

/// Campaigns of the account in its region.
#[derive(Debug)]
pub struct PersonalizeRuntime {
    clients: Arc<Clients>,
    limit: Duration,
}

impl PersonalizeRuntime {
    /// Campaigns, of which each call takes `limit` at most, with all that is tried again. Nothing is called
    /// before something is asked for. The clients know one limit: that of whoever makes this first.
    pub fn new(clients: &Arc<Clients>, limit: Duration) -> Self {
        Self {
            clients: Arc::clone(clients),
            limit,
        }
    }
}

/// Who makes lists instead of our own model, as the settings say; `None` where nobody does.
pub fn backend(settings: &Settings, clients: &Arc<Clients>) -> Option<Backend> {
    let settings = settings.backend.clone()?;
    let campaigns = PersonalizeRuntime::new(clients, settings.limit);
    Some(Backend::new(Arc::new(campaigns), settings))
}

impl Personalizer for PersonalizeRuntime {
    fn recommend<'a>(&'a self, query: &'a RecommendationQuery) -> Personalized<'a> {
        Box::pin(async move {
            let began = Instant::now();
            let client = self.clients.personalize(self.limit).await;
            let filter = query.filter.as_ref();
            let call = client
                .get_recommendations()
                .campaign_arn(&query.campaign)
                .set_user_id(query.user.clone())
                .set_item_id(query.item.clone())
                .num_results(i32::try_from(query.num).unwrap_or(i32::MAX))
                .set_filter_arn(filter.map(|filter| filter.arn.clone()))
                .set_filter_values(filter.map(|filter| filter.values.iter().cloned().collect()));
            let limit = query.limit.unwrap_or(self.limit);
            let action = "get recommendations of";
            match timeout(limit, call.send()).await {
                Ok(Ok(answer)) => Ok(PersonalizedList {
                    took: began.elapsed(),
                    ..list(answer.item_list, answer.recommendation_id)
                }),
                Ok(Err(error)) => Err(failed(action, &query.campaign, error)),
                Err(late) => Err(PersonalizerError {
                    action,
                    campaign: query.campaign.clone(),
                    cause: PersonalizerCause::TimedOut,
                    source: late.into(),
                }),
            }
        })
    }

    fn rank<'a>(&'a self, query: &'a RankingQuery) -> Personalized<'a> {
        Box::pin(async move {
            let began = Instant::now();
            let client = self.clients.personalize(self.limit).await;
            let call = client
                .get_personalized_ranking()
                .campaign_arn(&query.campaign)
                .user_id(&query.user)
                .set_input_list(Some(query.items.clone()));
            match call.send().await {
                Ok(answer) => Ok(PersonalizedList {
                    took: began.elapsed(),
                    ..list(answer.personalized_ranking, answer.recommendation_id)
                }),
                Err(error) => Err(failed("get a ranking of", &query.campaign, error)),
            }
        })
    }
}

/// An item that has no id is none.
fn list(items: Option<Vec<PredictedItem>>, recommendation: Option<String>) -> PersonalizedList {
    let item = |item: PredictedItem| {
        let reasons = item.reason.unwrap_or_default();
        let explored = reasons
            .iter()
            .any(|reason| reason.to_ascii_lowercase().starts_with(EXPLORATION));
        Some(PersonalizedItem {
            id: item.item_id.filter(|id| !id.is_empty())?,
            score: item.score,
            explored,
        })
    };
    PersonalizedList {
        items: items.into_iter().flatten().filter_map(item).collect(),
        recommendation: recommendation.filter(|id| !id.is_empty()),
        ..PersonalizedList::default()
    }
}

fn failed<E>(
    action: &'static str,
    campaign: &str,
    error: SdkError<E, HttpResponse>,
) -> PersonalizerError
where
    E: ProvideErrorMetadata,
{
    // One type of error for all operations: what follows is large.
    let error = error.map_service_error(|refused| refused.meta().clone());
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    let cause = match &error {
        SdkError::TimeoutError(_) => PersonalizerCause::TimedOut,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => PersonalizerCause::TimedOut,
        error => cause_of(error.code(), status),
    };
    PersonalizerError {
        action,
        campaign: campaign.to_owned(),
        cause,
        source: Failure::of(&error).into_source(),
    }
}

/// What a refusal's code means. The service model names the second and the third; throttling is what every
/// service of AWS may answer.
fn cause_of(code: Option<&str>, status: Option<u16>) -> PersonalizerCause {
    match (code.unwrap_or_default(), status) {
        (
            "ThrottlingException"
            | "Throttling"
            | "TooManyRequestsException"
            | "RequestLimitExceeded",
            _,
        )
        | (_, Some(429)) => PersonalizerCause::Throttled,
        ("ResourceNotFoundException", _) => PersonalizerCause::NotFound,
        ("InvalidInputException" | "ValidationException", _) => PersonalizerCause::Invalid,
        _ => PersonalizerCause::Other,
    }
}
