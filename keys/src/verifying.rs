//! A public key that checks signatures, bound to the one algorithm it may be used with (RFC 8725 §3.1).

use josekit::jws::{ES256, EdDSA, JwsVerifier, PS256, RS256};

use crate::{Algorithm, Fault};

/// The public half of a key. The verifier is built once: it costs more to build than to use.
pub(crate) struct VerifyingKey {
    algorithm: Algorithm,
    verifier: Box<dyn JwsVerifier>,
}

impl VerifyingKey {
    /// From a SubjectPublicKeyInfo whose kind and size the caller has already checked.
    pub(crate) fn from_public_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, Fault> {
        let verifier: Box<dyn JwsVerifier> = match algorithm {
            Algorithm::RS256 => Box::new(RS256.verifier_from_der(der)?),
            Algorithm::PS256 => Box::new(PS256.verifier_from_der(der)?),
            Algorithm::ES256 => Box::new(ES256.verifier_from_der(der)?),
            Algorithm::EdDSA => Box::new(EdDSA.verifier_from_der(der)?),
        };
        Ok(Self { algorithm, verifier })
    }

    /// The only algorithm this key verifies.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `signature` is this key's over `message`. A library error is a signature that does not hold.
    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verify(message, signature).is_ok()
    }
}
