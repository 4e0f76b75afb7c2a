//! Authorization codes: issued once, taken once, and remembered long enough to recognize a replay.

mod issue;
mod redeem;

pub use issue::{CodeGrant, issue};
pub use redeem::{Redeemed, redeem};
