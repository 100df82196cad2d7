//! API Gateway's HTTP API in front of a function: a request becomes an event of payload format
//! 2.0, and what the function returns becomes the answer that a client sees.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The host name that API Gateway gives to an API.
const HOST: &str = "abcdefghij.execute-api.us-east-1.amazonaws.com";

/// The client, from the range of addresses that is kept for documentation.
const CLIENT: &str = "203.0.113.7";

/// The event that API Gateway makes of a request. `target` is the path with its query, encoded as
/// a client sends it. Header names are sent in lower case; of one given twice the values are
/// joined by commas, cookies have a field of their own.
pub fn http_event(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Value {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // HTTP APIs hand the path over decoded, and the query as it came.
    let path = decoded(path, false);
    let (sent, cookies) = sent_headers(headers, body);
    let now = Timestamp::now();
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": HOST,
            "domainPrefix": "abcdefghij",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": CLIENT,
                "userAgent": sent["user-agent"],
            },
            "requestId": request_id(),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        event["queryStringParameters"] = parameters(query);
    }
    if !body.is_empty() {
        let (text, encoded) = body_text(sent.get("content-type"), body);
        event["body"] = json!(text);
        event["isBase64Encoded"] = json!(encoded);
    }
    event["headers"] = json!(sent);
    event
}

/// A number that no other event of this process has.
fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn request_id() -> String {
    format!("00000000-0000-4000-8000-{:012x}", number())
}

/// An X-Ray trace header, as AWS makes one for each request.
pub(crate) fn trace_id() -> String {
    let seconds = Timestamp::now().as_second();
    format!("Root=1-{seconds:08x}-{:024x}", number())
}

fn sent_headers(headers: &[(&str, &str)], body: &[u8]) -> (BTreeMap<String, String>, Vec<String>) {
    let mut sent = BTreeMap::from([
        ("accept".to_owned(), "*/*".to_owned()),
        ("user-agent".to_owned(), "matinee-integration".to_owned()),
    ]);
    let mut given: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, value) in headers {
        given
            .entry(name.to_ascii_lowercase())
            .or_default()
            .push(value);
    }
    let cookies = given.remove("cookie").unwrap_or_default();
    let cookies = cookies.iter().flat_map(|value| value.split(';'));
    let cookies = cookies.map(|cookie| cookie.trim().to_owned()).collect();
    sent.extend(
        given
            .into_iter()
            .map(|(name, values)| (name, values.join(","))),
    );
    // What the gateway itself writes.
    sent.insert("content-length".to_owned(), body.len().to_string());
    let host = sent.entry("host".to_owned());
    host.or_insert_with(|| HOST.to_owned());
    sent.insert("x-amzn-trace-id".to_owned(), trace_id());
    sent.insert("x-forwarded-for".to_owned(), CLIENT.to_owned());
    sent.insert("x-forwarded-port".to_owned(), "443".to_owned());
    sent.insert("x-forwarded-proto".to_owned(), "https".to_owned());
    (sent, cookies)
}

/// The query parameters decoded; of one given twice the values are joined by commas.
fn parameters(query: &str) -> Value {
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let values = parameters.entry(decoded(name, true)).or_default();
        values.push(decoded(value, true));
    }
    let joined = parameters
        .into_iter()
        .map(|(name, values)| (name, values.join(",").into()));
    Value::Object(joined.collect::<Map<_, _>>())
}

/// Percent-decoded; what is no code stays as it is, bytes that are no text are replaced.
pub(crate) fn decoded(text: &str, plus_is_space: bool) -> String {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.first_chunk::<2>().filter(|_| byte == b'%');
        let value = code.and_then(|code| u8::from_str_radix(str::from_utf8(code).ok()?, 16).ok());
        let plain = if plus_is_space && byte == b'+' {
            b' '
        } else {
            byte
        };
        bytes.push(value.unwrap_or(plain));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The body as text, and whether that is base64: API Gateway keeps what is text by its media type.
fn body_text<'a>(media_type: Option<&String>, body: &'a [u8]) -> (Cow<'a, str>, bool) {
    const TEXT: [&str; 3] = [
        "application/json",
        "application/xml",
        "application/javascript",
    ];
    let media_type = media_type.map_or("text/plain", String::as_str);
    let is_text =
        media_type.starts_with("text/") || TEXT.iter().any(|text| media_type.starts_with(text));
    match str::from_utf8(body) {
        Ok(text) if is_text => (text.into(), false),
        _ => (STANDARD.encode(body).into(), true),
    }
}

