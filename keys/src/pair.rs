//! A key pair of the service, whatever it is for: what a row of the database holds.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::{Algorithm, DecryptionAlgorithm, DecryptionKey, KeyError, SigningKey};

/// What a key of the service does: signs by one algorithm, or decrypts by a family of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyAlgorithm {
    /// It signs.
    Signature(Algorithm),
    /// It decrypts.
    Decryption(DecryptionAlgorithm),
}

/// The name is not that of an algorithm that keys are kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of RS256, PS256, ES256, EdDSA, RSA-OAEP-256, ECDH-ES")]
pub struct UnknownKeyAlgorithm;

impl KeyAlgorithm {
    /// The JOSE name; those of both kinds differ.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature(algorithm) => algorithm.as_str(),
            Self::Decryption(algorithm) => algorithm.as_str(),
        }
    }
}

impl From<Algorithm> for KeyAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        Self::Signature(algorithm)
    }
}

impl From<DecryptionAlgorithm> for KeyAlgorithm {
    fn from(algorithm: DecryptionAlgorithm) -> Self {
        Self::Decryption(algorithm)
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyAlgorithm {
    type Err = UnknownKeyAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let signs = name.parse().map(Self::Signature).map_err(|_| UnknownKeyAlgorithm);
        signs.or_else(|_| name.parse().map(Self::Decryption).map_err(|_| UnknownKeyAlgorithm))
    }
}

impl Serialize for KeyAlgorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A key pair, shared and never copied.
#[derive(Debug, Clone)]
pub enum KeyPair {
    /// It signs.
    Signing(Arc<SigningKey>),
    /// It decrypts.
    Decrypting(Arc<DecryptionKey>),
}

impl KeyPair {
    /// Makes a new one. RSA takes up to a second of processor time: not on an async thread.
    ///
    /// # Errors
    /// [`KeyError::Fault`] if the library fails.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        Ok(match algorithm {
            KeyAlgorithm::Signature(algorithm) => SigningKey::generate(algorithm)?.into(),
            KeyAlgorithm::Decryption(algorithm) => DecryptionKey::generate(algorithm)?.into(),
        })
    }

    /// Reads back what [`KeyPair::private_der`] gave. `kid` must be the key's own thumbprint.
    ///
    /// # Errors
    /// [`KeyError`] by reason.
    pub fn from_private_der(algorithm: KeyAlgorithm, kid: &str, der: &[u8]) -> Result<Self, KeyError> {
        Ok(match algorithm {
            KeyAlgorithm::Signature(algorithm) => SigningKey::from_private_der(algorithm, kid, der)?.into(),
            KeyAlgorithm::Decryption(algorithm) => DecryptionKey::from_private_der(algorithm, kid, der)?.into(),
        })
    }

    /// The key id: RFC 7638 SHA-256 thumbprint, base64url.
    pub fn kid(&self) -> &str {
        match self {
            Self::Signing(key) => key.kid(),
            Self::Decrypting(key) => key.kid(),
        }
    }

    /// What it does.
    pub fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Signing(key) => key.algorithm().into(),
            Self::Decrypting(key) => key.algorithm().into(),
        }
    }

    /// The private key as PKCS#8 DER: to be sealed at once, never to be stored or sent as it is.
    ///
    /// # Errors
    /// [`KeyError::Fault`] if the library fails.
    pub fn private_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        match self {
            Self::Signing(key) => key.private_der(),
            Self::Decrypting(key) => key.private_der(),
        }
    }
}

impl From<Arc<SigningKey>> for KeyPair {
    fn from(key: Arc<SigningKey>) -> Self {
        Self::Signing(key)
    }
}

impl From<SigningKey> for KeyPair {
    fn from(key: SigningKey) -> Self {
        Self::Signing(Arc::new(key))
    }
}

impl From<Arc<DecryptionKey>> for KeyPair {
    fn from(key: Arc<DecryptionKey>) -> Self {
        Self::Decrypting(key)
    }
}

impl From<DecryptionKey> for KeyPair {
    fn from(key: DecryptionKey) -> Self {
        Self::Decrypting(Arc::new(key))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn all() -> impl Iterator<Item = KeyAlgorithm> {
        let signatures = Algorithm::ALL.iter().map(|algorithm| KeyAlgorithm::from(*algorithm));
        signatures.chain(DecryptionAlgorithm::ALL.iter().map(|algorithm| KeyAlgorithm::from(*algorithm)))
    }

    #[test]
    fn every_name_reads_back() {
        for algorithm in all() {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.as_str());
        }
        assert_eq!("ECDH-ES+A128KW".parse::<KeyAlgorithm>(), Err(UnknownKeyAlgorithm));
    }

    #[test]
    fn every_key_survives_storage_and_no_other_algorithm_reads_it() {
        for algorithm in all() {
            let key = KeyPair::generate(algorithm).unwrap();
            let der = key.private_der().unwrap();
            let again = KeyPair::from_private_der(algorithm, key.kid(), &der).unwrap();
            assert_eq!((again.kid(), again.algorithm()), (key.kid(), algorithm));
            assert!(matches!(KeyPair::from_private_der(algorithm, "other", &der), Err(KeyError::WrongId)));
        }
    }
}
