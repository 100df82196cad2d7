//! Who sent a call: AWS's Signature Version 4, checked.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt::{self, Write as _};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::taste::Millis;

/// How far the time of a signature may be from the time here, in milliseconds.
const APART: i64 = 5 * 60 * 1000;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The name by which clients of Personalize sign.
const SERVICE: &str = "personalize";

/// A key that clients sign with: it is made for a deployment, and nothing of AWS knows it.
#[derive(Clone)]
pub struct AccessKey {
    id: String,
    secret: String,
}

impl AccessKey {
    /// The fewest characters of the secret.
    pub const MIN_SECRET: usize = 16;

    /// A key, if its id is 1 to 128 letters, digits and underscores and its secret is at least
    /// [`AccessKey::MIN_SECRET`] characters long.
    pub fn new(id: &str, secret: &str) -> Option<Self> {
        let of_id = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let sound = (1..=128).contains(&id.len()) && id.bytes().all(of_id);
        (sound && secret.len() >= Self::MIN_SECRET).then(|| Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
        })
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKey({})", self.id)
    }
}

/// Why a call is not known to come from who has the key, as AWS's services say it. The status is 403.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SignatureFault {
    /// The name of the error's shape.
    pub kind: &'static str,
    /// What was expected.
    pub message: String,
}

fn fault<T>(kind: &'static str, message: impl Into<String>) -> Result<T, SignatureFault> {
    Err(SignatureFault {
        kind,
        message: message.into(),
    })
}

const INVALID: &str = "InvalidSignatureException";
const INCOMPLETE: &str = "IncompleteSignatureException";

/// A request, as far as it is signed.
#[derive(Clone, Copy)]
pub struct Signature<'a> {
    /// The method.
    pub method: &'a str,
    /// The path as it was sent.
    pub path: &'a str,
    /// The query as it was sent, without the question mark; empty where there is none.
    pub query: &'a str,
    /// What a header of this name, in lower case, holds.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// The header `Authorization`, taken apart.
struct Authorization<'a> {
    id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let fields = text.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let mut found = [None; 3];
        for field in fields.split(',') {
            let (name, value) = field.trim().split_once('=')?;
            let names = ["Credential", "SignedHeaders", "Signature"];
            let place = names.iter().position(|of| *of == name)?;
            found[place] = Some(value);
        }
        let [Some(credential), Some(headers), Some(signature)] = found else {
            return None;
        };
        let parts: Vec<&str> = credential.split('/').collect();
        let [id, date, region, service, "aws4_request"] = parts[..] else {
            return None;
        };
        Some(Self {
            id,
            date,
            region,
            service,
            headers,
            signature,
        })
    }
}

