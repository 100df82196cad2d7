//! A device that asks how good films would be, and says how good one of them was: the simulator.

mod answer;
mod candidates;
mod films;
mod link;
mod round;
mod tls;
mod truth;

pub(crate) use candidates::{Candidate, Inventor};
pub(crate) use films::Films;
pub(crate) use link::{Link, LinkSettings};
pub(crate) use round::{Asking, Device, Played};
pub(crate) use tls::{Files, client_config};
pub(crate) use truth::Truth;
