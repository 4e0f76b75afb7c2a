//! What OpenSSL or josekit could not do, without showing their types to the rest of the service.

use std::error::Error;

/// A failure of the cryptographic library itself (no entropy, no memory, an algorithm disabled by policy): never the
/// fault of the input. The source carries the library's own words, which name no key material.
#[derive(Debug, thiserror::Error)]
#[error("the cryptographic library failed: {0}")]
pub struct Fault(#[source] Box<dyn Error + Send + Sync>);

impl From<openssl::error::ErrorStack> for Fault {
    fn from(source: openssl::error::ErrorStack) -> Self {
        Self(Box::new(source))
    }
}

impl From<josekit::JoseError> for Fault {
    fn from(source: josekit::JoseError) -> Self {
        Self(Box::new(source))
    }
}
