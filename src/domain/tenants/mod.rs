//! Tenants: who is served here.

mod load;
pub mod store;

pub use load::{ensure_default, load};
