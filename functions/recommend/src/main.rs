//! The Lambda function behind the HTTP API.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_http::Adapter;
use matinee_recommend::{Access, router, with_subject};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    matinee_aws::serve(|function| {
        let models = Arc::clone(&function.models);
        let audience = Arc::clone(&function.audience);
        let router = router(models, audience, Access::SignedIn);
        Adapter::from(with_subject(router))
    })
    .await
}
