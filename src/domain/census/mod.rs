//! How many people and sessions there are.

mod store;
mod take;

pub use take::{Census, TakeCensus};
