//! MD5 checksums, which GroupLens publishes beside its archives.
//!
//! MD5 tells a damaged download. Against somebody who forges one it is HTTPS that protects.

use std::fmt;
use std::str::FromStr;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use ureq::Agent;

use super::{FetchError, http};

/// Bytes of a checksum.
const BYTES: usize = 16;

/// An MD5 checksum, as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Md5Sum([u8; BYTES]);

impl Md5Sum {
    /// The checksum of everything that was given to `hash`.
    pub(super) fn of(hash: Md5) -> Self {
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Md5Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Md5Sum {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = (text.len() == 2 * BYTES && text.bytes().all(|b| b.is_ascii_hexdigit()))
            .then(|| u128::from_str_radix(text, 16));
        match number {
            Some(Ok(number)) => Ok(Self(number.to_be_bytes())),
            _ => Err("expected 32 hexadecimal digits".to_owned()),
        }
    }
}

impl From<Md5Sum> for String {
    fn from(sum: Md5Sum) -> Self {
        sum.to_string()
    }
}

impl TryFrom<String> for Md5Sum {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Where the checksum of an archive is published.
pub(super) fn address(archive: &str) -> String {
    format!("{archive}.md5")
}

/// The checksum that is published beside an archive; nothing where none is.
pub(super) fn published(agent: &Agent, archive: &str) -> Result<Option<Md5Sum>, FetchError> {
    let url = address(archive);
    let Some(text) = http::text(agent, &url)? else {
        return Ok(None);
    };
    match in_text(&text) {
        Some(sum) => Ok(Some(sum)),
        None => Err(FetchError::NotAChecksum {
            url,
            found: text.trim().chars().take(80).collect(),
        }),
    }
}

/// The one checksum of a text as `md5sum` writes it, `<digits>  <file>`, or as BSD's `md5` does,
/// `MD5 (<file>) = <digits>`.
fn in_text(text: &str) -> Option<Md5Sum> {
    let mut sums = text.split_whitespace().filter_map(|word| word.parse().ok());
    let first = sums.next()?;
    sums.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "d41d8cd98f00b204e9800998ecf8427e";

    #[test]
    fn the_checksum_of_nothing_is_the_known_one() {
        assert_eq!(Md5Sum::of(Md5::new()).to_string(), SUM);
        assert_eq!(SUM.parse::<Md5Sum>().unwrap(), Md5Sum::of(Md5::new()));
    }

    #[test]
    fn a_checksum_is_found_in_the_words_of_either_program() {
        for text in [
            format!("{SUM}  ml-1m.zip\n"),
            format!("{SUM} *ml-1m.zip"),
            format!("MD5 (ml-1m.zip) = {SUM}\n"),
            SUM.to_uppercase(),
        ] {
            assert_eq!(in_text(&text), Some(SUM.parse().unwrap()), "{text}");
        }
        for text in [
            "",
            "<html>Not here</html>",
            &SUM[1..],
            &format!("{SUM} {}", SUM.replace('d', "e")),
        ] {
            assert_eq!(in_text(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_checksum_is_refused() {
        for wrong in [
            "",
            "+41d8cd98f00b204e9800998ecf8427e",
            &SUM[1..],
            "z41d8cd98f00b204e9800998ecf8427e",
        ] {
            assert!(wrong.parse::<Md5Sum>().is_err(), "{wrong}");
        }
    }
}
