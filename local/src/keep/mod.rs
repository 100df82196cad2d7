//! What is imported into the data folder, for trainings to come: catalogues, what viewers did,
//! and films with their stars.

pub(crate) mod catalogues;
pub(crate) mod film_ratings;
pub(crate) mod interactions;
