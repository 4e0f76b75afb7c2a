//! A key pair that signs tokens.

use std::fmt;

use josekit::jws::{ES256, EdDSA, JwsSigner, PS256, RS256};
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::verifying::VerifyingKey;
use crate::{Algorithm, Fault, jwk};

/// Modulus of a new RSA key, in bits: what every relying party's library accepts, and a quarter of the cost of 4096.
pub(crate) const RSA_BITS: u32 = 2048;

/// Why a key cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not a PKCS#8 private key.
    #[error("not a PKCS#8 private key")]
    Malformed,
    /// The key is of another type or curve than the algorithm needs.
    #[error("the key cannot be used with {0}")]
    WrongKind(Algorithm),
    /// RSA below 2048 bits (RFC 7518 §3.3).
    #[error("the RSA key has {0} bits, 2048 are needed")]
    TooSmall(u32),
    /// The key is not the one that its id names: the row was mixed up.
    #[error("the key's thumbprint is not its key id")]
    WrongId,
    /// The library failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A private key with its id, its algorithm and its public half. Signer and verifier are built once, here: building costs
/// up to a millisecond, signing with ES256 a thirtieth of that. Share it by `Arc`; it is never copied.
pub struct SigningKey {
    algorithm: Algorithm,
    kid: String,
    private: PKey<Private>,
    jwk: Value,
    signer: Box<dyn JwsSigner>,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// Makes a new key pair: RSA 2048, P-256 or Ed25519. RSA takes up to a second of processor time: not on an async thread.
    ///
    /// # Errors
    /// [`KeyError::Fault`] if the library fails.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let private = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => Rsa::generate(RSA_BITS).and_then(PKey::from_rsa),
            Algorithm::ES256 => PKey::ec_gen("prime256v1"),
            Algorithm::EdDSA => PKey::generate_ed25519(),
        };
        Self::build(algorithm, private.map_err(Fault::from)?)
    }

    /// Reads back what [`SigningKey::private_der`] gave. `kid` must be the key's own thumbprint.
    ///
    /// # Errors
    /// [`KeyError`] by reason.
    pub fn from_private_der(algorithm: Algorithm, kid: &str, der: &[u8]) -> Result<Self, KeyError> {
        let private = PKey::private_key_from_pkcs8(der).map_err(|_| KeyError::Malformed)?;
        let key = Self::build(algorithm, private)?;
        if key.kid == kid { Ok(key) } else { Err(KeyError::WrongId) }
    }

    fn build(algorithm: Algorithm, private: PKey<Private>) -> Result<Self, KeyError> {
        let mut members = jwk::public_members(algorithm, &private)?;
        let kid = jwk::thumbprint(&members);
        members.insert("kid".into(), kid.clone().into());
        members.insert("alg".into(), algorithm.as_str().into());
        members.insert("use".into(), "sig".into());

        let public = private.public_key_to_der().map_err(Fault::from)?;
        let pkcs8 = Zeroizing::new(private.private_key_to_pkcs8().map_err(Fault::from)?);
        Ok(Self {
            verifying: VerifyingKey::from_public_der(algorithm, &public)?,
            signer: signer(algorithm, &pkcs8)?,
            algorithm,
            kid,
            private,
            jwk: Value::Object(members),
        })
    }

    /// The key id: RFC 7638 SHA-256 thumbprint, base64url.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The only algorithm this key is used with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The private key as PKCS#8 DER: to be sealed at once, never to be stored or sent as it is.
    ///
    /// # Errors
    /// [`KeyError::Fault`] if the library fails.
    pub fn private_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let der = self.private.private_key_to_pkcs8().map_err(Fault::from)?;
        Ok(Zeroizing::new(der))
    }

    /// The public key as the JWK Set shows it: public members, `kid`, `alg` and `use` = `sig` (RFC 7517 §4).
    pub fn public_jwk(&self) -> Value {
        self.jwk.clone()
    }

    /// The JWS signature over `message` (for ES256 the 64 bytes of RFC 7518 §3.4).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(self.signer.sign(message)?)
    }

    /// The public half.
    pub(crate) fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm, self.kid)
    }
}

