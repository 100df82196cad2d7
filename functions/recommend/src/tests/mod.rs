//! The router, asked like a client would ask it.

mod access;
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
mod search;
mod service;
mod viewers;
