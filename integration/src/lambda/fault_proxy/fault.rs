//! What can go wrong between a client and a service of AWS, and with which requests.

use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Something that goes wrong. The errors have the status, headers and body that the service sends
/// which the request is for: S3's XML, the JSON of `DynamoDB` or of SQS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The answer comes, this much later.
    Delay(Duration),
    /// Half of the body comes, then nothing for this long, then the rest.
    Stall(Duration),
    /// Half of the body comes, then the connection is closed.
    CutShort,
    /// One bit of the byte in the middle of the body is another; length and `ETag` stay. S3's own
    /// checksum headers go, as they would agree with what was damaged before it was stored.
    FlipByte,
    /// The connection is closed instead of an answer, and the request goes nowhere.
    HangUp,
    /// The connection is closed instead of an answer, but the request was carried out.
    LoseAnswer,
    /// Too many requests: 503 of S3, 400 `ProvisionedThroughputExceededException` of `DynamoDB`, 403
    /// `RequestThrottled` of SQS.
    SlowDown,
    /// 500: the service asks to try again.
    InternalError,
    /// 503: the service cannot be reached behind its front.
    Unavailable,
    /// 403: the role may not do this.
    AccessDenied,
    /// 400, as S3 sends it, or 403, as other services do: the session's credentials have expired.
    ExpiredToken {
        /// The status code.
        status: u16,
    },
    /// 301, without a `Location`: the bucket is in another region.
    PermanentRedirect {
        /// Where the bucket is.
        region: &'static str,
    },
    /// 400: the request was signed for another region than the bucket's.
    WrongRegion {
        /// Where the bucket is.
        expected: &'static str,
    },
    /// 404: there is no such bucket.
    NoSuchBucket,
    /// 404: there is no such object.
    NoSuchKey,
}

impl Fault {
    /// Only for requests with this method whose path ends so.
    pub fn on(self, method: &str, path_end: &str) -> Rule {
        Rule {
            method: Some(method.to_owned()),
            path_end: path_end.to_owned(),
            ..Rule::from(self)
        }
    }

    /// Only for requests for this operation, such as `PutItem`: the end of their `X-Amz-Target`.
    pub fn on_target(self, operation: &str) -> Rule {
        Rule {
            operation: Some(operation.to_owned()),
            ..Rule::from(self)
        }
    }

    /// Only for this share of all requests, chosen at random.
    pub fn share(self, share: f64, seed: u64) -> Rule {
        Rule::from(self).share(share, seed)
    }

    /// Whether it happens to the body of an answer, and so not to answers without one.
    pub(super) fn is_of_the_body(&self) -> bool {
        matches!(self, Self::Stall(_) | Self::CutShort | Self::FlipByte)
    }
}

/// A fault, the requests that it happens to, and how often. A [`Fault`] alone is a rule for every
/// request.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(super) fault: Fault,
    method: Option<String>,
    path_end: String,
    operation: Option<String>,
    left: Option<usize>,
    chance: Option<Chance>,
}

/// Chooses a share of requests at random, the same ones for the same seed.
#[derive(Clone, Copy, Debug)]
struct Chance {
    share: f64,
    seed: u64,
    drawn: u64,
}

impl Chance {
    fn draw(&mut self) -> bool {
        self.drawn += 1;
        let number = xxh3_64_with_seed(&self.drawn.to_le_bytes(), self.seed);
        (number as f64) < self.share * 2.0_f64.powi(64)
    }
}

/// What rules look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// The `X-Amz-Target`; empty when there is none.
    pub(super) target: &'a str,
}

impl Rule {
    /// Only this many times; otherwise until the rules are cleared.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.left = Some(times);
        self
    }

    /// Only this share of the requests that it would happen to otherwise, from 0 to 1, chosen at
    /// random; the same ones for the same seed, as far as the requests come in the same order.
    #[must_use]
    pub fn share(mut self, share: f64, seed: u64) -> Self {
        self.chance = Some(Chance {
            share,
            seed,
            drawn: 0,
        });
        self
    }

    fn fits(&mut self, asked: Asked<'_>) -> bool {
        let fits = self.left != Some(0)
            && self
                .method
                .as_deref()
                .is_none_or(|only| only == asked.method)
            && asked.path.ends_with(&self.path_end)
            && self
                .operation
                .as_deref()
                .is_none_or(|only| operation(asked.target) == only);
        // Drawn last: only requests that fit otherwise count.
        fits && self.chance.as_mut().is_none_or(Chance::draw)
    }
}

impl From<Fault> for Rule {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            method: None,
            path_end: String::new(),
            operation: None,
            left: None,
            chance: None,
        }
    }
}