fn signer(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Box<dyn JwsSigner>, Fault> {
    Ok(match algorithm {
        Algorithm::RS256 => Box::new(RS256.signer_from_der(pkcs8)?),
        Algorithm::PS256 => Box::new(PS256.signer_from_der(pkcs8)?),
        Algorithm::ES256 => Box::new(ES256.signer_from_der(pkcs8)?),
        Algorithm::EdDSA => Box::new(EdDSA.signer_from_der(pkcs8)?),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_algorithm_signs_and_survives_storage() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(*algorithm).unwrap();
            let stored = key.private_der().unwrap();
            let again = SigningKey::from_private_der(*algorithm, key.kid(), &stored).unwrap();
            let signature = again.sign(b"message").unwrap();
            assert!(key.verifying().accepts(b"message", &signature), "{algorithm}");
            assert_eq!(again.public_jwk(), key.public_jwk());
        }
    }

    #[test]
    fn only_the_right_signature_is_accepted() {
        for algorithm in Algorithm::ALL {
            let (key, other) = (SigningKey::generate(*algorithm).unwrap(), SigningKey::generate(*algorithm).unwrap());
            let signature = key.sign(b"message").unwrap();
            let key = key.verifying();
            assert!(!key.accepts(b"massage", &signature), "{algorithm}");
            assert!(!other.verifying().accepts(b"message", &signature), "{algorithm}");
            // All zeros and all ones have broken ECDSA verifiers before (CVE-2022-21449).
            for wrong in [&[][..], &[0; 1], &[0; 64], &[0xff; 64], &[0; 256], &[0xff; 256], &signature[1..]] {
                assert!(!key.accepts(b"message", wrong), "{algorithm} {}", wrong.len());
            }
        }
    }

    #[test]
    fn es256_signatures_are_always_64_bytes_and_verify() {
        // One in 128 has a short r or s, which an encoding mistake would spoil.
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        for round in 0..1000_u32 {
            let signature = key.sign(&round.to_be_bytes()).unwrap();
            assert_eq!(signature.len(), 64);
            assert!(key.verifying().accepts(&round.to_be_bytes(), &signature), "round {round}");
        }
    }

    #[test]
    fn the_jwk_has_public_members_only() {
        let expected: [(Algorithm, &[&str]); 4] = [
            (Algorithm::RS256, &["e", "kty", "n", "kid", "alg", "use"]),
            (Algorithm::PS256, &["e", "kty", "n", "kid", "alg", "use"]),
            (Algorithm::ES256, &["crv", "kty", "x", "y", "kid", "alg", "use"]),
            (Algorithm::EdDSA, &["crv", "kty", "x", "kid", "alg", "use"]),
        ];
        for (algorithm, names) in expected {
            let key = SigningKey::generate(algorithm).unwrap();
            let jwk = key.public_jwk();
            assert_eq!(jwk.as_object().unwrap().keys().collect::<Vec<_>>(), names);
            assert_eq!(jwk["kid"], key.kid());
            assert_eq!(jwk["alg"], algorithm.as_str());
            assert_eq!(jwk["use"], "sig");
        }
    }

    #[test]
    fn a_mixed_up_row_does_not_load() {
        let (one, two) =
            (SigningKey::generate(Algorithm::ES256).unwrap(), SigningKey::generate(Algorithm::ES256).unwrap());
        let der = one.private_der().unwrap();
        let load = |algorithm, kid: &str, der: &[u8]| SigningKey::from_private_der(algorithm, kid, der);
        assert!(matches!(load(Algorithm::ES256, two.kid(), &der), Err(KeyError::WrongId)));
        assert!(matches!(load(Algorithm::EdDSA, one.kid(), &der), Err(KeyError::WrongKind(_))));
        assert!(matches!(load(Algorithm::ES256, one.kid(), b"junk"), Err(KeyError::Malformed)));
    }

    #[test]
    fn debug_shows_the_id_only() {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey(EdDSA {})", key.kid()));
    }
}
