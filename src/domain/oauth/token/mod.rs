//! Tokens: asked for in one pipeline, born in one place, believed by one rule.

pub mod access;
mod believe;
mod entitlement;
mod id_token;
mod introspect;
mod live;
mod mint;
mod opaque;
mod redeem;
mod revoke;
pub mod revoke_grant;
mod revoked;
pub mod standing;
mod store;
mod target;

pub(in crate::domain::oauth) use believe::refusal;
pub use believe::{AccessToken, authentic, believe, believe_live};
pub use entitlement::{Entitlement, IdTokenOrder, Subject};
pub use id_token::Beside;
pub use introspect::{Introspect, Introspection};
pub use live::Live;
pub(in crate::domain::oauth) use mint::seconds;
pub use mint::{TokenResponse, access_token, id_token, mint};
pub use redeem::RedeemToken;
pub use revoke::RevokeToken;
pub use target::{Granted, Target, aim};
