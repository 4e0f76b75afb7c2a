//! Signing out at the wish of a client (OpenID Connect RP-Initiated Logout 1.0).

mod judge;
mod perform;

pub use judge::{LogoutRequest, Return};
pub use perform::{AskedLogout, BeginLogout, ConfirmLogout, Logout, ShowLogout};
