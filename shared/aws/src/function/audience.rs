//! What viewers do, as a function hands it over and reads it.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use matinee::taste::{Audience, Desk, LastForgotten, Millis, NoAudience};

use crate::settings::SettingError;
use crate::{
    Clients, DynamoInteractions, DynamoRecommendations, DynamoViewers, Settings, SqsQueue,
};

/// The tables and the queue that the settings name; nobody where they name none. Nothing is called
/// before somebody asks for something.
pub(super) fn audience(
    settings: &Settings,
    clients: &Arc<Clients>,
) -> Result<Arc<dyn Audience>, SettingError> {
    let Some(at) = settings.audience()? else {
        return Ok(Arc::new(NoAudience));
    };
    Ok(Arc::new(Desk {
        interactions: DynamoInteractions::new(clients, at.interactions),
        viewers: DynamoViewers::new(clients, at.viewers),
        recommendations: DynamoRecommendations::new(clients, at.recommendations),
        queue: SqsQueue::new(clients, at.queue),
        now,
        watched_fraction: settings.watched_fraction,
        personal: settings.personal,
        forgotten: LastForgotten::default(),
    }))
}

/// The machine's time.
fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    Millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
