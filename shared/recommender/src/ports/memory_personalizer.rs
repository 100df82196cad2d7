use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::personalizer::{
    MAX_PERSONALIZED, Personalized, PersonalizedItem, PersonalizedList, Personalizer,
    PersonalizerCause, PersonalizerError, RankingQuery, RecommendationQuery,
};

/// Campaigns in memory, for tests: each has one list, which is everybody's.
#[derive(Debug, Default)]
pub struct MemoryPersonalizer {
    campaigns: Mutex<BTreeMap<String, Vec<PersonalizedItem>>>,
    failing: Mutex<Option<PersonalizerCause>>,
    takes: Mutex<Duration>,
    asked: Mutex<Vec<RecommendationQuery>>,
    ranked: Mutex<Vec<RankingQuery>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryPersonalizer {
    /// Gives the campaign of this ARN this list, the best first.
    pub fn campaign(&self, arn: &str, items: Vec<PersonalizedItem>) {
        lock(&self.campaigns).insert(arn.to_owned(), items);
    }

    /// Lets every call fail like this from now on, or none.
    pub fn fail(&self, cause: Option<PersonalizerCause>) {
        *lock(&self.failing) = cause;
    }

    /// Lets every call take so long from now on: one that may not fails, and no time goes by.
    pub fn take(&self, long: Duration) {
        *lock(&self.takes) = long;
    }

    /// What was asked so far, in order.
    pub fn asked(&self) -> Vec<RecommendationQuery> {
        lock(&self.asked).clone()
    }

    /// What was to be ranked so far, in order.
    pub fn ranked(&self) -> Vec<RankingQuery> {
        lock(&self.ranked).clone()
    }

    fn list(&self, campaign: &str) -> Result<Vec<PersonalizedItem>, PersonalizerCause> {
        if let Some(cause) = *lock(&self.failing) {
            return Err(cause);
        }
        let campaigns = lock(&self.campaigns);
        campaigns
            .get(campaign)
            .cloned()
            .ok_or(PersonalizerCause::NotFound)
    }

    fn recommended(
        &self,
        query: &RecommendationQuery,
    ) -> Result<Vec<PersonalizedItem>, PersonalizerCause> {
        let mut items = self.list(&query.campaign)?;
        if query.limit.is_some_and(|limit| limit < *lock(&self.takes)) {
            return Err(PersonalizerCause::TimedOut);
        }
        let asks = query.user.is_some() || query.item.is_some();
        if !asks || !(1..=MAX_PERSONALIZED).contains(&query.num) {
            return Err(PersonalizerCause::Invalid);
        }
        items.retain(|item| query.item.as_ref() != Some(&item.id));
        items.truncate(query.num);
        Ok(items)
    }

    fn ranking(&self, query: &RankingQuery) -> Result<Vec<PersonalizedItem>, PersonalizerCause> {
        let mut items = self.list(&query.campaign)?;
        if !(1..=MAX_PERSONALIZED).contains(&query.items.len()) {
            return Err(PersonalizerCause::Invalid);
        }
        items.retain(|item| query.items.contains(&item.id));
        for id in &query.items {
            if items.iter().all(|item| item.id != *id) {
                items.push(PersonalizedItem {
                    id: id.clone(),
                    ..PersonalizedItem::default()
                });
            }
        }
        Ok(items)
    }

    fn answer<'a>(
        &self,
        action: &'static str,
        campaign: &str,
        items: Result<Vec<PersonalizedItem>, PersonalizerCause>,
    ) -> Personalized<'a> {
        let answer = items.map(|items| PersonalizedList {
            items,
            recommendation: Some("RID-memory".to_owned()),
            took: *lock(&self.takes),
        });
        let answer = answer.map_err(|cause| PersonalizerError {
            action,
            campaign: campaign.to_owned(),
            cause,
            source: "as the test wants it".into(),
        });
        Box::pin(std::future::ready(answer))
    }
}

impl Personalizer for MemoryPersonalizer {
    fn recommend<'a>(&'a self, query: &'a RecommendationQuery) -> Personalized<'a> {
        lock(&self.asked).push(query.clone());
        let items = self.recommended(query);
        self.answer("get recommendations of", &query.campaign, items)
    }

    fn rank<'a>(&'a self, query: &'a RankingQuery) -> Personalized<'a> {
        lock(&self.ranked).push(query.clone());
        let items = self.ranking(query);
        self.answer("get a ranking of", &query.campaign, items)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::ports::contract;

    #[test]
    fn memory_keeps_the_contract() {
        let memory = MemoryPersonalizer::default();
        let item = |nth: usize| PersonalizedItem {
            id: format!("tmdb:{nth}"),
            score: Some(1.0 / (nth as f64 + 1.0)),
            explored: false,
        };
        let campaigns = contract::Campaigns {
            recommending: "arn:aws:personalize:us-east-1:1:campaign/for-you",
            ranking: "arn:aws:personalize:us-east-1:1:campaign/ranking",
            unknown: "arn:aws:personalize:us-east-1:1:campaign/unknown",
            items: &["tmdb:3", "tmdb:1", "tmdb:8"],
        };
        for arn in [campaigns.recommending, campaigns.ranking] {
            memory.campaign(arn, (0..30).map(item).collect());
        }
        let suite = contract::personalizer(&memory, &campaigns);
        assert!(suite.now_or_never().is_some());
    }
}
