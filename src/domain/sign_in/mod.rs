//! Being somebody again: sign in, and choose a new password.

mod change_password;
mod check_reset_link;
mod forgot_password;
mod letters;
mod password;
mod reset_password;
pub mod store;
mod throttle;

pub use change_password::ChangePassword;
pub use check_reset_link::CheckResetLink;
pub use forgot_password::ForgotPassword;
pub use password::{SignIn, SignedIn};
pub use reset_password::{PasswordWasReset, ResetPassword};

#[cfg(test)]
mod tests;
