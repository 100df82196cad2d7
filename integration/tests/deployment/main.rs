//! What the template promises and no linter can know: that it agrees with the functions and with
//! the docs.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod alarms;
mod calls;
mod devices;
mod functions;
mod machines;
mod roles;
mod rule;
mod sign_in;
mod stores;
mod template;
mod training;
