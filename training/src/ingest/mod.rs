//! Reading catalogues.
