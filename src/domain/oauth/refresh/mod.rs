//! Refresh tokens: one row per family, rotated by one conditional statement (RFC 6749 §6, RFC 9700 §4.14).

mod family;
mod open;
mod rotate;
pub mod store;
mod token;

pub use family::{Authentication, Family, Standing, Verdict};
pub use open::{Opening, open, write};
pub use rotate::{Rotated, Succession, find, refused, rotate};
pub use token::{Presented, RefreshTokens};
