//! The Alexa skill as a Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use matinee_alexa::{AlexaSkill, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    matinee_aws::serve(|function| {
        let skill = Arc::new(AlexaSkill::new(
            Arc::clone(&function.models),
            function.settings.alexa_skill_id.clone(),
            Arc::clone(&function.audience),
            function.settings.viewer_key.clone(),
        ));
        Ok(service_fn(move |event: LambdaEvent<Request>| {
            let skill = Arc::clone(&skill);
            async move {
                skill
                    .handle(event.payload)
                    .await
                    .map_err(|error| Diagnostic {
                        error_type: "SkillError".to_owned(),
                        error_message: error.to_string(),
                    })
            }
        }))
    })
    .await
}
