//! Lists that another recommender makes: Amazon Personalize's items, joined with our films.
//!
//! Personalize knows items by their ids alone. What a film is called, whether it passes the filters, what
//! the viewer did with it and what speaks for it are ours, so that no list of Personalize's has a film that
//! ours would not have.

mod filter;
mod found;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use found::Found;
pub use settings::{BackendSettings, LONGEST_LIMIT, SHORTEST_LIMIT};

use crate::model::{Model, MovieIndex, MovieRef};
use crate::ports::{
    MAX_PERSONALIZED, Personalizer, PersonalizerCause, PersonalizerError, RankingQuery,
    RecommendationQuery,
};
use crate::recommend::{
    Filters, ForYouQuery, Ground, MAX_LIMIT, Reason, Recommendation, for_you, reasons_for,
};
use crate::taste::{RecommendationId, ViewerId};

/// How many items more than could be enough are asked for: some are unknown here, or seen.
const SPARE: usize = 25;

/// The most films that a list of Personalize's gives over all of its pages: behind them our own model goes
/// on. There is then room for a page among the most items that one call gives, and that a token carries.
const MOST_GIVEN: usize = MAX_PERSONALIZED - MAX_LIMIT;

/// Another recommender, and which lists it makes.
#[derive(Clone)]
pub struct Backend {
    personalizer: Arc<dyn Personalizer>,
    settings: BackendSettings,
    watcher: Arc<Watcher>,
}

/// What is told of every page that the other recommender was to make.
type Watcher = dyn Fn(Result<&Chosen, &NotChosen>) + Send + Sync;

/// A page that the other recommender made.
#[derive(Debug)]
pub struct Chosen {
    /// The films, best first: at least one, perhaps fewer than were asked for.
    pub recommendations: Vec<Recommendation>,
    /// What the other recommender calls this page, where that can be one of our ids; every page has a name
    /// of its own.
    pub recommendation: Option<RecommendationId>,
    /// Whether there are films that no page has given yet.
    pub more: bool,
    /// Why it could not be asked for more items, where few of the first may be given.
    pub failed: Option<PersonalizerError>,
}

/// Why our own model made a list that the other recommender would have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// There was no answer in time.
    TimedOut,
    /// It takes no more requests at the moment.
    Throttled,
    /// It has no such campaign or filter.
    NotFound,
    /// It does not take the question as it was put.
    Invalid,
    /// It failed in another way.
    Failed,
    /// It knows no further films that may be given.
    Exhausted,
    /// Our own model made an earlier page of this list.
    Continued,
}

impl Fallback {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::TimedOut,
        Self::Throttled,
        Self::NotFound,
        Self::Invalid,
        Self::Failed,
        Self::Exhausted,
        Self::Continued,
    ];

    /// Its name in answers and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Throttled => "throttled",
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
            Self::Failed => "failed",
            Self::Exhausted => "exhausted",
            Self::Continued => "continued",
        }
    }
}

impl From<PersonalizerCause> for Fallback {
    fn from(cause: PersonalizerCause) -> Self {
        match cause {
            PersonalizerCause::TimedOut => Self::TimedOut,
            PersonalizerCause::Throttled => Self::Throttled,
            PersonalizerCause::NotFound => Self::NotFound,
            PersonalizerCause::Invalid => Self::Invalid,
            PersonalizerCause::Other => Self::Failed,
        }
    }
}

/// The other recommender made no page.
#[derive(Debug, thiserror::Error)]
pub enum NotChosen {
    /// It was asked, and failed.
    #[error(transparent)]
    Failed(#[from] PersonalizerError),
    /// It knows no film that may be given.
    #[error("there is no film of Personalize's that may be given")]
    Exhausted,
}

impl NotChosen {
    /// Why our own model makes the list.
    pub fn fallback(&self) -> Fallback {
        match self {
            Self::Failed(error) => error.cause.into(),
            Self::Exhausted => Fallback::Exhausted,
        }
    }
}

impl Backend {
    /// Lets `personalizer` make the lists that the settings say.
    pub fn new(personalizer: Arc<dyn Personalizer>, settings: BackendSettings) -> Self {
        Self {
            personalizer,
            settings,
            watcher: Arc::new(|_| {}),
        }
    }

