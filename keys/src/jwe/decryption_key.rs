//! A key pair that others encrypt for.

use std::fmt;

use josekit::jwe::JweDecrypter;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use serde_json::Value;
use zeroize::Zeroizing;

use super::envelope::Envelope;
use super::{DecryptionAlgorithm, EncryptionAlgorithm};
use crate::signing::RSA_BITS;
use crate::{Algorithm, Fault, Invalid, KeyError, jwk};

/// A private key with its id and its public half. Decrypters are built once. Share it by `Arc`; it is never copied.
pub struct DecryptionKey {
    algorithm: DecryptionAlgorithm,
    kid: String,
    private: PKey<Private>,
    jwk: Value,
    decrypters: Vec<(EncryptionAlgorithm, Box<dyn JweDecrypter>)>,
}

impl DecryptionKey {
    /// Makes a new key pair: RSA 2048 or P-256. RSA takes up to a second of processor time: not on an async thread.
    ///
    /// # Errors
    /// [`KeyError::Fault`] if the library fails.
    pub fn generate(algorithm: DecryptionAlgorithm) -> Result<Self, KeyError> {
        let private = match algorithm {
            DecryptionAlgorithm::RsaOaep256 => Rsa::generate(RSA_BITS).and_then(PKey::from_rsa),
            DecryptionAlgorithm::EcdhEs => PKey::ec_gen("prime256v1"),
        };
        Self::build(algorithm, private.map_err(Fault::from)?)
    }

    /// Reads back what [`DecryptionKey::private_der`] gave. `kid` must be the key's own thumbprint.
    ///
    /// # Errors
    /// [`KeyError`] by reason.
    pub fn from_private_der(algorithm: DecryptionAlgorithm, kid: &str, der: &[u8]) -> Result<Self, KeyError> {
        let private = PKey::private_key_from_pkcs8(der).map_err(|_| KeyError::Malformed)?;
        let key = Self::build(algorithm, private)?;
        if key.kid == kid { Ok(key) } else { Err(KeyError::WrongId) }
    }

    fn build(algorithm: DecryptionAlgorithm, private: PKey<Private>) -> Result<Self, KeyError> {
        // Kind and size are those of a key that signs; what it is for stands in `use`.
        let kind = match algorithm {
            DecryptionAlgorithm::RsaOaep256 => Algorithm::RS256,
            DecryptionAlgorithm::EcdhEs => Algorithm::ES256,
        };
        let mut members = jwk::public_members(kind, &private)?;
        let kid = jwk::thumbprint(&members);
        members.insert("kid".into(), kid.clone().into());
        members.insert("use".into(), "enc".into());
        // A key agreement key serves three algorithms; naming one would hide it from clients that use another.
        if algorithm == DecryptionAlgorithm::RsaOaep256 {
            members.insert("alg".into(), algorithm.as_str().into());
        }
        let pkcs8 = Zeroizing::new(private.private_key_to_pkcs8().map_err(Fault::from)?);
        let decrypters = EncryptionAlgorithm::ALL
            .iter()
            .filter(|each| each.family() == algorithm)
            .map(|each| Ok((*each, each.decrypter(&pkcs8)?)))
            .collect::<Result<_, josekit::JoseError>>()
            .map_err(Fault::from)?;
        Ok(Self { algorithm, kid, private, jwk: Value::Object(members), decrypters })
    }

    /// The key id: RFC 7638 SHA-256 thumbprint, base64url.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it decrypts.
    pub fn algorithm(&self) -> DecryptionAlgorithm {
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

    /// The public key as the JWK Set shows it: public members, `kid` and `use` = `enc` (RFC 7517 §4).
    pub fn public_jwk(&self) -> Value {
        self.jwk.clone()
    }

    /// The text inside, if it was encrypted for this key and nobody changed it.
    ///
    /// # Errors
    /// [`Invalid::Undecryptable`] whatever the reason: senders must not learn how far they came.
    pub(crate) fn open(&self, envelope: &Envelope<'_>) -> Result<String, Invalid> {
        let content = self.content_key(envelope).and_then(|key| envelope.enc.open(&key, &envelope.sealed()));
        content.and_then(|content| String::from_utf8(content).ok()).ok_or(Invalid::Undecryptable)
    }

    /// The key of the content. Where it cannot be decrypted a random one takes its place, so that the failure comes later and
    /// looks like every other (RFC 7516 §11.5).
    fn content_key(&self, envelope: &Envelope<'_>) -> Option<Zeroizing<Vec<u8>>> {
        let (_, decrypter) = self.decrypters.iter().find(|(algorithm, _)| *algorithm == envelope.algorithm)?;
        // josekit subtracts from the length before it looks at it, and panics.
        if envelope.encrypted_key.len() != self.encrypted_length(envelope) {
            return None;
        }
        let encrypted = Some(envelope.encrypted_key.as_slice()).filter(|key| !key.is_empty());
        let mut substitute = Zeroizing::new(vec![0; envelope.enc.key_length()]);
        openssl::rand::rand_bytes(&mut substitute).ok()?;
        match decrypter.decrypt(encrypted, envelope.enc.josekit(), &envelope.header) {
            Ok(key) if key.len() == substitute.len() => Some(Zeroizing::new(key.into_owned())),
            _ => Some(substitute),
        }
    }

    /// Length that the encrypted key has to have, in bytes: a modulus, nothing, or the key and 64 bits (RFC 3394 §2.2.1).
    fn encrypted_length(&self, envelope: &Envelope<'_>) -> usize {
        match envelope.algorithm {
            EncryptionAlgorithm::RsaOaep256 => self.private.size(),
            EncryptionAlgorithm::EcdhEs => 0,
            EncryptionAlgorithm::EcdhEsA128Kw | EncryptionAlgorithm::EcdhEsA256Kw => envelope.enc.key_length() + 8,
        }
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecryptionKey({} {})", self.algorithm, self.kid)
    }
}
