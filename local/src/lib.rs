//! What runs Matinee on one machine: the ports over `SQLite` files and a folder,
//! and a broker that devices speak MQTT with.

pub mod devices;
pub mod embedded;
pub mod mqtt;
pub mod shadow;
