//! The function behind the feedback queue and the tables' streams.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use matinee_feedback::lambda::{RawEvent, connect, counted};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    matinee_aws::serve_bare(|function| {
        let settings = function.settings.feedback()?;
        let handler = Arc::new(connect(&function.clients, settings));
        let counts = function.counts();
        Ok(service_fn(move |event: LambdaEvent<RawEvent>| {
            let (handler, counts) = (Arc::clone(&handler), counts.clone());
            async move {
                let outcome = handler.handle(&event.payload).await?;
                counts.add(&counted(outcome.tally));
                Ok::<_, Diagnostic>(outcome.response)
            }
        }))
    })
    .await
}
