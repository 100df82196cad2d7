//! Weights from film to film, learned from what viewers did: the closed-form linear family, solved
//! densely and then on each film's most telling neighbours alone.
//!
//! # The family
//! X is the binary matrix of viewers and films, w a weight for each viewer, F features of films, and
//! Λ a diagonal. With G = Xᵀ·diag(w)·X + Σ weight²·F·Fᵀ and P = (G + Λ)⁻¹ the weight of source film i
//! for target film j is
//!
//! B(i, j) = −P(i, j) / P(j, j) · s(i) · t(j), and B(j, j) = 0.
//!
//! Without scales s and t it is the ridge regression of every film on all others (Steck,
//! "Embarrassingly Shallow Autoencoders for Sparse Data", 2019; with Λ = λ, w = 1 and no features
//! that model itself). [`LinearSettings`] says what w, Λ, s and t are.
//!
//! # The way
//! [`gram`] → [`invert`] → each target's largest weights are its support → the regression is solved
//! again on the support alone ([`Solution::sparse`]). Everything is deterministic: same data, same
//! bits, whatever the number of threads.

mod cholesky;
mod choose;
mod dense;
mod error;
mod features;
mod gram;
mod inverse;
mod learn;
mod linear;
mod matrix;
mod plan;
mod rest;
mod search;
mod sparse;
mod symmetric;
mod unwatched;
mod validation;

pub use choose::{DenseFilms, dense_films};
pub use dense::DenseWeights;
pub use error::WeightsError;
pub use features::{Features, catalogue_features};
pub use gram::{Gram, Side, gram, viewer_weights};
pub use inverse::invert;
pub use learn::{LearnSettings, Learned, Tried, learn, learn_ease};
pub use linear::{Linear, LinearSettings, Solution};
pub use plan::{Demand, Plan};
pub use search::{Choice, Figure, Found, search, search_ridge};
pub use sparse::SparseWeights;
pub use symmetric::{STRIP, StripMut, Symmetric};
pub use unwatched::{
    KernelSettings, Likeness, UnwatchedSettings, UnwatchedWeights, Watched, unwatched,
};
pub use validation::Validation;

#[cfg(test)]
mod tests;
