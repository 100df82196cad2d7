//! Who did something, what it is known by, and which recommendation it followed.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};

/// The longest of these ids, in bytes.
pub const MAX_ID: usize = 128;

/// What an id may be, for people.
const EXPECTED: &str = "1 to 128 of A-Z a-z 0-9 . _ : -";

/// A string that is no such id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {EXPECTED}, found {found:?}")]
pub struct InvalidId {
    /// As given, cut after [`MAX_ID`] characters.
    pub found: String,
}

fn check(text: &str) -> Result<(), InvalidId> {
    let sound = (1..=MAX_ID).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-'));
    if sound {
        Ok(())
    } else {
        Err(InvalidId {
            found: text.chars().take(MAX_ID).collect(),
        })
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// Somebody who watches films: opaque, 1 to 128 of `[A-Za-z0-9._:-]`.
    ViewerId
    /// Names one interaction of a viewer, so that a repeat is recognised; the alphabet of
    /// [`ViewerId`].
    InteractionId
    /// The served list that an interaction follows; the alphabet of [`ViewerId`].
    RecommendationId
    /// What a device calls a request for predictions, so that it knows the answer, and a repeat of it;
    /// the alphabet of [`ViewerId`].
    RequestId
}

impl ViewerId {
    /// The viewer behind another system's user id: the id itself where it fits, else
    /// `<system>:` and a hash of it.
    pub fn foreign(system: &str, id: &str) -> Self {
        id.parse().unwrap_or_else(|_| Self::hashed(system, id))
    }

    /// The viewer behind the subject of a verified token: as [`ViewerId::foreign`], but a subject
    /// with a colon is hashed, too, lest somebody who may choose it names a viewer of another
    /// system, whose ids have one.
    pub fn signed_in(subject: &str) -> Self {
        if subject.contains(':') {
            Self::hashed("jwt", subject)
        } else {
            Self::foreign("jwt", subject)
        }
    }

    fn hashed(system: &str, id: &str) -> Self {
        Self(format!("{system}:{}", hex(&Sha256::digest(id.as_bytes()))))
    }
}

impl InteractionId {
    /// The id of what has none: a hash of `parts`, which must tell it from everything else that
    /// the viewer does.
    pub fn derived<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(format!("derived:{}", hash_of(parts)))
    }
}

impl RequestId {
    /// The id of a request that has none: the same parts give the same id, of 40 bytes.
    pub fn derived<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(format!("derived:{}", hash_of(parts)))
    }
}

impl RecommendationId {
    /// The id of the list that `parts` tell from every other: the same parts give the same id.
    pub fn derived<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(format!("list:{}", hash_of(parts)))
    }
}

pub(super) fn hash_of<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // Lengths, so that no two lists of parts run together.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// The secret that turns voice users into viewers: whoever lacks it cannot tell which user a
/// viewer is.
#[derive(Clone)]
pub struct ViewerKey(Vec<u8>);

impl ViewerKey {
    /// The fewest bytes a key may have.
    pub const MIN: usize = 16;

    /// A key of at least [`ViewerKey::MIN`] bytes; `None` when there are fewer.
    pub fn new(secret: impl Into<Vec<u8>>) -> Option<Self> {
        Some(secret.into())
            .filter(|secret| secret.len() >= Self::MIN)
            .map(Self)
    }

    /// The viewer behind an Alexa `personId` or `userId`: `alexa:` and the first 32 hex digits of
    /// the id's HMAC-SHA-256.
    pub fn alexa(&self, user: &str) -> ViewerId {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(user.as_bytes());
        ViewerId(format!("alexa:{}", hex(&mac.finalize().into_bytes())))
    }
}

impl fmt::Debug for ViewerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ViewerKey(secret)")
    }
}

/// The first 32 hex digits.
fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_an_alphabet_and_a_length() {
        for good in ["a", "alexa:0f", "A.b_c-9", &"x".repeat(128)] {
            assert_eq!(good.parse::<ViewerId>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a/b", "é", "a\t", &"x".repeat(129)] {
            assert!(bad.parse::<InteractionId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_foreign_id_is_kept_where_it_fits() {
        assert_eq!(ViewerId::foreign("jwt", "u-1").as_str(), "u-1");
        let hashed = ViewerId::foreign("jwt", "auth0|1");
        assert!(hashed.as_str().starts_with("jwt:"), "{hashed}");
        assert_eq!(hashed.as_str().len(), 36);
        assert_ne!(hashed, ViewerId::foreign("jwt", "auth0|2"));
    }

    #[test]
    fn who_is_signed_in_cannot_be_a_viewer_of_another_system() {
        assert_eq!(ViewerId::signed_in("u-1").as_str(), "u-1");
        for subject in ["alexa:5bdcc146bf60754e6a042426089575c7", "jwt:0", "a|b"] {
            let viewer = ViewerId::signed_in(subject);
            assert!(viewer.as_str().starts_with("jwt:"), "{viewer}");
            assert_ne!(viewer.as_str(), subject);
        }
    }

    #[test]
    fn a_derived_id_tells_lists_of_parts_apart() {
        let id = |parts: &[&str]| InteractionId::derived(parts.iter().copied());
        assert_eq!(id(&["a", "b"]), id(&["a", "b"]));
        assert_ne!(id(&["ab", ""]), id(&["a", "b"]));
    }

    #[test]
    fn a_voice_viewer_is_the_hmac_of_the_user() {
        // RFC 4231, test case 2.
        let key = ViewerKey(b"Jefe".to_vec());
        let viewer = key.alexa("what do ya want for nothing?");
        assert_eq!(viewer.as_str(), "alexa:5bdcc146bf60754e6a042426089575c7");
        assert!(ViewerKey::new("short").is_none());
        assert_eq!(format!("{key:?}"), "ViewerKey(secret)");
    }
}
