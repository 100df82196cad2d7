//! The Lambda function behind the HTTP API.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_http::Adapter;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    matinee_aws::serve(|function| {
        Adapter::from(matinee_recommend::router(Arc::clone(&function.models)))
    })
    .await
}
