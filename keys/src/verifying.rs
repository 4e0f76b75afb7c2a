//! A public key that checks signatures, bound to the one algorithm it may be used with (RFC 8725 §3.1).

use josekit::jws::{ES256, EdDSA, JwsVerifier, PS256, RS256};
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKeyRef, Public};
use openssl::rsa::Padding;
use openssl::sha::sha256;
use openssl::sign::{RsaPssSaltlen, Verifier};

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

/// Whether `signature` is over `message` by a key that is used this once, such as the one in a DPoP proof: building a verifier for it
/// costs ten times as much as using it. The caller has checked kind and size of the key. A library error is a signature that does
/// not hold.
pub(crate) fn accepts_once(algorithm: Algorithm, key: &PKeyRef<Public>, message: &[u8], signature: &[u8]) -> bool {
    let verdict = match algorithm {
        Algorithm::RS256 => rsa(key, Padding::PKCS1, message, signature),
        Algorithm::PS256 => rsa(key, Padding::PKCS1_PSS, message, signature),
        Algorithm::ES256 => p256(key, message, signature),
        Algorithm::EdDSA => {
            Verifier::new_without_digest(key).and_then(|mut verifier| verifier.verify_oneshot(signature, message))
        }
    };
    verdict.unwrap_or(false)
}

fn rsa(key: &PKeyRef<Public>, padding: Padding, message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
    let mut verifier = Verifier::new(MessageDigest::sha256(), key)?;
    verifier.set_rsa_padding(padding)?;
    if padding == Padding::PKCS1_PSS {
        // RFC 7518 §3.5: the salt is as long as the hash, MGF1 uses the same one.
        verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        verifier.set_rsa_mgf1_md(MessageDigest::sha256())?;
    }
    verifier.verify_oneshot(signature, message)
}

/// RFC 7518 §3.4: the 64 bytes of r and s.
fn p256(key: &PKeyRef<Public>, message: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
    let Some((r, s)) = signature.split_at_checked(32).filter(|(_, s)| s.len() == 32) else { return Ok(false) };
    let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
    signature.verify(&sha256(message), &*key.ec_key()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{SigningKey, jwk};

    #[test]
    fn a_key_that_is_used_once_says_what_a_verifier_says() {
        for algorithm in Algorithm::ALL {
            let (key, other) = (SigningKey::generate(*algorithm).unwrap(), SigningKey::generate(*algorithm).unwrap());
            let public = jwk::public_key(key.public_jwk().as_object().unwrap()).unwrap();
            let good = key.sign(b"message").unwrap();
            let others = other.sign(b"message").unwrap();
            let mut signatures = vec![good.clone(), others, good[1..].to_vec(), [&good[..], &[0]].concat(), Vec::new()];
            // All zeros and all ones have broken ECDSA verifiers before (CVE-2022-21449).
            signatures.extend([64, 256].into_iter().flat_map(|length| [vec![0; length], vec![0xff; length]]));
            for signature in &signatures {
                for message in [b"message", b"massage"] {
                    let says = accepts_once(*algorithm, &public, message, signature);
                    assert_eq!(says, key.verifying().accepts(message, signature), "{algorithm} {}", signature.len());
                    assert_eq!(says, message == b"message" && *signature == good, "{algorithm} {}", signature.len());
                }
            }
        }
    }

    #[test]
    fn a_key_of_another_kind_accepts_nothing() {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let public = jwk::public_key(key.public_jwk().as_object().unwrap()).unwrap();
        let signature = key.sign(b"message").unwrap();
        for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256] {
            assert!(!accepts_once(algorithm, &public, b"message", &signature), "{algorithm}");
        }
    }
}
