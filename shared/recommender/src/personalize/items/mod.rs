//! `PutItems`: films that come with no catalogue, and other facts of those that do. They are kept until
//! trainings take them in, each as a document of its own.

mod properties;
#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use futures_util::future::{BoxFuture, try_join_all};
use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::fields::{Fields, Length, body, shown};
use super::{Column, Fault};
use crate::catalogue::{Movie, MovieId};
use crate::model::Catalogue;
use crate::ports::{BlobError, Blobs, Expect};
use crate::taste::Millis;

/// The most characters of an item's properties.
const PROPERTIES: usize = 32_000;

/// How often an item is read and written anew where somebody else puts the same one meanwhile.
const ATTEMPTS: usize = 5;

/// A `PutItems` call.
#[derive(Clone, Debug)]
pub struct PutItems {
    items: Vec<Item>,
    /// The place of each in the call.
    places: Vec<usize>,
}

/// What somebody put about a film.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// When it was put. Of two about one film the later one counts.
    pub at: Millis,
    properties: Map<String, Value>,
    /// The id, and what the properties say.
    facts: Movie,
    /// The columns that the properties give.
    given: Vec<Column>,
    /// The title that was put before, where the properties give none: a film that no catalogue has needs
    /// one.
    title_before: Option<String>,
}

/// A document that is no item.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an item as PutItems keeps it: {0}")]
pub struct InvalidItem(String);

/// Where items are kept for trainings.
pub trait ItemStore: fmt::Debug + Send + Sync {
    /// Keeps items, each in place of what was put about the same id before, of which nothing but the title
    /// stays, where the new item has none. Once this returns they are there for good; where it fails, some
    /// of them may be.
    ///
    /// # Errors
    /// [`BlobError`].
    fn keep<'a>(&'a self, items: &'a [Item]) -> BoxFuture<'a, Result<(), BlobError>>;
}

impl<B: Blobs + fmt::Debug> ItemStore for B {
    fn keep<'a>(&'a self, items: &'a [Item]) -> BoxFuture<'a, Result<(), BlobError>> {
        let puts = try_join_all(items.iter().map(|item| keep_one(self, item)));
        Box::pin(async { puts.await.map(drop) })
    }
}

/// Writes an item's blob. One without a title reads the blob first, and is written only in place of what
/// it has read: else it could overwrite a title that another put has given meanwhile.
async fn keep_one(blobs: &impl Blobs, item: &Item) -> Result<(), BlobError> {
    let key = item.key();
    if item.has_title() {
        let put = blobs.put(&key, item.document(), Expect::Anything);
        return put.await.map(drop);
    }
    let mut attempts = 0;
    loop {
        let (document, expect) = match blobs.get(&key).await? {
            Some(blob) => (
                item.in_place_of(&blob.bytes).document(),
                Expect::Unchanged(blob.etag),
            ),
            None => (item.document(), Expect::Absent),
        };
        attempts += 1;
        match blobs.put(&key, document, expect).await {
            Err(BlobError::Conflict { .. }) if attempts < ATTEMPTS => {}
            put => return put.map(drop),
        }
    }
}

impl PutItems {
    /// Reads a call's body; `at` is now. Of several items with one id the last one counts.
    ///
    /// # Errors
    /// [`Fault`] for the first field that is missing, malformed or out of range, and for another dataset
    /// than that of items.
    pub fn read(bytes: &[u8], at: Millis) -> Result<Self, Fault> {
        let map = body(bytes)?;
        let fields = Fields::of(&map);
        fields.dataset("datasetArn", "ITEMS")?;
        let rows = fields.list("items", Length(1, 10))?;
        let rows = fields.required("items", rows)?.iter().enumerate();
        let items = rows.map(|(place, row)| given(&fields.element("items", place, row)?, at));
        let items: Vec<Item> = items.collect::<Result<_, Fault>>()?;
        let is_last = |place: &usize| {
            let later = items.iter().skip(place + 1);
            let id = items.get(*place).map(Item::id);
            later.into_iter().all(|other| Some(other.id()) != id)
        };
        let places: Vec<usize> = (0..items.len()).filter(is_last).collect();
        let items = places.iter().filter_map(|place| items.get(*place).cloned());
        Ok(Self {
            items: items.collect(),
            places,
        })
    }

    /// What is to be kept, one for each id: films of the catalogue, by any of their ids, and films that
    /// have a title.
    ///
    /// # Errors
    /// [`Fault`] for the first item that is neither: then none is to be kept.
    pub fn items(&self, catalogue: &Catalogue) -> Result<&[Item], Fault> {
        for (item, place) in self.items.iter().zip(&self.places) {
            if !item.has_title() && catalogue.by_id(item.id().as_str()).is_none() {
                return Err(Fault::invalid(format_args!(
                    "items[{place}].properties.title must be given: there is no film {} yet",
                    shown(item.id().as_str())
                )));
            }
        }
        Ok(&self.items)
    }
}

