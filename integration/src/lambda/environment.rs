//! What a function finds in its environment.

use std::path::Path;
use std::process::Command;

use super::message_queue::MessageQueue;
use super::tables::TABLES;

/// Clears the environment of `command` and sets what Lambda gives to every function, then `env`,
/// which may replace any of it. Credentials are made up.
pub(crate) fn set(command: &mut Command, bootstrap: &Path, env: &[(&str, String)]) {
    let folder = bootstrap.parent().unwrap_or(Path::new("."));
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "en_US.UTF-8")
        .env("TZ", ":UTC")
        .env("LAMBDA_TASK_ROOT", folder)
        .env("LAMBDA_RUNTIME_DIR", "/var/runtime")
        .env("_HANDLER", "bootstrap")
        .env("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023")
        .env("AWS_LAMBDA_FUNCTION_NAME", "function-under-test")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_TIMEOUT", "30")
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .env(
            "AWS_LAMBDA_LOG_GROUP_NAME",
            "/aws/lambda/function-under-test",
        )
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "made-up")
        .env("AWS_SECRET_ACCESS_KEY", "made-up")
        .env("AWS_SESSION_TOKEN", "made-up")
        .envs(env.iter().map(|(name, value)| (*name, value)));
}

/// The environment of a function whose model lies in `bucket` below `models/`, in the store at
/// `endpoint`.
pub fn model_from(endpoint: &str, bucket: &str) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("MODEL_BUCKET", bucket.to_owned()),
        ("MODEL_PREFIX", "models/".to_owned()),
    ]
}

/// The environment of whoever uses the tables of [`super::Tables`] and a queue, and writes the log
/// into `bucket`, all at `endpoint`.
pub fn feedback_through(
    endpoint: &str,
    queue: &MessageQueue,
    bucket: &str,
) -> Vec<(&'static str, String)> {
    let [interactions, viewers, films, recommendations] = TABLES;
    vec![
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("INTERACTIONS_TABLE", interactions.to_owned()),
        ("VIEWERS_TABLE", viewers.to_owned()),
        ("FILMS_TABLE", films.to_owned()),
        ("RECOMMENDATIONS_TABLE", recommendations.to_owned()),
        ("FEEDBACK_QUEUE_URL", queue.url.clone()),
        ("DEAD_LETTER_QUEUE_URL", queue.dead_letters.clone()),
        ("DATA_BUCKET", bucket.to_owned()),
    ]
}
