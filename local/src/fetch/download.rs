//! From a server to the part, in as many tries as it takes.

use std::io::{self, Read as _};
use std::thread;
use std::time::Duration;

use matinee_training::Progress as _;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::part::Part;
use super::{FetchError, Md5Sum, http};
use crate::output;
use crate::progress::Stages;

/// Pauses before a server is asked again that gave nothing new: as many as there are tries.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// More bytes than any of the archives has.
const LARGEST: u64 = 1 << 30;

/// Bytes that are taken from a connection at once.
const CHUNK: usize = 1 << 16;

/// Why a try ended.
enum Trouble {
    /// Another one may fare better.
    Passing(Box<dyn std::error::Error + Send + Sync>),
    /// Another one would end in the same way.
    Lasting(FetchError),
}

impl From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        Self::Lasting(error)
    }
}

/// Makes the part the whole archive, whose checksum this returns.
///
/// # Errors
/// [`FetchError`]; the part keeps what came, unless the checksum is not the expected one.
pub(super) fn download(
    agent: &Agent,
    url: &str,
    expected: Option<Md5Sum>,
    part: &mut Part,
    stages: &Stages,
) -> Result<Md5Sum, FetchError> {
    loop {
        let resumed = part.origin(url, expected).is_some() && part.len() > 0;
        complete(agent, url, expected, part, stages)?;
        let found = part.md5();
        match expected {
            Some(expected) if found != expected => {
                part.clear()?;
                if !resumed {
                    part.remove()?;
                    return Err(FetchError::Checksum {
                        url: url.to_owned(),
                        expected,
                        found,
                    });
                }
                output::say("The checksum is wrong: what was there before is fetched anew.");
            }
            _ => return Ok(found),
        }
    }
}

/// Asks until the part is whole.
fn complete(
    agent: &Agent,
    url: &str,
    md5: Option<Md5Sum>,
    part: &mut Part,
    stages: &Stages,
) -> Result<(), FetchError> {
    let mut pauses = PAUSES.iter();
    loop {
        let before = part.len();
        let source = match attempt(agent, url, md5, part, stages) {
            Ok(()) => return Ok(()),
            Err(Trouble::Lasting(error)) => return Err(error),
            Err(Trouble::Passing(source)) => source,
        };
        if part.len() > before {
            pauses = PAUSES.iter();
        }
        let Some(pause) = pauses.next() else {
            return Err(FetchError::Unreachable {
                url: url.to_owned(),
                source,
            });
        };
        output::say(format_args!("{source}: trying again."));
        thread::sleep(*pause);
    }
}

fn attempt(
    agent: &Agent,
    url: &str,
    md5: Option<Md5Sum>,
    part: &mut Part,
    stages: &Stages,
) -> Result<(), Trouble> {
    let origin = part.origin(url, md5).cloned();
    let whole = origin.as_ref().and_then(|origin| origin.bytes);
    if whole.is_some_and(|whole| whole == part.len()) {
        return Ok(());
    }
    let validator = origin.as_ref().and_then(|o| o.validator.as_deref());
    let from = validator
        .filter(|_| part.len() > 0)
        .map(|validator| (part.len(), validator));
    let answer = http::file(agent, url, from).map_err(|error| refused(url, error))?;
    match answer.status() {
        StatusCode::PARTIAL_CONTENT if from.is_some() => {
            let expected = whole.map(|whole| (part.len(), whole));
            if expected.is_none() || http::range(&answer) != expected {
                part.clear()?;
                return Err(Trouble::Passing("the server sent another part".into()));
            }
        }
        StatusCode::OK => begin(&answer, url, md5, part)?,
        StatusCode::RANGE_NOT_SATISFIABLE => {
            part.clear()?;
            return Err(Trouble::Passing("the file on the server is shorter".into()));
        }
        status => return Err(bad_status(url, status)),
    }
    receive(answer, url, part, stages)
}

/// A whole file begins: what was there is of another one, or of a server that sends no parts.
fn begin(
    answer: &Response<Body>,
    url: &str,
    md5: Option<Md5Sum>,
    part: &mut Part,
) -> Result<(), Trouble> {
    if part.len() > 0 {
        output::say(
            "What was fetched before is of another file, or cannot be gone on with: beginning anew.",
        );
    }
    let mut origin = http::origin(url, answer);
    origin.md5 = md5;
    Ok(part.begin(origin)?)
}

fn receive(
    answer: Response<Body>,
    url: &str,
    part: &mut Part,
    stages: &Stages,
) -> Result<(), Trouble> {
    let left = answer.body().content_length();
    let whole = left.map(|left| part.len() + left);
    let too_large = || FetchError::TooLarge {
        url: url.to_owned(),
        limit: LARGEST,
    };
    if whole.is_some_and(|whole| whole > LARGEST) {
        return Err(too_large().into());
    }
    let name = url.rsplit('/').next().unwrap_or(url);
    stages.transfer(&format!("fetching {name}"), part.len(), whole);
    let mut body = answer.into_body().into_reader();
    let mut buffer = vec![0; CHUNK];
    loop {
        match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                part.append(&buffer[..read])?;
                stages.advance(read as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Trouble::Passing(error.into())),
        }
        if part.len() > LARGEST {
            part.remove()?;
            return Err(too_large().into());
        }
    }
    if whole.is_some_and(|whole| part.len() < whole) {
        return Err(Trouble::Passing("the connection ended early".into()));
    }
    Ok(())
}

fn bad_status(url: &str, status: StatusCode) -> Trouble {
    let url = url.to_owned();
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => FetchError::Missing { url }.into(),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Trouble::Passing(format!("the server answered {status}").into())
        }
        status if status.is_server_error() => {
            Trouble::Passing(format!("the server answered {status}").into())
        }
        status => FetchError::Refused {
            url,
            status: status.as_u16(),
        }
        .into(),
    }
}

/// A request without an answer. What the address or the certificate is at fault for lasts.
fn refused(url: &str, error: ureq::Error) -> Trouble {
    match error {
        ureq::Error::Io(_)
        | ureq::Error::Timeout(_)
        | ureq::Error::ConnectionFailed
        | ureq::Error::Protocol(_) => Trouble::Passing(error.into()),
        error => FetchError::Unreachable {
            url: url.to_owned(),
            source: error.into(),
        }
        .into(),
    }
}
