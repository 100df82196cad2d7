//! Fuzz targets for everything that reads a model.

pub mod checks;
pub mod mutate;
