//! Apps of one vendor on one device share a sign-in (OpenID Connect Native SSO for Mobile Apps 1.0, draft 07): whoever holds an app's
//! ID token together with its device secret signs in to the next app without a browser.

mod device_secret;
mod judge;
mod sign_in;

pub use device_secret::{DeviceSecret, TOKEN_TYPE};
pub use sign_in::sign_in;

/// The scope that asks for a device secret (§3.1).
pub const SCOPE: &str = "device_sso";
