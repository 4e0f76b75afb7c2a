//! Tenants: who is served here.

mod load;
mod salt;
pub mod store;

pub use load::{ensure_default, load};
