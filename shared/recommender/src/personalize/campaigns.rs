//! Which list and which filter an ARN means.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Fault;
use super::fields::shown;
use super::filter::{Filter, FilterError};
use super::request::Source;

/// What campaigns and recommenders can be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// Films for a viewer.
    ForYou,
    /// Films like another one.
    Similar,
    /// The films that most viewers took up.
    Popular,
    /// The films that most viewers took up of late.
    Trending,
    /// Given films, in order for a viewer.
    Ranking,
}

/// The campaigns that are there without any configuration; each is a recommender, too.
const CAMPAIGNS: [(&str, List); 5] = [
    ("matinee-for-you", List::ForYou),
    ("matinee-similar", List::Similar),
    ("matinee-popular", List::Popular),
    ("matinee-trending", List::Trending),
    ("matinee-ranking", List::Ranking),
];

/// The filters that are there without any configuration.
const FILTERS: [(&str, &str); 5] = [
    (
        "matinee-genres",
        "INCLUDE ItemID WHERE Items.GENRES IN ($GENRES)",
    ),
    (
        "matinee-without-genres",
        "EXCLUDE ItemID WHERE Items.GENRES IN ($GENRES)",
    ),
    (
        "matinee-years",
        "INCLUDE ItemID WHERE Items.YEAR >= $YEAR_FROM AND Items.YEAR <= $YEAR_TO",
    ),
    (
        "matinee-genres-and-years",
        "INCLUDE ItemID WHERE Items.GENRES IN ($GENRES) AND Items.YEAR >= $YEAR_FROM AND Items.YEAR <= $YEAR_TO",
    ),
    (
        "matinee-unseen",
        "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"*\")",
    ),
];

/// Campaigns, recommenders and filters, by name or by whole ARN.
#[derive(Clone, Debug)]
pub struct Campaigns {
    campaigns: BTreeMap<String, List>,
    filters: BTreeMap<String, Filter>,
}

/// A document of campaigns and filters that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidCampaigns {
    /// It is no JSON of this shape.
    #[error(
        "expected JSON such as {{\"campaigns\": {{\"films\": \"for_you\"}}, \"filters\": {{\"comedies\": \
         \"INCLUDE ItemID WHERE Items.GENRES IN (\\\"Comedy\\\")\"}}}}: {0}"
    )]
    Json(serde_json::Error),
    /// A filter's expression is not understood.
    #[error("the filter {name} is not understood: {cause}")]
    Filter {
        /// Its name.
        name: String,
        /// Where and why.
        cause: FilterError,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    campaigns: BTreeMap<String, List>,
    #[serde(default)]
    filters: BTreeMap<String, String>,
}

impl Default for Campaigns {
    fn default() -> Self {
        let campaigns = CAMPAIGNS.map(|(name, list)| (name.to_owned(), list));
        let filters = FILTERS.map(|(name, text)| match text.parse() {
            Ok(filter) => (name.to_owned(), filter),
            Err(error) => unreachable!("{name}: {error}"),
        });
        Self {
            campaigns: campaigns.into(),
            filters: filters.into(),
        }
    }
}

impl Campaigns {
    /// Those of a JSON document, besides those that are there without one, of which it may change the
    /// meaning: `campaigns` has names or ARNs of campaigns and recommenders with `for_you`, `similar`,
    /// `popular`, `trending` or `ranking`, and `filters` has names or ARNs with expressions.
    ///
    /// # Errors
    /// [`InvalidCampaigns`].
    pub fn read(json: &str) -> Result<Self, InvalidCampaigns> {
        // A struct is read of an array, too.
        let document: Document = if json.trim_start().starts_with('[') {
            Err(serde::de::Error::custom("found an array"))
        } else {
            serde_json::from_str(json)
        }
        .map_err(InvalidCampaigns::Json)?;
        let mut all = Self::default();
        all.campaigns.extend(document.campaigns);
        for (name, text) in document.filters {
            match text.parse() {
                Ok(filter) => all.filters.insert(name, filter),
                Err(cause) => return Err(InvalidCampaigns::Filter { name, cause }),
            };
        }
        Ok(all)
    }

    /// The list behind a campaign or a recommender.
    pub(super) fn list(&self, source: &Source) -> Result<List, Fault> {
        let (arn, kind) = match source {
            Source::Campaign(arn) => (arn, "campaign"),
            Source::Recommender(arn) => (arn, "recommender"),
        };
        named(&self.campaigns, arn, kind).copied()
    }

