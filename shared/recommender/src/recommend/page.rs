use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use xxhash_rust::xxh3::xxh3_64;

use crate::model::MovieIndex;
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

/// Where to go on in a list that somebody else makes anew for every page: it carries the films that were
/// given, so that none is given twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenPage {
    /// What is known of the viewer is what was known then.
    pub as_of: Millis,
    /// Where in our own list, without the films given, the page begins; `None` where whoever made the last
    /// page goes on.
    pub offset: Option<usize>,
    /// The films that were given: at least one, at most [`GivenPage::MOST`], each once and in any order.
    pub given: Vec<MovieIndex>,
}

/// The bytes in front of the films.
const HEAD: usize = 16;

impl GivenPage {
    /// The most films that a token carries.
    pub const MOST: usize = 500;

    /// The longest token, in characters: of the most films, which five bytes each always suffice for.
    pub const LONGEST: usize = (HEAD + 5 * Self::MOST).div_ceil(3) * 4;

    /// The text handed to clients; `query` as for [`DatedPage::encode`]. It is longer than that of any other
    /// page.
    pub fn encode(&self, query: &str) -> String {
        let mut rows: Vec<u32> = self.given.iter().map(|movie| movie.0).collect();
        rows.sort_unstable();
        rows.dedup();
        let mut bytes = vec![0; HEAD];
        let mut before = 0;
        for row in rows {
            put_varint(&mut bytes, row - before);
            before = row;
        }
        let offset = self.offset.map_or(u32::MAX, |offset| offset as u32);
        bytes[..4].copy_from_slice(&offset.to_le_bytes());
        bytes[8..HEAD].copy_from_slice(&self.as_of.0.to_le_bytes());
        let seal = seal(query, &bytes);
        bytes[4..8].copy_from_slice(&seal.to_le_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The page that `token` continues `query`'s list at.
    ///
    /// # Errors
    /// [`InvalidPage`] when it is no token of that list.
    pub fn decode(token: &str, query: &str) -> Result<Self, InvalidPage> {
        if token.len() > Self::LONGEST {
            return Err(InvalidPage);
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidPage)?;
        if bytes.len() <= HEAD {
            return Err(InvalidPage);
        }
        let offset = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let sealed = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        bytes[4..8].fill(0);
        if sealed != seal(query, &bytes) {
            return Err(InvalidPage);
        }
        let (head, mut rest) = bytes.split_at(HEAD);
        let mut as_of = [0; 8];
        as_of.copy_from_slice(&head[8..]);
        let mut given = Vec::new();
        let mut row = 0u32;
        while !rest.is_empty() {
            let step = take_varint(&mut rest).ok_or(InvalidPage)?;
            row = row.checked_add(step).ok_or(InvalidPage)?;
            given.push(MovieIndex(row));
        }
        if given.len() > Self::MOST {
            return Err(InvalidPage);
        }
        Ok(Self {
            as_of: Millis(i64::from_le_bytes(as_of)),
            offset: (offset != u32::MAX).then_some(offset as usize),
            given,
        })
    }
}

/// Of the query and everything else in the token, whose seal is blank.
fn seal(query: &str, bytes: &[u8]) -> u32 {
    let mut sealed = bytes.to_vec();
    sealed.extend_from_slice(query.as_bytes());
    xxh3_64(&sealed) as u32
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn put_varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take_varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for shift in (0..32).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u32::from(byte & 0x7f);
        value |= bits
            .checked_shl(shift)
            .filter(|shifted| shifted >> shift == bits)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
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
    fn a_token_of_films_given_keeps_them_and_is_read_back_for_its_own_query_only() {
        let most = (0..GivenPage::MOST as u32).map(|nth| MovieIndex(u32::MAX - 7 * nth));
        for given in [
            vec![MovieIndex(0)],
            vec![MovieIndex(u32::MAX), MovieIndex(3), MovieIndex(127)],
            most.collect(),
        ] {
            for offset in [None, Some(0), Some(40)] {
                let mut page = GivenPage {
                    as_of: Millis(1_769_909_400_123),
                    offset,
                    given: given.clone(),
                };
                let token = page.encode("for you ada");
                assert!((23..=GivenPage::LONGEST).contains(&token.len()));
                page.given.sort_unstable();
                assert_eq!(GivenPage::decode(&token, "for you ada"), Ok(page));
                assert_eq!(GivenPage::decode(&token, "for you bo"), Err(InvalidPage));
                assert_eq!(DatedPage::decode(&token, "for you ada"), Err(InvalidPage));
                let cut = &token[..token.len() - 1];
                assert_eq!(GivenPage::decode(cut, "for you ada"), Err(InvalidPage));
            }
        }
    }

    #[test]
    fn a_token_of_films_given_that_was_altered_or_forged_is_none() {
        let page = GivenPage {
            as_of: Millis(5),
            offset: None,
            given: vec![MovieIndex(1), MovieIndex(300)],
        };
        let token = page.encode("q");
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'B' { b'C' } else { b'B' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(GivenPage::decode(&other, "q"), Err(InvalidPage), "{at}");
        }
        let dated = DatedPage {
            offset: 40,
            as_of: Millis(5),
        };
        let long = "A".repeat(GivenPage::LONGEST + 4);
        for forged in ["", "x", &dated.encode("q"), &"A".repeat(500), &long] {
            assert_eq!(GivenPage::decode(forged, "q"), Err(InvalidPage));
        }
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
