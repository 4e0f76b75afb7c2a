//! The protocol endpoints: parameters in, operation, answer out.

mod authorize;
mod backchannel_authentication;
mod basic;
mod check_session;
mod cors;
mod device_authorization;
mod discovery;
mod from_client;
mod introspect;
mod jwks;
mod logout;
mod par;
mod protected_resource;
mod register;
mod respond;
mod resume;
mod revoke;
mod token;
mod userinfo;

pub use protected_resource::PROTECTED_RESOURCE_PATH;
pub use respond::{answer, forward, with_query};

use super::Endpoint;

/// Every protocol endpoint. The discovery document is folded from the same list.
pub const ENDPOINTS: &[Endpoint] = &[
    discovery::OPENID_CONFIGURATION,
    discovery::AUTHORIZATION_SERVER,
    protected_resource::PROTECTED_RESOURCE,
    jwks::JWKS,
    authorize::AUTHORIZE,
    par::PAR,
    resume::RESUME,
    device_authorization::DEVICE_AUTHORIZATION,
    backchannel_authentication::BACKCHANNEL_AUTHENTICATION,
    token::TOKEN,
    userinfo::USERINFO,
    introspect::INTROSPECT,
    revoke::REVOKE,
    register::REGISTER,
    register::REGISTRATION,
    logout::LOGOUT,
    check_session::CHECK_SESSION,
];
