//! What clients of Personalize Runtime ask for.

use serde_json::{Map, Value};

use super::Fault;
use super::column::Column;
use super::fields::{Fields, Length, body, shown};

/// The most items of an answer, and of a list to be ranked.
pub const MAX_RESULTS: usize = 500;

/// The same where items come with metadata.
const MAX_WITH_METADATA: usize = 50;

/// How many items are given where a call does not say.
const RESULTS: usize = 25;

/// The most columns of metadata, as the documentation of the operations has it.
const MAX_COLUMNS: usize = 10;

/// The dataset whose columns can be asked for.
const ITEMS: &str = "ITEMS";

/// The length of an item's or a user's id.
const ID: Length = Length(1, 256);

/// Values for the parameters of a filter, in the order of their names.
pub type FilterValues = Vec<(String, String)>;

/// A filter, and what its parameters stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterChoice {
    /// The filter.
    pub arn: String,
    /// Names and values as they came.
    pub values: FilterValues,
}

/// Items to be put among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// What the answer calls it.
    pub name: Option<String>,
    /// Its part of the items, 1 to 100.
    pub percent: usize,
    /// Which items.
    pub filter: FilterChoice,
}

/// Which list is asked for: exactly one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A campaign's ARN.
    Campaign(String),
    /// A recommender's ARN.
    Recommender(String),
}

impl Source {
    /// The ARN.
    pub fn arn(&self) -> &str {
        match self {
            Self::Campaign(arn) | Self::Recommender(arn) => arn,
        }
    }
}

/// A `GetRecommendations` call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetRecommendations {
    /// Which list.
    pub source: Source,
    /// For whom.
    pub user: Option<String>,
    /// To which item.
    pub item: Option<String>,
    /// How many items, at most [`MAX_RESULTS`].
    pub results: usize,
    /// Which items may be given.
    pub filter: Option<FilterChoice>,
    /// Items to be put among them.
    pub promotion: Option<Promotion>,
    /// What is to be said of each item.
    pub columns: Vec<Column>,
}

/// A `GetPersonalizedRanking` call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetPersonalizedRanking {
    /// Which list.
    pub source: Source,
    /// For whom.
    pub user: String,
    /// What is to be put in order, at most [`MAX_RESULTS`] ids as they came.
    pub items: Vec<String>,
    /// Which items may be given.
    pub filter: Option<FilterChoice>,
    /// What is to be said of each item.
    pub columns: Vec<Column>,
}

impl GetRecommendations {
    /// Reads a call's body.
    ///
    /// # Errors
    /// [`Fault`] for the first field that is missing, malformed or out of range.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let map = body(bytes)?;
        let fields = Fields::of(&map);
        let source = match (fields.arn("campaignArn")?, fields.arn("recommenderArn")?) {
            (Some(campaign), None) => Source::Campaign(campaign.to_owned()),
            (None, Some(recommender)) => Source::Recommender(recommender.to_owned()),
            (None, None) => {
                return Err(Fault::invalid(
                    "campaignArn or recommenderArn must be given",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(Fault::invalid(
                    "one of campaignArn and recommenderArn must be given, found both",
                ));
            }
        };
        let columns = columns(&fields)?;
        let most = most(&columns);
        context(&fields)?;
        Ok(Self {
            source,
            user: fields.text("userId", ID)?.map(str::to_owned),
            item: fields.text("itemId", ID)?.map(str::to_owned),
            results: fields
                .whole("numResults", 0, most as u64)?
                .unwrap_or(RESULTS),
            filter: filter(&fields)?,
            promotion: promotion(&fields)?,
            columns,
        })
    }
}

impl GetPersonalizedRanking {
    /// Reads a call's body.
    ///
    /// # Errors
    /// [`Fault`] for the first field that is missing, malformed or out of range.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let map: Map<String, Value> = body(bytes)?;
        let fields = Fields::of(&map);
        let campaign = fields.required("campaignArn", fields.arn("campaignArn")?)?;
        let columns = columns(&fields)?;
        let items = fields.texts("inputList", Length(0, most(&columns)), ID)?;
        let items = fields.required("inputList", items)?;
        let user = fields.required("userId", fields.text("userId", ID)?)?;
        context(&fields)?;
        Ok(Self {
            source: Source::Campaign(campaign.to_owned()),
            user: user.to_owned(),
            items: items.into_iter().map(str::to_owned).collect(),
            filter: filter(&fields)?,
            columns,
        })
    }
}

fn most(columns: &[Column]) -> usize {
    if columns.is_empty() {
        MAX_RESULTS
    } else {
        MAX_WITH_METADATA
    }
}

/// Where and how items are asked for makes no difference to lists of films: it is checked alone.
fn context(fields: &Fields<'_>) -> Result<(), Fault> {
    fields.map("context", 150, 150, 1_000).map(|_| ())
}

fn filter(fields: &Fields<'_>) -> Result<Option<FilterChoice>, Fault> {
    let mut values: FilterValues = fields
        .map("filterValues", 25, 50, 1_000)?
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    values.sort_unstable();
    match fields.arn("filterArn")? {
        Some(arn) => Ok(Some(FilterChoice {
            arn: arn.to_owned(),
            values,
        })),
        None if values.is_empty() => Ok(None),
        None => Err(Fault::invalid(format_args!(
            "{} must be given where {} are",
            fields.name("filterArn"),
            fields.name("filterValues")
        ))),
    }
}

fn promotion(fields: &Fields<'_>) -> Result<Option<Promotion>, Fault> {
    let list = fields.list("promotions", Length(0, 1))?;
    let Some(value) = list.and_then(|list| list.first()) else {
        return Ok(None);
    };
    let fields = fields.element("promotions", 0, value)?;
    let name = fields.text("name", Length(1, 63))?;
    if name.is_some_and(|name| !is_name(name)) {
        return Err(Fault::invalid(
            "promotions[0].name must begin with a letter or a digit and go on with letters, digits, \
             - and _",
        ));
    }
    let percent = fields.whole("percentPromotedItems", 1, 100)?;
    Ok(Some(Promotion {
        name: name.map(str::to_owned),
        percent: fields.required("percentPromotedItems", percent)?,
        filter: fields.required("filterArn", filter(&fields)?)?,
    }))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn columns(fields: &Fields<'_>) -> Result<Vec<Column>, Fault> {
    let entries = fields.entries("metadataColumns", 1)?;
    let Some((dataset, _)) = entries.first() else {
        return Ok(Vec::new());
    };
    if *dataset != ITEMS {
        return Err(Fault::invalid(format_args!(
            "metadataColumns must be of {ITEMS}, found {}",
            shown(dataset)
        )));
    }
    let names = fields.object("metadataColumns")?;
    let names = names.map(|of| of.texts(ITEMS, Length(0, MAX_COLUMNS), Length(1, 150)));
    let names = names.transpose()?.flatten().unwrap_or_default();
    names
        .into_iter()
        .map(|name| {
            Column::named(name).ok_or_else(|| {
                Fault::invalid(format_args!(
                    "metadataColumns.{ITEMS} must be of {}, found {}",
                    Column::names(|_| true),
                    shown(name)
                ))
            })
        })
        .collect()
}
