//! The function that answers devices' requests for predictions.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use matinee_predict::lambda::{RuleEvent, connect};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    matinee_aws::serve_model(|function| {
        let handler = Arc::new(connect(function));
        Ok(service_fn(move |event: LambdaEvent<RuleEvent>| {
            let handler = Arc::clone(&handler);
            async move {
                // Nobody waits for what it returns: rules call it asynchronously.
                handler.handle(&event.payload).await?;
                Ok::<_, Diagnostic>(())
            }
        }))
    })
    .await
}
