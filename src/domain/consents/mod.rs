//! Consents: what people allowed clients.

mod consent;
pub mod store;

pub use consent::{Consent, is_covered};
