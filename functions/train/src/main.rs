//! The function behind the nightly schedule.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use matinee_train::lambda::{RawEvent, connect, counted, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    matinee_aws::serve_bare(|function| {
        let trainer = Arc::new(connect(function.settings.train()?));
        let personal = function.settings.personal;
        let counts = function.counts();
        Ok(service_fn(move |event: LambdaEvent<RawEvent>| {
            let (trainer, counts) = (Arc::clone(&trainer), counts.clone());
            async move {
                let answer = handle(&trainer, personal, event).await?;
                counts.add(&counted(&answer));
                Ok::<_, Diagnostic>(answer)
            }
        }))
    })
    .await
}
