//! The authorities whose word about clients counts.

use std::fmt;

use openssl::x509::X509;

/// Trust anchors; without any, nobody's word counts.
#[derive(Clone, Default)]
pub struct Anchors(Vec<X509>);

/// The text holds something that is no certificate, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must hold certificates in PEM that can be read")]
pub struct NoAnchors;

impl Anchors {
    /// Reads certificates in PEM.
    ///
    /// # Errors
    /// [`NoAnchors`] where there is none, or one that cannot be read.
    pub fn parse(pem: &str) -> Result<Self, NoAnchors> {
        let found = X509::stack_from_pem(pem.as_bytes()).map_err(|_| NoAnchors)?;
        if found.is_empty() { Err(NoAnchors) } else { Ok(Self(found)) }
    }

    pub(super) fn certificates(&self) -> &[X509] {
        &self.0
    }
}

impl fmt::Debug for Anchors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Anchors").field(&self.0.len()).finish()
    }
}
