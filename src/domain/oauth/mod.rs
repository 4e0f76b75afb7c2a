//! OAuth 2.0 and OpenID Connect: from an application's request to tokens, and back to signed out.

mod assertion;
pub mod ciba;
pub mod code;
pub mod confirmation;
mod decoupled;
pub mod details;
pub mod device;
pub mod dpop;
pub mod exchange;
pub mod first_party;
pub mod flow;
pub mod from_client;
pub mod grants;
pub mod logout;
pub mod metadata;
pub mod native_sso;
pub mod par;
mod parameters;
mod profile;
pub mod refresh;
pub mod request;
mod request_object;
mod rfc6749;
pub mod scopes;
pub mod session_state;
mod subject;
pub mod token;
mod userinfo;

pub use parameters::Parameters;
pub use userinfo::{Claims, UserInfo};
