use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use xxhash_rust::xxh3::xxh3_64;

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

fn fingerprint(query: &str) -> u32 {
    xxh3_64(query.as_bytes()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

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