    /// The filter of an ARN.
    pub(super) fn filter(&self, arn: &str) -> Result<&Filter, Fault> {
        named(&self.filters, arn, "filter")
    }
}

/// What is known by the whole ARN, else by its last part. Account and region make no difference.
fn named<'a, T>(all: &'a BTreeMap<String, T>, arn: &str, kind: &str) -> Result<&'a T, Fault> {
    let name = arn.splitn(6, ':').nth(5).and_then(|resource| {
        let (of, name) = resource.split_once('/')?;
        (of == kind).then_some(name)
    });
    let found = all.get(arn).or_else(|| name.and_then(|name| all.get(name)));
    found.ok_or_else(|| {
        // Names alone: an ARN that somebody configured tells an account.
        let names: Vec<&str> = all
            .keys()
            .map(String::as_str)
            .filter(|name| !name.contains(':'))
            .collect();
        Fault::not_found(format_args!(
            "there is no {kind} {}: expected an ARN that ends in {kind}/ and one of {}",
            shown(arn),
            names.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personalize::FaultKind;

    fn campaign(name: &str) -> Source {
        Source::Campaign(format!("arn:aws:personalize:eu-west-1:123456789012:{name}"))
    }

    #[test]
    fn five_campaigns_are_there_without_any_configuration_in_every_account_and_region() {
        let all = Campaigns::default();
        for (name, list) in CAMPAIGNS {
            for arn in [
                "arn:aws:personalize:us-east-1:1",
                "arn:aws-cn:personalize::",
            ] {
                let of = |kind: &str| format!("{arn}:{kind}/{name}");
                assert_eq!(all.list(&Source::Campaign(of("campaign"))), Ok(list));
                assert_eq!(all.list(&Source::Recommender(of("recommender"))), Ok(list));
                let crossed = all.list(&Source::Recommender(of("campaign")));
                assert_eq!(crossed.unwrap_err().kind, FaultKind::ResourceNotFound);
            }
        }
        for (name, _) in FILTERS {
            assert!(
                all.filter(&format!("arn:aws:personalize:::filter/{name}"))
                    .is_ok()
            );
        }
    }

    #[test]
    fn a_document_adds_campaigns_and_filters_by_name_or_arn_and_may_change_what_names_mean() {
        let text = r#"{
            "campaigns": {"films": "similar", "matinee-popular": "trending",
                "arn:aws:personalize:eu-west-1:123456789012:campaign/exact": "ranking"},
            "filters": {"comedies": "INCLUDE ItemID WHERE Items.GENRES IN (\"Comedy\")"}
        }"#;
        let all = Campaigns::read(text).unwrap();
        let list = |name: &str| all.list(&campaign(name));
        assert_eq!(list("campaign/films"), Ok(List::Similar));
        assert_eq!(list("campaign/matinee-popular"), Ok(List::Trending));
        assert_eq!(list("campaign/matinee-similar"), Ok(List::Similar));
        assert_eq!(list("campaign/exact"), Ok(List::Ranking));
        let elsewhere = Source::Campaign("arn:aws:personalize:x:y:campaign/exact".to_owned());
        let unknown = all.list(&elsewhere).unwrap_err();
        assert!(unknown.message.contains("matinee-for-you"), "{unknown}");
        assert!(!unknown.message.contains("123456789012"), "{unknown}");
        assert!(
            all.filter("arn:aws:personalize:a:b:filter/comedies")
                .is_ok()
        );
        assert!(all.filter("arn:aws:personalize:a:b:filter/dramas").is_err());
    }

    #[test]
    fn a_document_that_is_wrong_says_where() {
        let read = |text: &str| Campaigns::read(text).unwrap_err().to_string();
        let filter = r#"{"filters": {"bad": "INCLUDE ItemID WHERE Items.GENRES LIKE (\"x\")"}}"#;
        let said = read(filter);
        assert!(
            said.contains("bad") && said.contains("at character 35"),
            "{said}"
        );
        assert!(read(r#"{"campaigns": {"films": "best"}}"#).contains("unknown variant `best`"));
        assert!(read(r#"{"campaign": {}}"#).contains("unknown field `campaign`"));
        assert!(read("[").contains("expected JSON"));
    }
}
