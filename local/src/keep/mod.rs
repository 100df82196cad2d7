//! What is imported into the data folder, for trainings to come: catalogues, and what viewers did.

pub(crate) mod catalogues;
pub(crate) mod interactions;
