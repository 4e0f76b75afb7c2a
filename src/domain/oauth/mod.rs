//! OAuth 2.0 and OpenID Connect: from an application's request to tokens, and back to signed out.

pub mod code;
pub mod first_party;
pub mod flow;
pub mod grants;
pub mod logout;
pub mod metadata;
mod parameters;
pub mod refresh;
pub mod request;
mod rfc6749;
pub mod scopes;
mod subject;
pub mod token;
mod userinfo;

pub use parameters::Parameters;
pub use userinfo::UserInfo;
