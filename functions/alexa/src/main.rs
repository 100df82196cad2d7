//! The Alexa skill as a Lambda function.

use std::env::{self, VarError};
use std::future::ready;
use std::sync::Arc;

use anyhow::Context as _;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn, tracing};
use matinee::ports::DirectoryBlobs;
use matinee_alexa::{AlexaSkill, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let skill = start().await?;
    let answer = |event: LambdaEvent<Request>| {
        ready(skill.handle(event.payload).map_err(|error| Diagnostic {
            error_type: "SkillError".to_owned(),
            error_message: error.to_string(),
        }))
    };
    lambda_runtime::run(service_fn(answer)).await
}

/// Reads the environment and loads the model.
async fn start() -> anyhow::Result<AlexaSkill> {
    let directory = env::var_os("MODEL_DIR")
        .filter(|value| !value.is_empty())
        .context("MODEL_DIR is not set: it names the directory that holds current.json")?;
    let skill_id = match env::var("ALEXA_SKILL_ID") {
        Err(VarError::NotPresent) => None,
        id => Some(id.context("ALEXA_SKILL_ID is no text")?).filter(|id| !id.is_empty()),
    };
    let model = matinee::model::load(&DirectoryBlobs::new(&directory))
        .await
        .with_context(|| format!("MODEL_DIR={} holds no usable model", directory.display()))?;
    tracing::info!(model_version = model.version(), "model loaded");
    Ok(AlexaSkill::new(Arc::new(model), skill_id))
}
