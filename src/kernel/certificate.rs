//! The certificate that a client's connection was made with.

use std::{fmt, sync::Arc};

/// What the client at the other end of a connection showed in the TLS handshake, whose key it proved to hold there: certificates
/// in DER, its own first. Nothing else about it is judged yet.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateChain(Arc<[Vec<u8>]>);

impl CertificateChain {
    /// Of the certificates of a handshake; none where there was none.
    pub fn new(certificates: impl IntoIterator<Item = Vec<u8>>) -> Option<Self> {
        let certificates: Arc<[_]> = certificates.into_iter().collect();
        (!certificates.is_empty()).then_some(Self(certificates))
    }

    /// All of them.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.0
    }
}

impl fmt::Debug for CertificateChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CertificateChain").field(&self.0.len()).finish()
    }
}
