//! Which lists Amazon Personalize makes, as it is set.

use std::time::Duration;

use crate::recommend::InvalidSetting;

/// The least time that a list may wait for Personalize.
pub const SHORTEST_LIMIT: Duration = Duration::from_millis(50);

/// The most time that a list may wait for Personalize.
pub const LONGEST_LIMIT: Duration = Duration::from_secs(5);

/// How long a list waits for Personalize where nothing is said: several times what an answer takes, and
/// no delay that a person would call one.
const LIMIT: Duration = Duration::from_millis(500);

/// The longest ARN.
const MAX_ARN: usize = 256;

/// Which lists Amazon Personalize makes, and for whom.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendSettings {
    /// The ARN of the campaign that recommends to a user.
    pub for_you: Option<String>,
    /// The ARN of the campaign that finds items like one.
    pub similar: Option<String>,
    /// The ARN of the campaign that ranks items for a user.
    pub ranking: Option<String>,
    /// The ARN of the filter that our filters are mapped to.
    pub filter: Option<String>,
    /// The share of viewers whose lists are made there, from 0 to 1.
    pub share: f64,
    /// How long a page may take, with its second call and all that is tried again.
    pub limit: Duration,
}

/// Where the values come from.
struct Values<V>(V);

impl BackendSettings {
    /// What `RECOMMENDER` and the variables of `PERSONALIZE_…` set: `None` where our own model makes every
    /// list. What `value` has nothing for, or nothing but spaces, is as usual. What cannot be used is an
    /// error also where it would not be needed.
    ///
    /// # Errors
    /// [`InvalidSetting`].
    pub fn read(
        value: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Option<Self>, InvalidSetting> {
        let values = Values(value);
        let settings = Self {
            for_you: values.arn("PERSONALIZE_CAMPAIGN_ARN", ":campaign/")?,
            similar: values.arn("PERSONALIZE_SIMILAR_ARN", ":campaign/")?,
            ranking: values.arn("PERSONALIZE_RANKING_ARN", ":campaign/")?,
            filter: values.arn("PERSONALIZE_FILTER_ARN", ":filter/")?,
            share: values.share()?,
            limit: values.limit()?,
        };
        if !values.personalize()? {
            return Ok(None);
        }
        let invalid = |variable, expected| InvalidSetting {
            variable,
            found: String::new(),
            expected,
        };
        let recommending = settings.for_you.is_some() || settings.similar.is_some();
        if !recommending && settings.ranking.is_none() {
            return Err(invalid(
                "PERSONALIZE_CAMPAIGN_ARN",
                "the ARN of a campaign, here or in PERSONALIZE_SIMILAR_ARN or PERSONALIZE_RANKING_ARN, where RECOMMENDER is personalize",
            ));
        }
        if settings.filter.is_some() && !recommending {
            return Err(invalid(
                "PERSONALIZE_CAMPAIGN_ARN",
                "the ARN of a campaign, here or in PERSONALIZE_SIMILAR_ARN, where PERSONALIZE_FILTER_ARN is set",
            ));
        }
        Ok(Some(settings))
    }
}

impl<V: Fn(&'static str) -> Option<String>> Values<V> {
    fn text(&self, variable: &'static str) -> Option<String> {
        let text = (self.0)(variable)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn personalize(&self) -> Result<bool, InvalidSetting> {
        match self.text("RECOMMENDER") {
            None => Ok(false),
            Some(name) if name == "matinee" => Ok(false),
            Some(name) if name == "personalize" => Ok(true),
            Some(found) => Err(InvalidSetting {
                variable: "RECOMMENDER",
                found,
                expected: "matinee or personalize",
            }),
        }
    }

    /// An ARN as the service takes it, of the `kind` of resource.
    fn arn(
        &self,
        variable: &'static str,
        kind: &'static str,
    ) -> Result<Option<String>, InvalidSetting> {
        let Some(found) = self.text(variable) else {
            return Ok(None);
        };
        let parts: Vec<&str> = found.splitn(6, ':').collect();
        let sound = found.len() <= MAX_ARN
            && matches!(parts[..], ["arn", partition, "personalize", _, _, resource]
                if !partition.is_empty() && format!(":{resource}").starts_with(kind)
                    && resource.len() + 1 > kind.len());
        if sound {
            return Ok(Some(found));
        }
        let expected = if kind == ":filter/" {
            "the ARN of a filter, such as arn:aws:personalize:us-east-1:123456789012:filter/films"
        } else {
            "the ARN of a campaign, such as arn:aws:personalize:us-east-1:123456789012:campaign/for-you"
        };
        Err(InvalidSetting {
            variable,
            found,
            expected,
        })
    }

    fn share(&self) -> Result<f64, InvalidSetting> {
        let Some(found) = self.text("PERSONALIZE_SHARE") else {
            return Ok(1.0);
        };
        match found.parse() {
            Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
            _ => Err(InvalidSetting {
                variable: "PERSONALIZE_SHARE",
                found,
                expected: "a share of viewers from 0 to 1",
            }),
        }
    }

    fn limit(&self) -> Result<Duration, InvalidSetting> {
        let Some(found) = self.text("PERSONALIZE_TIMEOUT_MS") else {
            return Ok(LIMIT);
        };
        let limit = found.parse().map(Duration::from_millis);
        match limit {
            Ok(limit) if (SHORTEST_LIMIT..=LONGEST_LIMIT).contains(&limit) => Ok(limit),
            _ => Err(InvalidSetting {
                variable: "PERSONALIZE_TIMEOUT_MS",
                found,
                expected: "a whole number of milliseconds from 50 to 5000",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMPAIGN: &str = "arn:aws:personalize:us-east-1:123456789012:campaign/for-you";
    const FILTER: &str = "arn:aws:personalize:us-east-1:123456789012:filter/films";

    fn read(set: &[(&str, &str)]) -> Result<Option<BackendSettings>, InvalidSetting> {
        BackendSettings::read(|asked| {
            let found = set.iter().find(|(name, _)| *name == asked);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn where_nothing_is_said_our_own_model_makes_every_list() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("RECOMMENDER", " ")]), Ok(None));
        let named = [
            ("RECOMMENDER", "matinee"),
            ("PERSONALIZE_CAMPAIGN_ARN", CAMPAIGN),
        ];
        assert_eq!(read(&named), Ok(None));
    }

    #[test]
    fn what_is_set_is_taken_and_what_is_not_is_as_usual() {
        let personalize = ("RECOMMENDER", "personalize");
        let campaign = ("PERSONALIZE_CAMPAIGN_ARN", CAMPAIGN);
        let settings = read(&[personalize, campaign]).unwrap().unwrap();
        assert_eq!(settings.for_you.as_deref(), Some(CAMPAIGN));
        assert_eq!(
            (settings.share.to_bits(), settings.limit),
            (1f64.to_bits(), LIMIT)
        );
        let all = [
            personalize,
            ("PERSONALIZE_SIMILAR_ARN", CAMPAIGN),
            ("PERSONALIZE_RANKING_ARN", CAMPAIGN),
            ("PERSONALIZE_FILTER_ARN", FILTER),
            ("PERSONALIZE_SHARE", "0.25"),
            ("PERSONALIZE_TIMEOUT_MS", "50"),
        ];
        let settings = read(&all).unwrap().unwrap();
        assert_eq!(settings.for_you, None);
        assert_eq!(settings.filter.as_deref(), Some(FILTER));
        assert_eq!(settings.share.to_bits(), 0.25f64.to_bits());
        assert_eq!(settings.limit, SHORTEST_LIMIT);
    }

    #[test]
    fn what_makes_no_sense_is_named_whoever_recommends() {
        let long = format!("{CAMPAIGN}{}", "x".repeat(MAX_ARN));
        for (variable, wrong) in [
            ("RECOMMENDER", "amazon"),
            ("RECOMMENDER", "Personalize"),
            ("PERSONALIZE_CAMPAIGN_ARN", "for-you"),
            ("PERSONALIZE_CAMPAIGN_ARN", FILTER),
            (
                "PERSONALIZE_CAMPAIGN_ARN",
                "arn:aws:personalize:us-east-1:1:campaign/",
            ),
            (
                "PERSONALIZE_CAMPAIGN_ARN",
                "arn:aws:sqs:us-east-1:1:campaign/a",
            ),
            ("PERSONALIZE_CAMPAIGN_ARN", &long),
            ("PERSONALIZE_SIMILAR_ARN", "campaign/similar"),
            ("PERSONALIZE_RANKING_ARN", FILTER),
            ("PERSONALIZE_FILTER_ARN", CAMPAIGN),
            ("PERSONALIZE_SHARE", "1.01"),
            ("PERSONALIZE_SHARE", "-0.1"),
            ("PERSONALIZE_SHARE", "NaN"),
            ("PERSONALIZE_SHARE", "half"),
            ("PERSONALIZE_TIMEOUT_MS", "49"),
            ("PERSONALIZE_TIMEOUT_MS", "5001"),
            ("PERSONALIZE_TIMEOUT_MS", "1s"),
        ] {
            for recommender in ["matinee", "personalize"] {
                let set = [
                    (variable, wrong),
                    ("RECOMMENDER", recommender),
                    ("PERSONALIZE_CAMPAIGN_ARN", CAMPAIGN),
                ];
                let error = read(&set).unwrap_err();
                assert_eq!((error.variable, error.found.as_str()), (variable, wrong));
            }
        }
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        let personalize = ("RECOMMENDER", "personalize");
        let alone = read(&[personalize]).unwrap_err();
        assert_eq!(alone.variable, "PERSONALIZE_CAMPAIGN_ARN");
        let unused = [
            personalize,
            ("PERSONALIZE_RANKING_ARN", CAMPAIGN),
            ("PERSONALIZE_FILTER_ARN", FILTER),
        ];
        let unused = read(&unused).unwrap_err();
        assert_eq!(unused.variable, "PERSONALIZE_CAMPAIGN_ARN");
    }
}