impl Signature<'_> {
    /// Checks that the request is signed with `key`, at a time within five minutes of `now`: method, path,
    /// query, body, the host and the time at least. For which region makes no difference.
    ///
    /// # Errors
    /// [`SignatureFault`].
    pub fn check(&self, key: &AccessKey, now: Millis) -> Result<(), SignatureFault> {
        let header = |name: &str| (self.header)(name);
        let Some(text) = header("authorization") else {
            return fault(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token: sign the request with the deployment's key",
            );
        };
        let Some(authorization) = Authorization::read(text) else {
            return fault(
                INCOMPLETE,
                "expected Authorization: AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/personalize/\
                 aws4_request, SignedHeaders=…, Signature=…",
            );
        };
        let Some(at) = header("x-amz-date") else {
            return fault(INCOMPLETE, "expected the header X-Amz-Date");
        };
        let Some(moment) = moment(at) else {
            return fault(INCOMPLETE, "expected X-Amz-Date as YYYYMMDDTHHMMSSZ");
        };
        let Authorization {
            id,
            date,
            region,
            service,
            headers,
            signature,
        } = authorization;
        if service != SERVICE {
            return fault(
                INVALID,
                format!("Credential should be scoped to correct service: '{SERVICE}'."),
            );
        }
        if !at.starts_with(date) || date.len() != 8 {
            return fault(
                INVALID,
                "the dates of Credential and X-Amz-Date must be the same",
            );
        }
        if moment.0.abs_diff(now.0) > APART.unsigned_abs() {
            return fault(
                INVALID,
                "Signature expired: X-Amz-Date must be within five minutes of the time here",
            );
        }
        let signed: Vec<&str> = headers.split(';').collect();
        if !["host", "x-amz-date"]
            .iter()
            .all(|name| signed.contains(name))
        {
            return fault(INVALID, "SignedHeaders must have host and x-amz-date");
        }
        let Some(request) = self.canonical(&signed, headers) else {
            return fault(INVALID, "SignedHeaders names a header that is not there");
        };
        let scope = format!("{date}/{region}/{service}/aws4_request");
        let text = format!(
            "{ALGORITHM}\n{at}\n{scope}\n{}",
            hex(&Sha256::digest(request))
        );
        if id != key.id {
            return fault(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            );
        }
        let mut derived = format!("AWS4{}", key.secret).into_bytes();
        for part in [date, region, service, "aws4_request"] {
            derived = mac(&derived, part).finalize().into_bytes().to_vec();
        }
        // Compared in a time that does not tell how much of it is right.
        let fits = bytes(signature).map(|bytes| mac(&derived, &text).verify_slice(&bytes));
        if fits.is_none_or(|fits| fits.is_err()) {
            return fault(
                INVALID,
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method.",
            );
        }
        Ok(())
    }

    /// The request as it is signed; `None` where a signed header is not there.
    fn canonical(&self, signed: &[&str], headers: &str) -> Option<String> {
        let mut text = format!("{}\n{}\n", self.method, encoded(self.path));
        let query = self.query.split('&').filter(|part| !part.is_empty());
        let mut query: Vec<(&str, &str)> = query
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .collect();
        // By name, then by value: as whole texts `a1=2` would stand before `a=1`.
        query.sort_unstable();
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        text.push_str(&query.join("&"));
        text.push('\n');
        for name in signed {
            let value = (self.header)(name)?;
            let words: Vec<&str> = value.split_ascii_whitespace().collect();
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{name}:{}", words.join(" "));
        }
        let _ = write!(text, "\n{headers}\n{}", hex(&Sha256::digest(self.body)));
        Some(text)
    }
}

/// A path, percent-encoded once more, as it is signed for all services but S3.
fn encoded(path: &str) -> String {
    if path.is_empty() {
        return "/".to_owned();
    }
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => text.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

/// `20260131T120000Z`
fn moment(text: &str) -> Option<Millis> {
    let sound = text.len() == 16
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    if !sound {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to);
    Millis::parse(&format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(9, 11)?,
        part(11, 13)?,
        part(13, 15)?
    ))
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(text.as_bytes());
    mac
}