/// An item of a call.
fn given(row: &Fields<'_>, at: Millis) -> Result<Item, Fault> {
    let id = row.required("itemId", row.text("itemId", Length(1, 256))?)?;
    let Ok(id) = id.parse() else {
        return Err(Fault::invalid(format_args!(
            "{} must be the id of a film, a source of letters a-z and digits, a colon, and a key of letters, \
             digits, dots, dashes and underscores, of 128 characters at most, such as tmdb:603; found {}",
            row.name("itemId"),
            shown(id)
        )));
    };
    let text = row.text("properties", Length(1, PROPERTIES))?;
    let name = row.name("properties");
    let properties = match serde_json::from_str(text.unwrap_or("{}")) {
        Ok(Value::Object(properties)) => properties,
        Ok(_) => return Err(no_object(&name, &"another JSON value")),
        Err(error) => return Err(no_object(&name, &error)),
    };
    Item::new(id, at, properties, &name)
}

fn no_object(name: &str, found: &dyn fmt::Display) -> Fault {
    Fault::invalid(format_args!(
        "{name} must be a JSON object in a string, found {found}"
    ))
}

impl Item {
    /// Reads properties, which messages call `name`.
    fn new(
        id: MovieId,
        at: Millis,
        properties: Map<String, Value>,
        name: &str,
    ) -> Result<Self, Fault> {
        let mut facts = Movie::new(id, String::new(), None);
        let given = properties::read(&properties, name, &mut facts)?;
        Ok(Self {
            at,
            properties,
            facts,
            given,
            title_before: None,
        })
    }

    /// This item with the title of the one that a blob holds, if that has one.
    fn in_place_of(&self, blob: &[u8]) -> Self {
        // A damaged blob has nothing to keep.
        let before = Self::read(blob).ok();
        Self {
            title_before: before.and_then(|before| before.title().map(str::to_owned)),
            ..self.clone()
        }
    }

    /// The film that it is about.
    pub fn id(&self) -> &MovieId {
        &self.facts.id
    }

    /// The title of the film, were it in no catalogue: the one that is given, else the one before it.
    pub fn title(&self) -> Option<&str> {
        if self.has_title() {
            return Some(&self.facts.title);
        }
        self.title_before.as_deref()
    }

    /// Whether the properties give a title.
    fn has_title(&self) -> bool {
        !self.facts.title.is_empty()
    }

    /// The key of its blob, which follows from its id alone.
    pub fn key(&self) -> String {
        format!("{:032x}.json", xxh3_128(self.id().as_str().as_bytes()))
    }

    /// The content of its blob: `{"id": "tmdb:603", "at": 1769860800000, "properties": {"year": 1999}}`, and
    /// `"title_before": "The Matrix"` where there is one.
    pub fn document(&self) -> Bytes {
        let mut document =
            json!({"id": self.id().as_str(), "at": self.at.0, "properties": self.properties});
        if let Some(title) = &self.title_before {
            document["title_before"] = title.as_str().into();
        }
        document.to_string().into()
    }

    /// Reads the content of a blob.
    ///
    /// # Errors
    /// [`InvalidItem`] where something is not as [`Item::document`] writes it.
    pub fn read(bytes: &[u8]) -> Result<Self, InvalidItem> {
        let wrong = |fault: Fault| InvalidItem(fault.message);
        let mut map = body(bytes).map_err(wrong)?;
        let Some(Value::Object(properties)) = map.remove("properties") else {
            return Err(InvalidItem("properties must be an object".to_owned()));
        };
        let at = map.get("at").and_then(Value::as_i64);
        let at = at.ok_or_else(|| InvalidItem("at must be a whole number".to_owned()))?;
        let id = map.get("id").and_then(Value::as_str).unwrap_or_default();
        let id = id
            .parse()
            .map_err(|error| InvalidItem(format!("id: {error}")))?;
        let title_before = match map.remove("title_before") {
            None => None,
            Some(Value::String(title)) if !title.is_empty() => Some(title),
            Some(_) => return Err(InvalidItem("title_before must be a title".to_owned())),
        };
        let item = Self::new(id, Millis(at), properties, "properties").map_err(wrong)?;
        Ok(Self {
            title_before,
            ..item
        })
    }

    /// Replaces the columns of a film that were given; the others stay.
    pub fn apply(&self, movie: &mut Movie) {
        properties::copy(&self.facts, &self.given, movie);
    }

    /// Whether it says how many people voted.
    pub fn has_votes(&self) -> bool {
        self.given.contains(&Column::Votes)
    }
}
