//! The skill as Alexa meets it: JSON in, JSON out.

mod conversation;
mod events;
mod house;
mod interaction_model;
mod limits;
mod log;
mod memory;
mod personas;
mod requests;
mod served;
mod support;