/// The bytes that hexadecimal digits stand for.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.len() % 2 == 1 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2015-08-30T12:36:00Z.
    const THEN: i64 = 1_440_938_160_000;

    /// What botocore 1.43 has signed at that moment, with the key of AWS's examples.
    const BODY: &str =
        r#"{"campaignArn": "arn:aws:personalize:us-east-1:1:campaign/matinee-popular"}"#;

    const CREDENTIAL: &str = "AKIDEXAMPLE/20150830/us-east-1/personalize/aws4_request";

    struct Request {
        path: &'static str,
        query: &'static str,
        body: String,
        headers: Vec<(&'static str, String)>,
    }

    fn request(path: &'static str, query: &'static str, signature: &str) -> Request {
        let headers = "content-type;host;x-amz-date";
        let authorization = format!(
            "{ALGORITHM} Credential={CREDENTIAL}, SignedHeaders={headers}, Signature={signature}"
        );
        Request {
            path,
            query,
            body: BODY.to_owned(),
            headers: vec![
                ("host", "films.example:3000".to_owned()),
                ("content-type", "application/json".to_owned()),
                ("x-amz-date", "20150830T123600Z".to_owned()),
                ("authorization", authorization),
            ],
        }
    }

    fn signed() -> Request {
        let signature = "f098d95567154f972e5ec20fb37bc1b997404c42d3a493354c40b7a0e52db6c6";
        request("/recommendations", "", signature)
    }

    impl Request {
        fn with(mut self, name: &str, value: Option<&str>) -> Self {
            let place = self.headers.iter().position(|(of, _)| *of == name).unwrap();
            match value {
                Some(value) => value.clone_into(&mut self.headers[place].1),
                None => {
                    self.headers.remove(place);
                }
            }
            self
        }

        /// With a part of the authorization replaced.
        fn having(self, part: &str, other: &str) -> Self {
            let text = self.headers[3].1.replace(part, other);
            self.with("authorization", Some(&text))
        }

        fn check(&self, now: i64) -> Result<(), &'static str> {
            let key = AccessKey::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
            let found = |name: &str| {
                let header = self.headers.iter().find(|(of, _)| *of == name);
                header.map(|(_, value)| value.as_str())
            };
            let signature = Signature {
                method: "POST",
                path: self.path,
                query: self.query,
                header: &found,
                body: self.body.as_bytes(),
            };
            let checked = signature.check(&key.unwrap(), Millis(now));
            checked.map_err(|fault| fault.kind)
        }
    }

    #[test]
    fn what_another_implementation_has_signed_is_accepted_within_five_minutes() {
        assert_eq!(signed().check(THEN), Ok(()));
        for apart in [-APART, APART] {
            assert_eq!(signed().check(THEN + apart), Ok(()));
        }
        for apart in [-APART - 1, APART + 1, i64::MAX - THEN, i64::MIN] {
            assert_eq!(signed().check(THEN.saturating_add(apart)), Err(INVALID));
        }
        let encoded = "bec5db8b97f01b652592943a6d9bf73a63a115ed7afdbe12cc3a4b41d0db180b";
        let other = request("/a%20b/recommendations", "b=2&a=1", encoded);
        assert_eq!(other.check(THEN), Ok(()));
    }

    #[test]
    fn a_query_is_signed_in_the_order_of_its_names_and_values_each_with_its_sign() {
        for (query, signed) in [
            ("", ""),
            ("a=1&a1=2", "a=1&a1=2"),
            ("a1=2&a=1", "a=1&a1=2"),
            ("b=2&a=2&a=10", "a=10&a=2&b=2"),
            ("b&a=&a", "a=&a=&b="),
            ("a=b=c&&a", "a=&a=b=c"),
        ] {
            let request = Signature {
                method: "POST",
                path: "/events",
                query,
                header: &|_| Some("films.example"),
                body: b"",
            };
            let text = request.canonical(&["host"], "host").unwrap();
            assert_eq!(text.lines().nth(2), Some(signed), "{query}");
        }
    }

    #[test]
    fn whatever_of_a_request_is_altered_is_noticed() {
        let mut body = signed();
        body.body.push(' ');
        let path = Request {
            path: "/events",
            ..signed()
        };
        let query = Request {
            query: "a=1",
            ..signed()
        };
        for altered in [
            body,
            path,
            query,
            signed().with("host", Some("other.example")),
            signed().with("content-type", None),
            signed().with("content-type", Some("text/plain")),
            signed().with("x-amz-date", Some("20150830T123601Z")),
            signed().with("x-amz-date", Some("20150831T123600Z")),
            signed().having("us-east-1", "us-east-2"),
            signed().having("/personalize/", "/s3/"),
            signed().having("f098", "f099"),
            signed().having("f098d9", "f098g9"),
            signed().having("Signature=f0", "Signature="),
            signed().having("content-type;host;", "content-type;"),
        ] {
            assert_eq!(altered.check(THEN), Err(INVALID), "{:?}", altered.headers);
        }
    }

    #[test]
    fn what_lacks_a_signature_or_has_another_key_is_told_so() {
        let missing = signed().with("authorization", None);
        let kind = "MissingAuthenticationTokenException";
        assert_eq!(missing.check(THEN), Err(kind));
        for incomplete in [
            signed().with("authorization", Some("Bearer abc")),
            signed().with("authorization", Some("AWS4-HMAC-SHA256")),
            signed().having("Credential=AKIDEXAMPLE/", "Credential="),
            signed().having(", Signature=", ", Sign="),
            signed().with("x-amz-date", None),
            signed().with("x-amz-date", Some("yesterday, at 123")),
        ] {
            assert_eq!(
                incomplete.check(THEN),
                Err(INCOMPLETE),
                "{:?}",
                incomplete.headers
            );
        }
        let other = signed().having("AKIDEXAMPLE", "AKIDOTHER");
        assert_eq!(other.check(THEN), Err("UnrecognizedClientException"));
    }

    #[test]
    fn a_key_has_an_id_and_a_long_secret_which_is_not_shown() {
        let secret = "x".repeat(AccessKey::MIN_SECRET);
        let key = AccessKey::new("FILMS_1", &secret).unwrap();
        assert_eq!(format!("{key:?}"), "AccessKey(FILMS_1)");
        for (id, secret) in [("", &*secret), ("a/b", &secret), ("a", "short")] {
            assert!(AccessKey::new(id, secret).is_none(), "{id}");
        }
    }
}
