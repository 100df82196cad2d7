use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use xxhash_rust::xxh3::xxh3_64;

use crate::taste::Millis;

/// Where in a list to go on, sealed against use with another query or another model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageToken {
    offset: u32,
    query: u32,
}

/// A page token that is none, or belongs to another query or model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page token is not one of this query and model: leave it out to begin again")]
pub struct InvalidPage;

impl PageToken {
    /// The token that continues at `offset` the list that `query` names. `query` must hold
    /// everything that shapes the list, the model's version included.
    pub fn new(offset: usize, query: &str) -> Self {
        Self {
            offset: offset as u32,
            query: fingerprint(query),
        }
    }

    /// The text handed to clients.
    pub fn encode(self) -> String {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.offset.to_le_bytes());
        bytes[4..].copy_from_slice(&self.query.to_le_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The offset that `token` continues `query`'s list at.
    ///
    /// # Errors
    /// [`InvalidPage`] when it is no token of that list.
    pub fn decode(token: &str, query: &str) -> Result<usize, InvalidPage> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidPage)?;
        let bytes: [u8; 8] = bytes.try_into().map_err(|_| InvalidPage)?;
        let token = u64::from_le_bytes(bytes);
        if (token >> 32) as u32 == fingerprint(query) {
            Ok((token & u64::from(u32::MAX)) as usize)
        } else {
            Err(InvalidPage)
        }
    }
}

/// Where to go on in a list that was made from what was known at some moment. Whoever follows it asks
/// for the list of that moment again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatedPage {
    /// Where in the list the page begins.
    pub offset: usize,
    /// What the list was made from is what was known then.
    pub as_of: Millis,
}

impl DatedPage {
    /// The text handed to clients; `query` as for [`PageToken::new`], without the moment.
    pub fn encode(self, query: &str) -> String {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&(self.offset as u32).to_le_bytes());
        bytes[4..8].copy_from_slice(&self.fingerprint(query).to_le_bytes());
        bytes[8..].copy_from_slice(&self.as_of.0.to_le_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The page that `token` continues `query`'s list at.
    ///
    /// # Errors
    /// [`InvalidPage`] when it is no token of that list.
    pub fn decode(token: &str, query: &str) -> Result<Self, InvalidPage> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidPage)?;
        let bytes: [u8; 16] = bytes.try_into().map_err(|_| InvalidPage)?;
        let token = u128::from_le_bytes(bytes);
        let page = Self {
            offset: (token & u128::from(u32::MAX)) as usize,
            as_of: Millis(((token >> 64) as u64).cast_signed()),
        };
        if (token >> 32) as u32 == page.fingerprint(query) {
            Ok(page)
        } else {
            Err(InvalidPage)
        }
    }

    /// Of the query and the moment: a token cannot be moved to another one.
    fn fingerprint(self, query: &str) -> u32 {
        fingerprint(&format!("{query} as of {}", self.as_of.0))
    }
}

fn fingerprint(query: &str) -> u32 {
    xxh3_64(query.as_bytes()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dated_token_keeps_its_moment_and_is_read_back_for_its_own_query_only() {
        for as_of in [0, 1_769_909_400_123, -1, i64::MIN, i64::MAX].map(Millis) {
            let page = DatedPage { offset: 40, as_of };
            let token = page.encode("for you ada");
            assert_eq!(DatedPage::decode(&token, "for you ada"), Ok(page));
            assert_eq!(DatedPage::decode(&token, "for you bo"), Err(InvalidPage));
            // The moment, or anything else of it, cannot be altered.
            for at in 0..token.len() {
                let mut other = token.clone().into_bytes();
                other[at] = if other[at] == b'B' { b'C' } else { b'B' };
                let other = String::from_utf8(other).unwrap();
                let altered = DatedPage::decode(&other, "for you ada");
                assert!(altered.is_err() || altered.map(|page| page.as_of) == Ok(as_of));
            }
            assert_eq!(PageToken::decode(&token, "for you ada"), Err(InvalidPage));
        }
        let undated = PageToken::new(40, "q").encode();
        assert_eq!(DatedPage::decode(&undated, "q"), Err(InvalidPage));
    }

    #[test]
    fn a_token_is_read_back_for_its_own_query_only() {
        let token = PageToken::new(40, "similar tmdb:603").encode();
        assert_eq!(PageToken::decode(&token, "similar tmdb:603"), Ok(40));
        assert_eq!(PageToken::decode(&token, "top-picks"), Err(InvalidPage));
        for forged in ["", "x", "AAAAAAAAAAA", "äöü", &"A".repeat(500)] {
            assert_eq!(PageToken::decode(forged, "q"), Err(InvalidPage));
        }
    }
}
