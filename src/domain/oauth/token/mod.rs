//! Tokens: asked for in one pipeline, born in one place, believed by one rule.

pub mod access;
mod entitlement;
mod id_token;
mod mint;
mod redeem;
pub mod revoke_grant;
pub mod standing;
mod store;

pub use access::{AccessToken, believe, believe_live};
pub use entitlement::{Entitlement, IdTokenOrder, Subject};
pub(in crate::domain::oauth) use mint::seconds;
pub use mint::{TokenResponse, mint};
pub use redeem::RedeemToken;
