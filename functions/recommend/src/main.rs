//! The Lambda function behind the HTTP API.

use std::process::ExitCode;
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::future::BoxFuture;
use lambda_http::Adapter;
use matinee_aws::Models;
use matinee_recommend::{
    Access, CampaignsDocument, Options, Personalize, router_with, with_subject,
};

/// The document of campaigns and filters that lies beside the models.
struct BesideModels(Arc<Models>);

impl CampaignsDocument for BesideModels {
    fn read(&self) -> BoxFuture<'_, Result<Option<Bytes>, String>> {
        Box::pin(self.0.document("personalize.json"))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    matinee_aws::serve(|function| {
        let models = Arc::clone(&function.models);
        let audience = Arc::clone(&function.audience);
        let key = function.settings.personalize_key()?;
        let options = Options {
            personalize: Personalize {
                items: function.items(),
                ..Personalize::signed(key, BesideModels(Arc::clone(&models)))
            },
            backend: function.backend(),
        };
        let router = router_with(models, audience, Access::SignedIn, options);
        Ok(Adapter::from(with_subject(router)))
    })
    .await
}
