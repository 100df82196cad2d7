//! What can go wrong between a client and S3, and with which requests.

use std::time::Duration;

/// Something that goes wrong. The errors have the status, headers and XML that S3 sends.
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
    /// The connection is closed instead of an answer.
    HangUp,
    /// 503: too many requests.
    SlowDown,
    /// 500: S3 asks to try again.
    InternalError,
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
            fault: self,
            method: Some(method.to_owned()),
            path_end: path_end.to_owned(),
            left: None,
        }
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
    left: Option<usize>,
}

impl Rule {
    /// Only this many times; otherwise until the rules are cleared.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.left = Some(times);
        self
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        self.left != Some(0)
            && self.method.as_deref().is_none_or(|only| only == method)
            && path.ends_with(&self.path_end)
    }
}

impl From<Fault> for Rule {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            method: None,
            path_end: String::new(),
            left: None,
        }
    }
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
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<(u64, Fault)> {
        let (number, rule) = self
            .rules
            .iter_mut()
            .find(|(_, rule)| rule.fits(method, path))?;
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
    use super::{Fault, Rules};

    #[test]
    fn the_first_rule_that_fits_is_used_as_often_as_it_says() {
        let mut rules = Rules::default();
        rules.add(Fault::SlowDown.on("GET", "manifest.json").times(2));
        rules.add(Fault::AccessDenied.into());
        let mut taken = |method, path| rules.take(method, path).map(|(_, fault)| fault);
        assert_eq!(taken("PUT", "/b/manifest.json"), Some(Fault::AccessDenied));
        assert_eq!(taken("GET", "/b/manifest.json"), Some(Fault::SlowDown));
        assert_eq!(taken("GET", "/b/current.json"), Some(Fault::AccessDenied));
        assert_eq!(taken("GET", "/b/manifest.json"), Some(Fault::SlowDown));
        assert_eq!(taken("GET", "/b/manifest.json"), Some(Fault::AccessDenied));
        rules.clear();
        assert_eq!(rules.take("GET", "/b/manifest.json"), None);
    }

    #[test]
    fn a_use_is_taken_back() {
        let mut rules = Rules::default();
        rules.add(Fault::CutShort.on("GET", "x").times(1));
        let (number, _) = rules.take("GET", "x").unwrap();
        assert_eq!(rules.take("GET", "x"), None);
        rules.take_back(number);
        assert!(rules.take("GET", "x").is_some());
    }
}
