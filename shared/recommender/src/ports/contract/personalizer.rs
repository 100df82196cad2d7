use std::collections::BTreeSet;

use crate::ports::{
    MAX_PERSONALIZED, PersonalizedList, Personalizer, PersonalizerCause, RankingQuery,
    RecommendationQuery,
};

/// What the contract of [`Personalizer`] is tried on.
#[derive(Clone, Copy, Debug)]
pub struct Campaigns<'a> {
    /// The ARN of a campaign that recommends items to whoever asks, at least five.
    pub recommending: &'a str,
    /// The ARN of a campaign that ranks.
    pub ranking: &'a str,
    /// An ARN that is no campaign's.
    pub unknown: &'a str,
    /// Ids of items that the campaigns know, at least two.
    pub items: &'a [&'a str],
}

/// The contract of [`Personalizer`].
///
/// # Panics
/// When the engine breaks it.
pub async fn personalizer(engine: &dyn Personalizer, campaigns: &Campaigns<'_>) {
    recommends(engine, campaigns).await;
    ranks(engine, campaigns).await;
    refuses(engine, campaigns).await;
}

#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
async fn recommends(engine: &dyn Personalizer, campaigns: &Campaigns<'_>) {
    for num in [1, 5, MAX_PERSONALIZED] {
        let query = asked(campaigns.recommending, num);
        let list = engine.recommend(&query).await.unwrap();
        sound(&list);
        assert!(list.items.len() <= num, "{num}: {list:?}");
        assert!(list.items.len() >= num.min(5), "{num}: {list:?}");
    }
}

#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
async fn ranks(engine: &dyn Personalizer, campaigns: &Campaigns<'_>) {
    let mut query = RankingQuery {
        campaign: campaigns.ranking.to_owned(),
        user: "ada".to_owned(),
        items: campaigns.items.iter().map(|id| (*id).to_owned()).collect(),
    };
    let unknown = "film:no-campaign-knows-it";
    query.items.insert(0, unknown.to_owned());
    let ranked = engine.rank(&query).await.unwrap();
    sound(&ranked);
    let given: BTreeSet<&String> = query.items.iter().collect();
    let ids: BTreeSet<&String> = ranked.items.iter().map(|item| &item.id).collect();
    assert_eq!(ids, given);
    let last = ranked.items.last().unwrap();
    assert_eq!(last.id, unknown, "what is not known stands last");
}

async fn refuses(engine: &dyn Personalizer, campaigns: &Campaigns<'_>) {
    let cause = async |query: &RecommendationQuery| match engine.recommend(query).await {
        Err(error) => {
            assert_eq!(error.campaign, query.campaign);
            error.cause
        }
        Ok(list) => panic!("{query:?} gave {list:?}"),
    };
    let unknown = asked(campaigns.unknown, 5);
    assert_eq!(cause(&unknown).await, PersonalizerCause::NotFound);
    let too_many = asked(campaigns.recommending, MAX_PERSONALIZED + 1);
    assert_eq!(cause(&too_many).await, PersonalizerCause::Invalid);
    let mut of_nobody = asked(campaigns.recommending, 5);
    of_nobody.user = None;
    assert_eq!(cause(&of_nobody).await, PersonalizerCause::Invalid);

    let query = RankingQuery {
        campaign: campaigns.unknown.to_owned(),
        user: "ada".to_owned(),
        items: vec!["tmdb:1".to_owned()],
    };
    let refused = engine.rank(&query).await;
    let cause = refused.map_err(|error| error.cause);
    assert_eq!(cause, Err(PersonalizerCause::NotFound));
}

fn asked(campaign: &str, num: usize) -> RecommendationQuery {
    RecommendationQuery {
        campaign: campaign.to_owned(),
        user: Some("ada".to_owned()),
        num,
        ..RecommendationQuery::default()
    }
}

/// Every item once, with a name, and scores that mean something.
fn sound(list: &PersonalizedList) {
    let ids: BTreeSet<&String> = list.items.iter().map(|item| &item.id).collect();
    assert_eq!(ids.len(), list.items.len(), "{list:?}");
    assert!(list.items.iter().all(|item| !item.id.is_empty()));
    let scores: Vec<f64> = list.items.iter().filter_map(|item| item.score).collect();
    assert!(scores.iter().all(|score| score.is_finite()), "{list:?}");
    assert!(scores.is_sorted_by(|a, b| a >= b), "{list:?}");
    assert_ne!(list.recommendation.as_deref(), Some(""));
}
