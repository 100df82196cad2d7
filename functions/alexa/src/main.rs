//! The Alexa skill as a Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use matinee::taste::NoAudience;
use matinee_alexa::{AlexaSkill, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    matinee_aws::serve(|function| {
        let skill_id = function.settings.alexa_skill_id.clone();
        let models = Arc::clone(&function.models);
        let skill = Arc::new(AlexaSkill::new(models, skill_id, Arc::new(NoAudience), None));
        service_fn(move |event: LambdaEvent<Request>| {
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
        })
    })
    .await
}
