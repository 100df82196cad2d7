//! What API Gateway knows about a request.

use axum::Router;
use axum::extract::Request;
use axum::middleware::map_request;
use lambda_http::request::RequestContext;

use crate::Subject;

/// Lets the routes know whose token API Gateway's JWT authorizer has verified: its claim `sub`, out
/// of the request context. Headers say nothing about it: where no authorizer stands before a
/// route, a token in them was verified by nobody.
pub fn with_subject(router: Router) -> Router {
    router.layer(map_request(name_subject))
}

async fn name_subject(mut request: Request) -> Request {
    let context = request.extensions().get::<RequestContext>();
    let subject = context
        .and_then(|context| context.authorizer()?.jwt.as_ref()?.claims.get("sub"))
        .filter(|subject| !subject.is_empty())
        .cloned();
    if let Some(subject) = subject {
        request.extensions_mut().insert(Subject(subject));
    }
    request
}
