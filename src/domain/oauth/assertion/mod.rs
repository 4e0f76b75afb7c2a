//! Assertions of registered issuers as authorization grants (RFC 7521 §4.1, RFC 7523 §2.1).

mod judge;
mod present;
mod spend;

pub use judge::granted;
pub(in crate::domain::oauth) use present::refused;
pub use present::{Kind, Presented, present};
pub use spend::spend;
