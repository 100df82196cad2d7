//! `GetRecommendations`, answered.

use xxhash_rust::xxh3::xxh3_64;

use super::Fault;
use super::answer::{ALIKE, EXPLORED, POPULAR, PredictedItem, Recommendations};
use super::campaigns::{Campaigns, List};
use super::chosen::{Basis, Chosen};
use super::request::{GetRecommendations, Promotion};
use crate::model::{Model, MovieIndex, MovieRef, NeighbourList};
use crate::recommend::{
    Extend, FilmSet, Filters, ForYouQuery, Ground, Recommendation, SimilarQuery,
    for_you_unexplained, similar, top_picks, trending,
};
use crate::taste::{History, RecommendationId, ViewerId};

/// A `GetRecommendations` call, with what its ARNs mean.
#[derive(Clone, Debug)]
pub struct RecommendationsPlan<'a> {
    call: &'a GetRecommendations,
    list: List,
    viewer: Option<ViewerId>,
    filter: Option<Chosen<'a>>,
    promotion: Option<(&'a Promotion, Chosen<'a>)>,
}

impl Campaigns {
    /// What a call means.
    ///
    /// # Errors
    /// [`Fault`] where there is no such campaign, recommender or filter, or where these ask about a user
    /// or an item that the call does not name.
    pub fn recommendations<'a>(
        &'a self,
        call: &'a GetRecommendations,
    ) -> Result<RecommendationsPlan<'a>, Fault> {
        let list = self.list(&call.source)?;
        match list {
            List::ForYou if call.user.is_none() => {
                return Err(Fault::invalid(
                    "userId must be given: the campaign recommends items for a user",
                ));
            }
            List::Similar if call.item.is_none() => {
                return Err(Fault::invalid(
                    "itemId must be given: the campaign recommends items like another one",
                ));
            }
            List::Ranking => {
                return Err(Fault::invalid(
                    "the campaign puts given items in order: ask it with GetPersonalizedRanking",
                ));
            }
            _ => {}
        }
        let (user, item) = (call.user.is_some(), list == List::Similar);
        let filter = call.filter.as_ref();
        let filter = filter.map(|choice| Chosen::of(self, choice, user, item));
        let promotion = call.promotion.as_ref().map(|promotion| {
            let chosen = Chosen::of(self, &promotion.filter, user, item)?;
            Ok((promotion, chosen))
        });
        Ok(RecommendationsPlan {
            call,
            list,
            viewer: call.user.as_deref().map(super::viewer),
            filter: filter.transpose()?,
            promotion: promotion.transpose()?,
        })
    }
}

/// One film of an answer that is being made.
struct Place {
    film: Recommendation,
    score: Option<f32>,
    reason: Option<&'static str>,
    promoted: bool,
}

impl RecommendationsPlan<'_> {
    /// The viewer asked for.
    pub fn viewer(&self) -> Option<&ViewerId> {
        self.viewer.as_ref()
    }

    /// Whether what the viewer did makes a difference.
    pub fn asks_about_viewer(&self) -> bool {
        self.list == List::ForYou || self.filters().any(Chosen::asks_about_viewer)
    }

    /// Whether what was said about the viewer makes a difference.
    pub fn asks_about_properties(&self) -> bool {
        self.filters().any(Chosen::asks_about_properties)
    }

    fn filters(&self) -> impl Iterator<Item = &Chosen<'_>> {
        let promoted = self.promotion.as_ref().map(|(_, chosen)| chosen);
        self.filter.iter().chain(promoted)
    }

    /// The answer, and its films as they are remembered.
    ///
    /// Items stand in the order in which they are recommended; scores do not ascend on the way, promoted
    /// items apart, since a film that stands behind another one for the sake of variety is given that
    /// one's score at most. What has no score is there because it is popular, and nothing that is known
    /// speaks for it.
    ///
    /// # Errors
    /// [`Fault`] for values of filters that are missing or wrong.
    pub fn answer<'m>(
        &self,
        basis: &Basis<'m, '_>,
    ) -> Result<(Recommendations<'m>, Vec<Recommendation>), Fault> {
        let asked = self.asked(basis);
        let results = self.call.results;
        let mut places = self.places(basis, self.filter.as_ref(), results)?;
        descend(&mut places);
        if let Some((promotion, chosen)) = &self.promotion {
            let wanted = (results * promotion.percent / 100).max(1).min(results);
            let promoted = self.places(basis, Some(chosen), wanted)?;
            places = mixed(places, promoted, results, &asked);
        }
        let name = self
            .promotion
            .as_ref()
            .and_then(|(of, _)| of.name.as_deref());
        let item = |place: &Place| {
            let item = PredictedItem::film(basis.model, place.film.movie, &self.call.columns);
            let item = item.scored(place.score);
            if place.promoted {
                item.promoted(name)
            } else {
                item.because(place.reason)
            }
        };
        let item_list: Vec<PredictedItem<'_>> = places.iter().map(item).collect();
        let items = item_list.iter().map(PredictedItem::id);
        let answer = Recommendations {
            recommendation_id: RecommendationId::derived([&*asked].into_iter().chain(items)),
            item_list,
        };
        Ok((answer, places.into_iter().map(|place| place.film).collect()))
    }

    /// Which list it is that is asked for now. Filters are not in it, since what tells answers apart in the end
    /// are their items.
    fn asked(&self, basis: &Basis<'_, '_>) -> String {
        let id = RecommendationId::derived([
            "personalize",
            self.call.source.arn(),
            self.viewer.as_ref().map_or("", ViewerId::as_str),
            self.call.item.as_deref().unwrap_or_default(),
            &basis.now.0.to_string(),
            basis.model.version(),
        ]);
        id.as_str().to_owned()
    }

    /// The best films that pass a filter.
    fn places(
        &self,
        basis: &Basis<'_, '_>,
        filter: Option<&Chosen<'_>>,
        most: usize,
    ) -> Result<Vec<Place>, Fault> {
        let model = basis.model;
        let item = self
            .call
            .item
            .as_deref()
            .filter(|_| self.list == List::Similar);
        let item = item.and_then(|item| model.catalogue.by_id(item));
        let item = item.map(MovieRef::index);
        let only: Option<FilmSet> = match filter {
            None => None,
            Some(chosen) => {
                let compiled = chosen.compiled(basis)?;
                chosen.with_who(basis, self.viewer.as_ref(), item, |who| {
                    compiled.films(&model.catalogue, who)
                })
            }
        };
        let filters = Filters {
            only,
            ..Filters::default()
        };
        if most == 0 {
            return Ok(Vec::new());
        }
        Ok(match self.list {
            List::ForYou => self.for_you(basis, filter, &filters, most),
            List::Similar => like(model, item, &filters, most),
            List::Trending => scored(trending(model, &filters, 0, most).recommendations),
            List::Popular | List::Ranking => {
                scored(top_picks(model, &filters, 0, most).recommendations)
            }
        })
    }

    fn for_you(
        &self,
        basis: &Basis<'_, '_>,
        filter: Option<&Chosen<'_>>,
        filters: &Filters,
        most: usize,
    ) -> Vec<Place> {
        let Basis {
            model,
            rows,
            now,
            personal,
            ..
        } = *basis;
        let mut history = History::of(rows, &model.catalogue, now, &personal.taste);
        if filter.is_some_and(Chosen::includes_known) {
            history.offer_again();
        }
        let query = ForYouQuery {
            viewer: self.viewer.as_ref(),
            history: &history,
            as_of: now,
            filters,
            settings: &personal.list,
        };
        let known = history.films().iter().any(|film| film.factor > 0.0);
        let page = for_you_unexplained(model, &query, most);
        let place = |film: Recommendation| {
            let popular = film.reason.ground != Ground::ForYou;
            let reason = if film.explored {
                Some(EXPLORED)
            } else if popular {
                Some(POPULAR)
            } else {
                unlearned(model, film.movie).then_some(ALIKE)
            };
            // Of whom nothing is known, popularity is the score.
            let score = (!popular || !known).then_some(film.score);
            Place {
                film,
                score,
                reason,
                promoted: false,
            }
        };
        page.recommendations.into_iter().map(place).collect()
    }
}