    /// Lets `watcher` know of every page that was asked for, or why there was none.
    #[must_use]
    pub fn watched(
        self,
        watcher: impl Fn(Result<&Chosen, &NotChosen>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            watcher: Arc::new(watcher),
            ..self
        }
    }

    /// Whether lists for this viewer are made there: always or never the same for a viewer, and for the
    /// share of viewers that is set, whichever they are.
    pub fn serves(&self, viewer: &ViewerId) -> bool {
        let lists = self.settings.for_you.is_some() || self.settings.ranking.is_some();
        let hash = xxh3_64(format!("personalize {viewer}").as_bytes());
        let place = hash as f64 / 2f64.powi(64);
        lists && (place < self.settings.share || self.settings.share >= 1.0)
    }

    /// Whether films like one are chosen there.
    pub fn finds_similar(&self) -> bool {
        self.settings.similar.is_some()
    }

    /// Films for the viewer of `query` behind those that were `given` on earlier pages, at most `limit` and
    /// [`MAX_LIMIT`].
    ///
    /// They come from the campaign that recommends, or are the best of our own in the order of the one that
    /// ranks. The latter is so where there is no other, and where filters narrow the list that the former
    /// would not be told about: few of its items would pass.
    ///
    /// # Errors
    /// [`NotChosen`].
    pub async fn for_viewer(
        &self,
        model: &Model,
        query: &ForYouQuery<'_>,
        given: &[MovieIndex],
        limit: usize,
    ) -> Result<Chosen, NotChosen> {
        let chosen = self.list_for(model, query, given, limit).await;
        (self.watcher)(chosen.as_ref());
        chosen
    }

    async fn list_for(
        &self,
        model: &Model,
        query: &ForYouQuery<'_>,
        given: &[MovieIndex],
        limit: usize,
    ) -> Result<Chosen, NotChosen> {
        has_room(given)?;
        let user = query.viewer.map_or("", ViewerId::as_str);
        let barred: HashSet<MovieIndex> = query
            .history
            .gone()
            .iter()
            .chain(query.history.gone_since())
            .chain(given)
            .copied()
            .collect();
        let open =
            |movie: MovieRef<'_>| !barred.contains(&movie.index()) && query.filters.accept(movie);
        let page = match self.way(query.filters) {
            Way::Recommend(campaign) => {
                let asked = RecommendationQuery {
                    campaign: campaign.to_owned(),
                    user: Some(user.to_owned()),
                    filter: self.filter(query.filters),
                    ..RecommendationQuery::default()
                };
                self.fetch(model, asked, given, limit, open).await?
            }
            Way::Rank(campaign) => {
                let candidates = candidates(model, query, given);
                let asked = RankingQuery {
                    campaign: campaign.to_owned(),
                    user: user.to_owned(),
                    items: ids(model, &candidates),
                };
                self.ranked(model, &asked, &candidates, limit).await?
            }
        };
        let movies: Vec<MovieIndex> = page.films.iter().map(|film| film.movie).collect();
        let reasons = reasons_for(model, query, &movies, |_| Ground::Chosen);
        Ok(page.chosen(model, reasons, open))
    }

    /// Films that go with `movie`, behind those that were `given` on earlier pages.
    ///
    /// # Errors
    /// [`NotChosen`].
    pub async fn like_film(
        &self,
        model: &Model,
        movie: MovieRef<'_>,
        filters: &Filters,
        given: &[MovieIndex],
        limit: usize,
    ) -> Result<Chosen, NotChosen> {
        let chosen = self.list_like(model, movie, filters, given, limit).await;
        (self.watcher)(chosen.as_ref());
        chosen
    }

    async fn list_like(
        &self,
        model: &Model,
        movie: MovieRef<'_>,
        filters: &Filters,
        given: &[MovieIndex],
        limit: usize,
    ) -> Result<Chosen, NotChosen> {
        has_room(given)?;
        let open = |other: MovieRef<'_>| {
            other.index() != movie.index()
                && !given.contains(&other.index())
                && filters.accept(other)
        };
        let asked = RecommendationQuery {
            campaign: self.settings.similar.clone().unwrap_or_default(),
            item: Some(movie.id().to_owned()),
            filter: self.filter(filters),
            ..RecommendationQuery::default()
        };
        let page = self.fetch(model, asked, given, limit, open).await?;
        let reasons = page.films.iter().map(|film| {
            let near = Reason::alike(movie, model.catalogue.get(film.movie), Ground::Near);
            if near.shared.is_empty() {
                // Nothing but viewers brings them together.
                return Reason {
                    ground: Ground::AlsoLiked,
                    ..near
                };
            }
            near
        });
        let reasons = reasons.collect();
        Ok(page.chosen(model, reasons, open))
    }

