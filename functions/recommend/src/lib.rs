//! The HTTP API and the page: every call, its parameters, its answers and their description.
//!
//! [`router`] is the whole of it, for whoever has a model and an audience: the Lambda binary and
//! the server on one machine serve the same. [`openapi`] describes exactly the routes of that router.

mod access;
mod campaigns;
mod dto;
mod handlers;
#[cfg(any(test, feature = "lambda"))]
mod lambda;
mod openapi;
mod paging;
mod params;
mod personalize;
mod problem;
mod recommender;
mod remember;
mod router;
mod serving;
#[cfg(test)]
mod tests;

pub use access::{Access, Subject};
pub use campaigns::{CampaignsDocument, KnownCampaigns};
#[cfg(any(test, feature = "lambda"))]
pub use lambda::with_subject;
pub use openapi::openapi;
pub use personalize::{Callers, Personalize};
pub use router::{Options, router, router_with};