/// The operation of an `X-Amz-Target` such as `DynamoDB_20120810.PutItem`.
pub(super) fn operation(target: &str) -> &str {
    target
        .rsplit_once('.')
        .map_or(target, |(_, operation)| operation)
}

/// The rules in the order in which they were given.
#[derive(Debug, Default)]
pub(super) struct Rules {
    rules: Vec<(u64, Rule)>,
    next: u64,
}

impl Rules {
    pub(super) fn add(&mut self, rule: Rule) {
        self.rules.push((self.next, rule));
        self.next += 1;
    }

    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The fault of the first rule that fits, which is now used once more; its number takes the
    /// use back.
    pub(super) fn take(&mut self, asked: Asked<'_>) -> Option<(u64, Fault)> {
        let (number, rule) = self.rules.iter_mut().find_map(|(number, rule)| {
            let fits = rule.fits(asked);
            fits.then_some((number, rule))
        })?;
        rule.left = rule.left.map(|left| left - 1);
        Some((*number, rule.fault.clone()))
    }

    /// The fault could not happen: its rule was not used.
    pub(super) fn take_back(&mut self, number: u64) {
        if let Some((_, rule)) = self.rules.iter_mut().find(|(given, _)| *given == number) {
            rule.left = rule.left.map(|left| left + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Fault, Rules};

    fn asked<'a>(method: &'a str, path: &'a str, target: &'a str) -> Asked<'a> {
        Asked {
            method,
            path,
            target,
        }
    }

    #[test]
    fn the_first_rule_that_fits_is_used_as_often_as_it_says() {
        let mut rules = Rules::default();
        rules.add(Fault::SlowDown.on("GET", "manifest.json").times(2));
        rules.add(Fault::AccessDenied.into());
        let mut taken = |method, path| rules.take(asked(method, path, "")).map(|(_, fault)| fault);
        assert_eq!(taken("PUT", "/b/manifest.json"), Some(Fault::AccessDenied));
        assert_eq!(taken("GET", "/b/manifest.json"), Some(Fault::SlowDown));
        assert_eq!(taken("GET", "/b/current.json"), Some(Fault::AccessDenied));
        assert_eq!(taken("GET", "/b/manifest.json"), Some(Fault::SlowDown));
        assert_eq!(taken("GET", "/b/manifest.json"), Some(Fault::AccessDenied));
        rules.clear();
        assert!(rules.take(asked("GET", "/b/manifest.json", "")).is_none());
    }

    #[test]
    fn a_use_is_taken_back() {
        let mut rules = Rules::default();
        rules.add(Fault::CutShort.on("GET", "x").times(1));
        let (number, _) = rules.take(asked("GET", "x", "")).unwrap();
        assert!(rules.take(asked("GET", "x", "")).is_none());
        rules.take_back(number);
        assert!(rules.take(asked("GET", "x", "")).is_some());
    }

    #[test]
    fn a_rule_for_an_operation_leaves_others_alone() {
        let mut rules = Rules::default();
        rules.add(Fault::SlowDown.on_target("PutItem"));
        let mut taken = |target| rules.take(asked("POST", "/", target)).is_some();
        assert!(taken("DynamoDB_20120810.PutItem"));
        assert!(!taken("DynamoDB_20120810.GetItem"));
        assert!(!taken("DynamoDB_20120810.BatchPutItem"));
        assert!(!taken(""));
    }

    #[test]
    fn a_share_is_as_large_as_it_says_and_the_same_for_a_seed() {
        let hit = |seed| -> Vec<bool> {
            let mut rules = Rules::default();
            rules.add(Fault::HangUp.on_target("PutItem").share(0.1, seed));
            let mut take = |target| rules.take(asked("POST", "/", target)).is_some();
            (0..10_000)
                .map(|_| {
                    assert!(!take("DynamoDB_20120810.Query"));
                    take("DynamoDB_20120810.PutItem")
                })
                .collect()
        };
        let first = hit(7);
        let hits = first.iter().filter(|hit| **hit).count();
        assert!((900..1_100).contains(&hits), "{hits}");
        assert_eq!(first, hit(7));
        assert_ne!(first, hit(8));
        let never = Fault::HangUp.share(0.0, 1);
        let always = Fault::HangUp.share(1.0, 1);
        for (rule, hits) in [(never, 0), (always, 1_000)] {
            let mut rules = Rules::default();
            rules.add(rule);
            let mut take = || rules.take(asked("GET", "/", "")).is_some();
            assert_eq!((0..1_000).filter(|_| take()).count(), hits);
        }
    }
}
