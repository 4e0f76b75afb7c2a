//! Consents: what people allowed clients.

mod allowed;
mod consent;
mod epoch;
mod list;
pub mod store;
mod withdraw;

pub use allowed::Allowed;
pub use consent::{Asked, Consent, Held, is_covered};
pub use epoch::Epoch;
pub use list::{ListConsents, ListConsentsOf};
pub use withdraw::{WithdrawConsent, WithdrawConsentOf};
