//! The Lambda function behind the HTTP API.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_http::Adapter;
use matinee_recommend::{Access, Options, Personalize, router_with, with_subject};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    matinee_aws::serve(|function| {
        let models = Arc::clone(&function.models);
        let audience = Arc::clone(&function.audience);
        let key = function.settings.personalize_key()?;
        let options = Options {
            personalize: Personalize {
                items: function.items(),
                ..Personalize::signed(key, function.campaigns.as_deref())
            },
            backend: function.backend(),
        };
        let router = router_with(models, audience, Access::SignedIn, options);
        Ok(Adapter::from(with_subject(router)))
    })
    .await
}
