//! `/oauth2/…`: the protocol endpoints, a file per endpoint and topic.

mod authorize;
mod authorize_errors;
mod authorize_native;
mod backchannel_logout;
mod client_authentication;
mod client_credentials;
mod code;
mod consent;
mod cors;
mod encrypted_request_object;
mod flow;
mod frontchannel_logout;
mod jwks;
mod logout;
mod par;
mod prompt;
mod races;
mod refresh;
mod request_object;
mod response_jwt;
mod response_types;
mod rp_initiated_logout;
mod session_management;
mod token;
mod tokens;
mod userinfo;
