//! Messages through AWS IoT.

use std::sync::Arc;

use aws_sdk_iotdataplane::primitives::Blob;
use matinee::ports::{Shadow, StoreError};

use crate::Clients;
use crate::failure::Failure;

/// At least once.
const QOS: i32 = 1;

/// The message broker of the account in its region. Shadows are told through it, too: by messages to
/// their reserved topics.
#[derive(Debug)]
pub struct IotShadow {
    clients: Arc<Clients>,
}

impl IotShadow {
    /// The broker. Nothing is called before something is published.
    pub fn new(clients: &Arc<Clients>) -> Self {
        Self {
            clients: Arc::clone(clients),
        }
    }
}

impl Shadow for IotShadow {
    async fn publish(&self, topic: &str, payload: &[u8]) -> Result<(), StoreError> {
        let client = self.clients.iot().await;
        let call = client.publish().topic(topic).qos(QOS);
        match call.payload(Blob::new(payload)).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::of(&error).into_store_error("publish to", topic)),
        }
    }
}