/// Whether what is known of a film, and not what viewers did, put it on a list of a model that has learned
/// from viewers.
fn unlearned(model: &Model, movie: MovieIndex) -> bool {
    let weights = model.weights.as_ref();
    weights.is_some_and(|weights| !weights.learned(movie))
}

/// Films like another one. An item that nobody knows has none: then there are the popular ones.
fn like(model: &Model, item: Option<MovieIndex>, filters: &Filters, most: usize) -> Vec<Place> {
    let films = match item {
        Some(movie) => {
            let query = SimilarQuery {
                movie,
                list: NeighbourList::Blended,
                filters,
                extend: Extend::WithAlike,
            };
            similar(model, &query, 0, most)
        }
        None => top_picks(model, filters, 0, most),
    };
    let place = |film: Recommendation| {
        let (score, reason) = match film.reason.ground {
            Ground::Near => (Some(film.score), None),
            Ground::AlikeFacts => (Some(film.score), Some(ALIKE)),
            _ => (None, Some(POPULAR)),
        };
        Place {
            film,
            score,
            reason,
            promoted: false,
        }
    };
    films.recommendations.into_iter().map(place).collect()
}

/// Films whose place is their score.
fn scored(films: Vec<Recommendation>) -> Vec<Place> {
    let place = |film: Recommendation| Place {
        score: Some(film.score),
        film,
        reason: None,
        promoted: false,
    };
    films.into_iter().map(place).collect()
}

/// Lets no score be above the one before it.
fn descend(places: &mut [Place]) {
    let mut ceiling = f32::INFINITY;
    for score in places.iter_mut().filter_map(|place| place.score.as_mut()) {
        ceiling = ceiling.min(*score);
        *score = ceiling;
    }
}

/// Puts promoted films among the others, at places that `seed` draws, and no film twice.
fn mixed(places: Vec<Place>, promoted: Vec<Place>, most: usize, seed: &str) -> Vec<Place> {
    let mut rest = places;
    rest.retain(|place| {
        !promoted
            .iter()
            .any(|other| other.film.movie == place.film.movie)
    });
    rest.truncate(most.saturating_sub(promoted.len()));
    let all = promoted.len() + rest.len();
    let mut drawn: Vec<usize> = (0..all).collect();
    drawn.sort_by_key(|place| xxh3_64(format!("{seed} {place}").as_bytes()));
    drawn.truncate(promoted.len());
    drawn.sort_unstable();
    let (mut promoted, mut rest) = (promoted.into_iter(), rest.into_iter());
    let next = |place: usize| {
        if drawn.binary_search(&place).is_ok() {
            promoted.next().map(|film| Place {
                promoted: true,
                ..film
            })
        } else {
            rest.next()
        }
    };
    (0..all).filter_map(next).collect()
}
