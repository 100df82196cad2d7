//! The router, asked like a client would ask it.

mod access;
mod analytics;
mod bad_input;
mod bad_interactions;
mod check;
mod contract;
mod conversation;
mod events;
mod fixture;
mod for_you;
mod lists;
mod personalize;
mod personalize_items;
mod personalize_users;
mod personas;
mod recommender;
mod remember;
mod search;
mod service;
mod viewers;
