//! Items that clients of Amazon Personalize put: films beside those of the catalogues, and other facts of
//! those.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use futures_util::StreamExt as _;
use matinee::catalogue::{Movie, MovieId};
use matinee::personalize::Item;
use matinee::ports::{BlobError, Blobs, check_key};
use serde::Serialize;

/// How many blobs are read at a time.
const AT_A_TIME: usize = 32;

/// The items of a store.
#[derive(Clone, Debug, Default)]
pub struct Items {
    /// The oldest first.
    items: Vec<Item>,
    damaged: Vec<LeftOut>,
}

/// What became of the items of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ItemReport {
    /// Films of the catalogues that an item changes.
    pub changed: u64,
    /// Films that are in no catalogue.
    pub new: u64,
    /// Items that make no difference, each with the reason.
    pub left_out: Vec<LeftOut>,
}

/// An item that makes no difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The key of its blob.
    pub key: String,
    /// Why.
    pub reason: String,
}

impl Items {
    /// Reads all items of a store. A blob that is no item is left out, and reported.
    ///
    /// # Errors
    /// [`BlobError`] where the store fails.
    pub async fn read(store: &impl Blobs) -> Result<Self, BlobError> {
        let mut all = Self::default();
        let keys = store.list("").await?;
        // What consoles make for a folder ends in a slash.
        let keys = keys.into_iter().filter(|key| check_key(key).is_ok());
        let read = async |key: String| Ok::<_, BlobError>((store.get(&key).await?, key));
        let mut blobs = futures_util::stream::iter(keys.map(read)).buffered(AT_A_TIME);
        while let Some(blob) = blobs.next().await {
            // What is not there was removed meanwhile.
            let (Some(blob), key) = blob? else {
                continue;
            };
            match Item::read(&blob.bytes) {
                Ok(item) => all.items.push(item),
                Err(error) => all.damaged.push(LeftOut {
                    key,
                    reason: error.to_string(),
                }),
            }
        }
        all.items
            .sort_by(|one, other| (one.at, one.id()).cmp(&(other.at, other.id())));
        Ok(all)
    }

    /// Takes the items into films whose ids and aliases are distinct, and which stay so: what an item gives
    /// replaces what the film of its id, or of this alias, has there, and without such a film it is a new
    /// one behind the others, where it has a title or had one before. Of several items about one film the newest counts in
    /// each column.
    ///
    /// The votes that an item gives are measured by the most that a film had before: as many make a film as
    /// prominent as that one, ln(1 + votes) / ln(1 + most). Where no film has votes they make no difference.
    pub fn add_to(&self, movies: &mut Vec<Movie>) -> ItemReport {
        let mut report = ItemReport {
            left_out: self.damaged.clone(),
            ..ItemReport::default()
        };
        if self.items.is_empty() {
            return report;
        }
        let of_catalogues = movies.len();
        let most = movies.iter().map(|movie| movie.votes).max().unwrap_or(0);
        let mut places = places(movies);
        let mut changed = HashSet::new();
        for item in &self.items {
            let place = match (places.get(item.id()), item.title()) {
                (Some(place), _) => *place,
                (None, Some(title)) => {
                    places.insert(item.id().clone(), movies.len());
                    movies.push(Movie::new(item.id().clone(), title, None));
                    movies.len() - 1
                }
                (None, None) => {
                    let reason = format!("no catalogue has {}, and it has no title", item.id());
                    let key = item.key();
                    report.left_out.push(LeftOut { key, reason });
                    continue;
                }
            };
            let movie = &mut movies[place];
            item.apply(movie);
            if item.has_votes() && most > 0 {
                let share = f64::from(movie.votes).ln_1p() / f64::from(most).ln_1p();
                movie.prominence = share.min(1.0) as f32;
            }
            if place < of_catalogues {
                changed.insert(place);
            }
        }
        report.changed = changed.len() as u64;
        report.new = (movies.len() - of_catalogues) as u64;
        report
    }

    /// Films that another model may lack, with those that come of items: they say nothing of where the
    /// others are from. Where there are none of the former there are none.
    pub(crate) fn beside<'a>(&self, stand_in: &'a HashSet<MovieId>) -> Cow<'a, HashSet<MovieId>> {
        if self.items.is_empty() || stand_in.is_empty() {
            return Cow::Borrowed(stand_in);
        }
        let mut all = stand_in.clone();
        all.extend(self.items.iter().map(|item| item.id().clone()));
        Cow::Owned(all)
    }
}

/// Where each film is, by all of its ids.
fn places(movies: &[Movie]) -> HashMap<MovieId, usize> {
    let ids = |(place, movie): (usize, &Movie)| {
        let ids = std::iter::once(&movie.id).chain(&movie.aliases);
        ids.map(|id| (id.clone(), place)).collect::<Vec<_>>()
    };
    movies.iter().enumerate().flat_map(ids).collect()
}
