//! One test for each way a model can be wrong, and what a sound one says.

mod catalogue;
mod container;
mod documents;
mod forge;
mod live;
mod personas;
mod publishing;
mod rating;
mod reading;
mod shapes;
mod similar;
mod store;
mod titles;
mod versions;
mod weights;
