//! The router, asked like a client would ask it.

mod bad_input;
mod check;
mod contract;
mod conversation;
mod events;
mod fixture;
mod lists;
mod search;
mod service;
