//! Credentials: what people prove themselves by. Passwords, and the links and codes that prove an address.

mod common;
pub mod password;
mod proof;
mod recipient;
pub mod store;
mod strength;

pub use proof::{Claim, MailedProof, Proof, Purpose, Standing, Whose};
pub use recipient::{allow_another, allow_mail, begin_pause};
pub use strength::{Strength, strength};
