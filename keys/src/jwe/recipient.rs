//! A public key of somebody else's that we encrypt for (RFC 7517, OpenID Connect Core §10.2).

use std::fmt;

use josekit::jwe::{JweContext, JweHeader};
use openssl::pkey::{Id, PKey, Public};
use serde_json::{Map, Value};

use super::{ContentEncryption, EncryptionAlgorithm};
use crate::Fault;
use crate::jwk::{SMALLEST_RSA, public_key};

/// What a key may be for, as its `key_ops` say (RFC 7517 §4.3).
const OPERATIONS: &[&str] = &["encrypt", "wrapKey", "deriveKey", "deriveBits"];

/// What is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// A signed JWT, nested (RFC 7519 §5.2).
    Jwt(&'a str),
    /// Claims that nobody signed.
    Claims(&'a Map<String, Value>),
}

/// A key of somebody else's that may read what we encrypt.
#[derive(Clone)]
pub struct Recipient {
    kid: Option<String>,
    named: Option<String>,
    meant: bool,
    public: PKey<Public>,
}

impl Recipient {
    /// A key of a JWK Set, if it may be encrypted for: RSA of 2048 bits or more, P-256, P-384, P-521 or X25519.
    pub(crate) fn read(members: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let operations = members.get("key_ops").and_then(Value::as_array);
        let permitted = text("use").is_none_or(|usage| usage == "enc")
            && operations.is_none_or(|ops| ops.iter().filter_map(Value::as_str).any(|op| OPERATIONS.contains(&op)));
        let named = text("alg").map(str::to_owned);
        let public = public_key(members).filter(|_| permitted)?;
        let recipient =
            Self { kid: text("kid").map(str::to_owned), meant: text("use").is_some(), named: named.clone(), public };
        EncryptionAlgorithm::ALL.iter().any(|algorithm| recipient.rank(*algorithm).is_some()).then_some(recipient)
    }

    /// How well it suits an algorithm; the least is the best, none is not at all.
    pub(crate) fn rank(&self, algorithm: EncryptionAlgorithm) -> Option<u8> {
        let suits = match algorithm {
            EncryptionAlgorithm::RsaOaep256 => self.public.id() == Id::RSA && self.public.bits() >= SMALLEST_RSA,
            _ => matches!(self.public.id(), Id::EC | Id::X25519),
        };
        match &self.named {
            Some(named) if named == algorithm.as_str() => suits.then_some(u8::from(!self.meant)),
            Some(_) => None,
            None => suits.then_some(2 + u8::from(!self.meant)),
        }
    }

    /// The content as a compact JWE that only the holder of the private key reads. Its header names the key, and the issuer, so that
    /// a reader of several knows whose it is (RFC 7519 §5.3, Back-Channel Logout §2.4).
    ///
    /// # Errors
    /// A failure of the library.
    pub fn encrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        enc: ContentEncryption,
        content: Content<'_>,
        issuer: &str,
    ) -> Result<String, Fault> {
        let mut header = JweHeader::new();
        header.set_content_encryption(enc.as_str());
        header.set_issuer(issuer);
        if let Some(kid) = &self.kid {
            header.set_key_id(kid);
        }
        let text = match content {
            Content::Jwt(jwt) => {
                header.set_content_type("JWT");
                jwt.to_owned()
            }
            Content::Claims(claims) => Value::Object(claims.clone()).to_string(),
        };
        let encrypter = algorithm.encrypter(&self.public.public_key_to_der()?)?;
        Ok(JweContext::new().serialize_compact(text.as_bytes(), &header, encrypter.as_ref())?)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({:?})", self.kid)
    }
}