    fn way(&self, filters: &Filters) -> Way<'_> {
        let BackendSettings {
            for_you, ranking, ..
        } = &self.settings;
        let untold = filters.narrows() && self.filter(filters).is_none();
        match (for_you, ranking) {
            (Some(campaign), None) => Way::Recommend(campaign),
            (Some(campaign), Some(_)) if !untold => Way::Recommend(campaign),
            (_, ranking) => Way::Rank(ranking.as_deref().unwrap_or_default()),
        }
    }

    /// Items of a campaign, as films that are `open` to be given; asked for twice where most of the
    /// first are not, the second time within what the first has left of the limit.
    async fn fetch(
        &self,
        model: &Model,
        mut asked: RecommendationQuery,
        given: &[MovieIndex],
        limit: usize,
        open: impl Fn(MovieRef<'_>) -> bool,
    ) -> Result<Found, NotChosen> {
        let limit = limit.min(MAX_LIMIT);
        asked.num = (given.len() + 2 * limit + SPARE).min(MAX_PERSONALIZED);
        let list = self.personalizer.recommend(&asked).await?;
        let took = list.took;
        let more = list.items.len() >= asked.num && asked.num < MAX_PERSONALIZED;
        let found = Found::among(model, list, limit, &open);
        if found.films.len() >= limit || !more {
            return found.or_exhausted();
        }
        asked.num = MAX_PERSONALIZED;
        asked.limit = Some(self.settings.limit.saturating_sub(took));
        match self.personalizer.recommend(&asked).await {
            Ok(list) => Found::among(model, list, limit, &open).or_exhausted(),
            Err(error) if found.films.is_empty() => Err(error.into()),
            Err(error) => Ok(found.short_of(error)),
        }
    }

    /// Our own films in the order of a campaign.
    async fn ranked(
        &self,
        model: &Model,
        asked: &RankingQuery,
        candidates: &[Recommendation],
        limit: usize,
    ) -> Result<Found, NotChosen> {
        if candidates.is_empty() {
            return Err(NotChosen::Exhausted);
        }
        let list = self.personalizer.rank(asked).await?;
        let own: HashSet<MovieIndex> = candidates.iter().map(|film| film.movie).collect();
        let open = |movie: MovieRef<'_>| own.contains(&movie.index());
        let mut found = Found::among(model, list, limit.min(MAX_LIMIT), &open);
        for film in &mut found.films {
            let own = candidates.iter().find(|own| own.movie == film.movie);
            film.explored = own.is_some_and(|own| own.explored);
        }
        found.or_exhausted()
    }

    fn filter(&self, filters: &Filters) -> Option<crate::ports::AppliedFilter> {
        filter::applied(self.settings.filter.as_deref()?, filters)
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Backend").field(&self.settings).finish()
    }
}

/// Whether there may be a page behind those that gave these films, and a token behind it.
fn has_room(given: &[MovieIndex]) -> Result<(), NotChosen> {
    if given.len() > MOST_GIVEN {
        return Err(NotChosen::Exhausted);
    }
    Ok(())
}

/// How a list for a viewer is made.
enum Way<'a> {
    /// By the campaign that recommends.
    Recommend(&'a str),
    /// By ours, in the order of the campaign that ranks.
    Rank(&'a str),
}

/// The best of our own that are still to be given.
fn candidates(model: &Model, query: &ForYouQuery<'_>, given: &[MovieIndex]) -> Vec<Recommendation> {
    let mut filters = query.filters.clone();
    filters.exclude.extend(given);
    let query = ForYouQuery {
        filters: &filters,
        ..*query
    };
    for_you(model, &query, 0, MAX_LIMIT).recommendations
}

fn ids(model: &Model, films: &[Recommendation]) -> Vec<String> {
    let ids = films
        .iter()
        .map(|film| model.catalogue.get(film.movie).id());
    ids.map(str::to_owned).collect()
}