/// The answer that a client of the API sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, decoded where it came in base64.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// What API Gateway makes of that which a function returned. Where it is not of the response
    /// format the client sees what it sees of a failed function: a 500.
    pub fn of(returned: &Value, failed: bool) -> Self {
        let answer = if failed { None } else { Self::parse(returned) };
        answer.unwrap_or_else(|| Self {
            status: 500,
            headers: BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]),
            body: br#"{"message":"Internal Server Error"}"#.to_vec(),
        })
    }

    fn parse(returned: &Value) -> Option<Self> {
        let status = u16::try_from(returned.get("statusCode")?.as_u64()?).ok()?;
        let headers = returned.get("headers").and_then(Value::as_object);
        let headers = headers.into_iter().flatten().filter_map(|(name, value)| {
            Some((name.to_ascii_lowercase(), value.as_str()?.to_owned()))
        });
        let body = returned
            .get("body")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let body = if returned["isBase64Encoded"].as_bool() == Some(true) {
            STANDARD.decode(body).ok()?
        } else {
            body.as_bytes().to_vec()
        };
        Some(Self {
            status,
            headers: headers.collect(),
            body,
        })
    }

    /// A header; its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body as text.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(json) => json,
            Err(error) => panic!("the body is no JSON: {error}\n{}\n{self:?}", self.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::{HttpAnswer, http_event};
    use crate::workspace;

    /// What is different in each request, and what a route with an authorizer adds.
    fn without_identity(mut event: Value) -> Value {
        for field in ["requestId", "time", "timeEpoch"] {
            assert!(
                !event["requestContext"][field].is_null(),
                "{field} of {event}"
            );
            event["requestContext"][field] = Value::Null;
        }
        event["requestContext"]["routeKey"] = Value::Null;
        event["routeKey"] = Value::Null;
        let context = event["requestContext"].as_object_mut().unwrap();
        context.remove("authorizer");
        event.as_object_mut().unwrap().remove("pathParameters");
        let trace = event["headers"]["x-amzn-trace-id"].as_str().unwrap();
        let parts: Vec<_> = trace.strip_prefix("Root=1-").unwrap().split('-').collect();
        assert_eq!([parts[0].len(), parts[1].len()], [8, 24], "{trace}");
        event["headers"]["x-amzn-trace-id"] = Value::Null;
        event
    }

    #[test]
    fn the_events_of_the_repository_are_built_from_their_requests() {
        let folder = workspace().join("events/recommend");
        let mut compared = 0;
        for file in fs::read_dir(&folder).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let event: Value = serde_json::from_str(&text).unwrap();
            let query = event["rawQueryString"].as_str().unwrap();
            let path = event["rawPath"].as_str().unwrap();
            let target = if query.is_empty() {
                path.to_owned()
            } else {
                format!("{path}?{query}")
            };
            let headers = event["headers"].as_object().unwrap();
            let headers: Vec<(&str, &str)> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
                .collect();
            let body = event["body"].as_str().unwrap_or_default().as_bytes();
            let method = event["requestContext"]["http"]["method"].as_str().unwrap();
            let built = http_event(method, &target, &headers, body);
            assert_eq!(without_identity(built), without_identity(event));
            compared += 1;
        }
        assert!(compared > 10, "only {compared} events");
    }

    #[test]
    fn paths_are_decoded_and_repeated_values_joined() {
        let event = http_event(
            "GET",
            "/movies/tmdb%3A603%20x?genre=Drama&genre=Com%C3%A9die+x&bad=%zz&flag",
            &[("Accept", "a"), ("accept", "b"), ("Cookie", "one=1; two=2")],
            b"",
        );
        assert_eq!(event["rawPath"], "/movies/tmdb:603 x");
        assert_eq!(
            event["rawQueryString"],
            "genre=Drama&genre=Com%C3%A9die+x&bad=%zz&flag"
        );
        let parameters = json!({"genre": "Drama,Comédie x", "bad": "%zz", "flag": ""});
        assert_eq!(event["queryStringParameters"], parameters);
        assert_eq!(event["headers"]["accept"], "a,b");
        assert_eq!(event["cookies"], json!(["one=1", "two=2"]));
        assert_eq!(event.get("body"), None);
    }

    #[test]
    fn a_body_that_is_no_text_is_sent_in_base64() {
        let event = http_event("POST", "/x", &[("Content-Type", "image/png")], b"\x89PNG");
        assert_eq!(
            [&event["body"], &event["isBase64Encoded"]],
            [&json!("iVBORw=="), &json!(true)]
        );
        let event = http_event(
            "POST",
            "/x",
            &[("content-type", "application/json")],
            b"{\"a\":\xff}",
        );
        assert_eq!(event["isBase64Encoded"], true);
    }

    #[test]
    fn what_a_function_returns_becomes_the_answer() {
        let returned = json!({
            "statusCode": 201, "headers": {"Content-Type": "image/png"},
            "body": "iVBORw==", "isBase64Encoded": true,
        });
        let answer = HttpAnswer::of(&returned, false);
        assert_eq!(answer.status, 201);
        assert_eq!(answer.header("content-type"), Some("image/png"));
        assert_eq!(answer.body, b"\x89PNG");

        let failed = json!({"errorType": "Panic", "errorMessage": "no"});
        for answer in [
            HttpAnswer::of(&failed, true),
            HttpAnswer::of(&failed, false),
        ] {
            assert_eq!(answer.status, 500);
            assert_eq!(answer.json()["message"], "Internal Server Error");
        }
    }
}
