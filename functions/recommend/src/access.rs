//! Whose viewers a request may see.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use matinee::taste::{InvalidId, ViewerId};

use crate::problem::{Code, Problem};
use crate::router::Front;

/// Who may ask for which viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever reaches the service may ask for every viewer: one machine, one household.
    Open,
    /// Everybody for themselves: a request is its [`Subject`]'s, whom the paths `/viewers/me/…`
    /// mean. There is no other viewer for it.
    SignedIn,
}

/// Who sent a request, as whoever verified their token says: an extension of the request, which
/// no client can set.
#[derive(Clone, Debug)]
pub struct Subject(pub String);

/// The viewer that a signed-in client may call itself.
const ME: &str = "me";

/// The `{viewer}` of a path, whom the client may ask for.
pub(crate) struct Viewer(pub(crate) ViewerId);

impl FromRequestParts<Front> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, Problem> {
        let own = match (front.access, parts.extensions.get()) {
            (Access::Open, _) => None,
            (Access::SignedIn, Some(Subject(subject))) => Some(ViewerId::signed_in(subject)),
            (Access::SignedIn, None) => {
                let detail = "viewers are served to who is signed in: send an access token as \
                              Authorization: Bearer";
                return Err(Problem::new(Code::Unauthorized, detail));
            }
        };
        let text: Result<Path<String>, PathRejection> =
            Path::from_request_parts(parts, front).await;
        let refuse = |detail: String| Problem::of_parameter("viewer", detail);
        let Path(text) = text.map_err(|_| refuse("must be UTF-8, percent-encoded".to_owned()))?;
        let asked = text
            .parse()
            .map_err(|error: InvalidId| refuse(format!("is not understood: {error}")))?;
        match own {
            None => Ok(Self(asked)),
            Some(own) if text == ME || own == asked => Ok(Self(own)),
            Some(_) => {
                let detail = "this is another viewer; /viewers/me is the one signed in";
                Err(Problem::new(Code::Forbidden, detail))
            }
        }
    }
}
