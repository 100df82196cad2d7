//! What runs Matinee on one machine: the ports over one `SQLite` file and a folder.

pub mod embedded;
