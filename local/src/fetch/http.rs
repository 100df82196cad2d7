//! How a server is asked.

use std::env;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use ureq::http::{Response, StatusCode, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use super::part::Origin;
use super::{Address, FetchError};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(30);

/// How long a server may be silent.
const SILENCE: Duration = Duration::from_mins(1);

/// Names a file of certificates to trust instead of Mozilla's, as OpenSSL's programs know it.
const CERTIFICATES: &str = "SSL_CERT_FILE";

/// The longest text that is read.
const LONGEST_TEXT: u64 = 4096;

/// A client that goes no way less safe than the address it begins with. Proxies are those of the
/// environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`).
///
/// # Errors
/// When the file of certificates cannot be used that the environment names.
pub(super) fn agent(address: &Address) -> Result<Agent, FetchError> {
    let mut tls = TlsConfig::builder();
    if address.is_https()
        && let Some(path) = env::var_os(CERTIFICATES).filter(|path| !path.is_empty())
    {
        tls = tls.root_certs(certificates(Path::new(&path))?);
    }
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .https_only(address.is_https())
        .http_status_as_error(false)
        .user_agent(concat!("matinee/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE))
        .build();
    Ok(config.into())
}

fn certificates(path: &Path) -> Result<RootCerts, FetchError> {
    let text = fs::read(path).map_err(|e| FetchError::io("read", path, e))?;
    let certificates = parse_pem(&text).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let certificates: Vec<_> = certificates.collect();
    if certificates.is_empty() {
        return Err(FetchError::NoCertificates {
            variable: CERTIFICATES,
            path: path.to_owned(),
        });
    }
    Ok(RootCerts::from(certificates))
}

/// A small text; nothing where there is none.
pub(super) fn text(agent: &Agent, url: &str) -> Result<Option<String>, FetchError> {
    let unreachable = |source| FetchError::Unreachable {
        url: url.to_owned(),
        source,
    };
    let mut answer = agent.get(url).call().map_err(|e| unreachable(e.into()))?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
        status => {
            return Err(FetchError::Refused {
                url: url.to_owned(),
                status: status.as_u16(),
            });
        }
    }
    let mut bytes = Vec::new();
    let mut body = answer.body_mut().as_reader().take(LONGEST_TEXT);
    body.read_to_end(&mut bytes)
        .map_err(|e| unreachable(e.into()))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Asks for a file, or for what follows of it behind its first `from` bytes: then an answer of 206
/// is what follows of the very file that `origin` tells of, and one of 200 another file, whole.
pub(super) fn file(
    agent: &Agent,
    url: &str,
    from: Option<(u64, &str)>,
) -> Result<Response<Body>, ureq::Error> {
    let mut request = agent.get(url);
    if let Some((from, validator)) = from {
        request = request
            .header(header::RANGE, format!("bytes={from}-"))
            .header(header::IF_RANGE, validator);
    }
    request.call()
}

/// What an answer tells of its file: its size, and what it is known again by.
pub(super) fn origin(url: &str, answer: &Response<Body>) -> Origin {
    let text = |name| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
    // A weak tag may stay while bytes change.
    let etag = text(header::ETAG).filter(|tag| tag.starts_with('"'));
    Origin {
        url: url.to_owned(),
        validator: etag.or_else(|| text(header::LAST_MODIFIED)),
        bytes: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        md5: None,
    }
}

/// Where the bytes of an answer of 206 begin, and how many the whole file has.
pub(super) fn range(answer: &Response<Body>) -> Option<(u64, u64)> {
    let range = answer.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    in_range(range)
}

fn in_range(range: &str) -> Option<(u64, u64)> {
    let (places, all) = range.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = places.split_once('-')?;
    Some((first.parse().ok()?, all.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_named_with_the_variable() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = certificates(file.path()).unwrap_err().to_string();
        assert!(error.contains(CERTIFICATES), "{error}");
        let missing = certificates(Path::new("nowhere.pem")).unwrap_err();
        assert!(missing.to_string().contains("nowhere.pem"), "{missing}");
    }

    #[test]
    fn a_range_says_where_it_begins_and_how_long_the_file_is() {
        assert_eq!(in_range("bytes 10-19/20"), Some((10, 20)));
        for wrong in ["bytes 10-19/*", "bytes */20", "lines 1-2/3", "10-19/20", ""] {
            assert_eq!(in_range(wrong), None, "{wrong}");
        }
    }
}
