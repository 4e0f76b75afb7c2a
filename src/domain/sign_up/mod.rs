//! Becoming somebody: register, and prove the address.

mod check_link;
mod letters;
mod register;
mod resend;
mod verify_email;

pub use check_link::{CheckLink, LinkState, check};
pub use register::Register;
pub use resend::ResendVerification;
pub(in crate::domain) use resend::address;
pub use verify_email::{Proved, Verified, VerifyEmail};

#[cfg(test)]
mod tests;
