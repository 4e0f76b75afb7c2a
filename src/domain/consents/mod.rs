//! Consents: what people allowed clients.

mod consent;
mod list;
pub mod store;
mod withdraw;

pub use consent::{Consent, is_covered};
pub use list::{Allowed, ListConsents};
pub use withdraw::WithdrawConsent;
