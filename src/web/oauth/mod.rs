//! The protocol endpoints: parameters in, operation, answer out.

mod authorize;
mod basic;
mod cors;
mod discovery;
mod jwks;
mod logout;
mod respond;
mod resume;
mod token;
mod userinfo;

pub use respond::{answer, forward, with_query};

use super::Endpoint;

/// Every protocol endpoint. The discovery document is folded from the same list.
pub const ENDPOINTS: &[Endpoint] = &[
    discovery::OPENID_CONFIGURATION,
    discovery::AUTHORIZATION_SERVER,
    jwks::JWKS,
    authorize::AUTHORIZE,
    resume::RESUME,
    token::TOKEN,
    userinfo::USERINFO,
    logout::LOGOUT,
];
