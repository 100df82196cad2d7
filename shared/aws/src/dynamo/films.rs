use std::sync::Arc;

use matinee::ports::{Films, Put, StoreError};
use matinee::taste::FilmRating;

use super::{Found, put_once};
use crate::Clients;

/// Film ratings in a table with the key (`title`, `id`).
#[derive(Debug)]
pub struct DynamoFilms {
    clients: Arc<Clients>,
    table: String,
}

impl DynamoFilms {
    /// The ratings of this table.
    pub fn new(clients: &Arc<Clients>, table: impl Into<String>) -> Self {
        Self {
            clients: Arc::clone(clients),
            table: table.into(),
        }
    }
}

impl Films for DynamoFilms {
    async fn put(&self, rating: &FilmRating) -> Result<Put, StoreError> {
        let client = self.clients.dynamodb().await;
        match put_once(&client, &self.table, "title", rating).await {
            Ok(Found::Nothing) => Ok(Put::New),
            Ok(Found::Item(there)) if there.same_content(rating) => Ok(Put::Repeat),
            Ok(Found::Item(_) | Found::Foreign) => Ok(Put::Conflict),
            Err(failure) => {
                let table = format!("the table {}", self.table);
                Err(failure.into_store_error("write", &table))
            }
        }
    }
}
