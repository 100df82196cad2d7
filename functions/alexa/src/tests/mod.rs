//! The skill as Alexa meets it: JSON in, JSON out.

mod conversation;
mod events;
mod limits;
mod log;
mod requests;
mod support;
