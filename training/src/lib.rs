//! From catalogues to a model: reading the formats the field uses, computing similarity, writing
//! the sections.

pub mod ingest;
