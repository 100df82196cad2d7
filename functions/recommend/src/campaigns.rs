//! Which lists and filters clients of Amazon Personalize may name.

use std::fmt;

use axum::body::Bytes;
use futures_util::future::BoxFuture;
use matinee::personalize::Campaigns;
use tokio::sync::OnceCell;

use crate::personalize::Refused;

/// Where a document of campaigns and filters lies.
pub trait CampaignsDocument: Send + Sync {
    /// The document, `None` where there is none.
    ///
    /// # Errors
    /// Why that cannot be told now.
    fn read(&self) -> BoxFuture<'_, Result<Option<Bytes>, String>>;
}

/// Campaigns and filters, known from the beginning or read when a call first asks for them.
#[derive(Default)]
pub struct KnownCampaigns {
    known: OnceCell<Campaigns>,
    document: Option<Box<dyn CampaignsDocument>>,
}

impl KnownCampaigns {
    /// Those of a document that is read by the first call that can read it.
    pub fn of(document: impl CampaignsDocument + 'static) -> Self {
        Self {
            known: OnceCell::new(),
            document: Some(Box::new(document)),
        }
    }

    /// The campaigns and filters. A document that is not understood is a line of the log, and leaves those
    /// that are always there: the same text is no better the next time.
    ///
    /// # Errors
    /// [`Refused`] while the document cannot be read: without it nobody knows which campaigns there are.
    pub(crate) async fn get(&self) -> Result<&Campaigns, Refused> {
        self.known.get_or_try_init(|| self.read()).await
    }

    async fn read(&self) -> Result<Campaigns, Refused> {
        let Some(document) = &self.document else {
            return Ok(Campaigns::default());
        };
        let text = document.read().await.map_err(|error| {
            tracing::error!(error, "campaigns and filters of one's own cannot be read");
            Refused::unavailable("campaigns cannot be read now; the same call may succeed later")
        })?;
        let campaigns = text.map(|text| Campaigns::read(&String::from_utf8_lossy(&text)));
        let campaigns = campaigns.transpose().unwrap_or_else(|error| {
            tracing::error!(%error, "campaigns and filters of one's own cannot be used");
            None
        });
        Ok(campaigns.unwrap_or_default())
    }
}

impl From<Campaigns> for KnownCampaigns {
    fn from(campaigns: Campaigns) -> Self {
        Self {
            known: OnceCell::new_with(Some(campaigns)),
            document: None,
        }
    }
}

impl fmt::Debug for KnownCampaigns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KnownCampaigns")
            .field(&self.known.get())
            .finish()
    }
}
