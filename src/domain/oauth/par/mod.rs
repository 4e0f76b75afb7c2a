//! Pushed authorization requests (RFC 9126): the client hands its request over directly, and sends the browser with a reference.

mod push;
mod store;

pub use push::{PushAuthorization, Pushed};
pub use store::{find, spend};

/// How references to pushed requests begin (RFC 9126 §2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// Whether a `request_uri` refers to a request that was pushed here, rather than to a document of the client's.
pub fn is_ours(request_uri: &str) -> bool {
    request_uri.starts_with(PREFIX)
}
