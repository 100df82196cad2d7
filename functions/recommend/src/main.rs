//! The Lambda function behind the HTTP API: loads the model once and serves the router.

use std::sync::Arc;

use anyhow::Context as _;
use matinee::ports::DirectoryBlobs;

/// Names the directory that holds `current.json` and the models beside it.
const MODEL_DIR: &str = "MODEL_DIR";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    lambda_http::tracing::init_default_subscriber();
    let directory = std::env::var(MODEL_DIR).with_context(|| {
        format!("{MODEL_DIR} must name the directory that holds the model and its current.json")
    })?;
    let model = matinee::model::load(&DirectoryBlobs::new(&directory))
        .await
        .with_context(|| format!("no model could be loaded from {MODEL_DIR}={directory}"))?;
    lambda_http::run(matinee_recommend::router(Arc::new(model)))
        .await
        .map_err(anyhow::Error::from_boxed)
}
