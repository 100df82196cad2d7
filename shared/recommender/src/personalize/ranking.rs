//! `GetPersonalizedRanking`, answered.

use std::collections::{BTreeMap, BTreeSet};

use super::Fault;
use super::answer::{PredictedItem, Ranking};
use super::campaigns::{Campaigns, List};
use super::chosen::{Basis, Chosen};
use super::request::GetPersonalizedRanking;
use crate::model::MovieIndex;
use crate::recommend::{Filters, ForYouQuery, Reason, Recommendation, rank};
use crate::taste::{History, RecommendationId, ViewerId};

/// A `GetPersonalizedRanking` call, with what its ARNs mean.
#[derive(Clone, Debug)]
pub struct RankingPlan<'a> {
    call: &'a GetPersonalizedRanking,
    viewer: ViewerId,
    filter: Option<Chosen<'a>>,
}

impl Campaigns {
    /// What a call means.
    ///
    /// # Errors
    /// [`Fault`] where there is no such campaign or filter, or where the campaign is of another kind.
    pub fn ranking<'a>(
        &'a self,
        call: &'a GetPersonalizedRanking,
    ) -> Result<RankingPlan<'a>, Fault> {
        if self.list(&call.source)? != List::Ranking {
            return Err(Fault::invalid(
                "the campaign recommends items of its own: ask it with GetRecommendations",
            ));
        }
        let filter = call.filter.as_ref();
        let filter = filter.map(|choice| Chosen::of(self, choice, true, false));
        Ok(RankingPlan {
            call,
            viewer: super::viewer(&call.user),
            filter: filter.transpose()?,
        })
    }
}

impl RankingPlan<'_> {
    /// The viewer asked for.
    pub fn viewer(&self) -> &ViewerId {
        &self.viewer
    }

    /// Whether what was said about them makes a difference.
    pub fn asks_about_properties(&self) -> bool {
        let filter = self.filter.as_ref();
        filter.is_some_and(Chosen::asks_about_properties)
    }

    /// The answer, and its films as they are remembered.
    ///
    /// Every id is given once, as it came. Ids that no film has follow behind all films, in their order
    /// and without a score; a filter that includes keeps none of them. Films that a filter keeps out are
    /// left out.
    ///
    /// # Errors
    /// [`Fault`] for values of filters that are missing or wrong.
    pub fn answer<'m>(
        &self,
        basis: &Basis<'m, '_>,
    ) -> Result<(Ranking<'m>, Vec<Recommendation>), Fault> {
        let catalogue = &basis.model.catalogue;
        let mut seen = BTreeSet::new();
        let mut films: BTreeMap<MovieIndex, Vec<&str>> = BTreeMap::new();
        let mut unknown = Vec::new();
        for id in self.call.items.iter().filter(|id| seen.insert(id.as_str())) {
            match catalogue.by_id(id) {
                Some(movie) => films.entry(movie.index()).or_default().push(id),
                None => unknown.push(id),
            }
        }
        if let Some(chosen) = &self.filter {
            let compiled = chosen.compiled(basis)?;
            chosen.with_who(basis, Some(&self.viewer), None, |who| {
                if let Some(only) = compiled.films(catalogue, who) {
                    films.retain(|movie, _| only.contains(*movie));
                }
                if compiled.includes(who) {
                    unknown.clear();
                }
            });
        }
        let ranked = self.rank(basis, &films);
        let columns = &self.call.columns;
        let mut items = Vec::new();
        for film in &ranked {
            for id in films.get(&film.movie).into_iter().flatten() {
                let item = PredictedItem::film(basis.model, film.movie, columns);
                items.push(item.called(id).scored(Some(film.score)));
            }
        }
        items.extend(unknown.into_iter().map(|id| PredictedItem::unknown(id)));
        let answer = Ranking {
            recommendation_id: self.id(basis, &items),
            personalized_ranking: items,
        };
        Ok((answer, ranked))
    }

    fn rank(
        &self,
        basis: &Basis<'_, '_>,
        films: &BTreeMap<MovieIndex, Vec<&str>>,
    ) -> Vec<Recommendation> {
        let personal = basis.personal;
        let catalogue = &basis.model.catalogue;
        let history = History::of(basis.rows, catalogue, basis.now, &personal.taste);
        let query = ForYouQuery {
            viewer: Some(&self.viewer),
            history: &history,
            as_of: basis.now,
            filters: &Filters::default(),
            settings: &personal.list,
        };
        let candidates: Vec<MovieIndex> = films.keys().copied().collect();
        let ranked = rank(basis.model, &query, &candidates).into_iter();
        let film = |(movie, score)| Recommendation {
            movie,
            score,
            reason: Reason::default(),
            explored: false,
        };
        ranked.map(film).collect()
    }

    /// Of everything that tells this answer from another one.
    fn id(&self, basis: &Basis<'_, '_>, ranked: &[PredictedItem<'_>]) -> RecommendationId {
        let moment = basis.now.0.to_string();
        let fixed = [
            "personalize ranking",
            self.viewer.as_str(),
            &moment,
            basis.model.version(),
        ];
        let items = ranked.iter().map(PredictedItem::id);
        RecommendationId::derived(fixed.into_iter().chain(items))
    }
}
