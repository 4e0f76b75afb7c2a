//! What a token is bound to, and whether a request holds it: sender-constrained tokens (RFC 7800 §3, RFC 9449 §6, RFC 8705 §3.1).

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// The SHA-256 of a public key (RFC 7638) or of a certificate (RFC 8705 §3.1), as base64url: 43 characters in the one spelling that
/// 32 bytes have. It is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thumbprint(String);

/// The text is not the base64url of 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the base64url of a SHA-256")]
pub struct NoThumbprint;

impl Thumbprint {
    /// As it stands on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of the bytes that a SHA-256 made.
    pub fn of_digest(digest: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest))
    }
}

impl FromStr for Thumbprint {
    type Err = NoThumbprint;

    fn from_str(text: &str) -> Result<Self, NoThumbprint> {
        // The decoder refuses padding and stray bits, so equal digests are equal texts.
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NoThumbprint)?;
        if bytes.len() == 32 { Ok(Self(text.to_owned())) } else { Err(NoThumbprint) }
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = NoThumbprint;

    fn try_from(text: String) -> Result<Self, NoThumbprint> {
        text.parse()
    }
}

impl From<Thumbprint> for String {
    fn from(thumbprint: Thumbprint) -> Self {
        thumbprint.0
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a code, a refresh token or an access token is bound to; nothing at all for a bearer token. It is the claim `cnf`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The key that has to sign a DPoP proof (RFC 9449 §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<Thumbprint>,
    /// The certificate that the connection has to be made with (RFC 8705 §3.1).
    #[serde(default, rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<Thumbprint>,
}

/// What a request proved that its sender holds. It was judged already: the proof's signature, the certificate's handshake.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Possession {
    /// The key that signed the request's DPoP proof. With an access token: only where it came under the scheme `DPoP`.
    pub jkt: Option<Thumbprint>,
    /// The certificate that the client's connection was made with.
    pub x5t_s256: Option<Thumbprint>,
}

/// Why what a request holds is not what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unconfirmed {
    /// No DPoP proof, where a key is asked for.
    #[error("it is bound to a key, and there is no DPoP proof")]
    NoProof,
    /// A proof by another key.
    #[error("it is bound to another key")]
    OtherKey,
    /// No certificate, where one is asked for.
    #[error("it is bound to a certificate, and the connection has none")]
    NoCertificate,
    /// Another certificate.
    #[error("it is bound to another certificate")]
    OtherCertificate,
    /// A bearer token under the scheme `DPoP`.
    #[error("it is bound to no key, and came with a DPoP proof")]
    NotBound,
}

impl Confirmation {
    /// What new tokens are bound to that are given for a request which proved this (RFC 9449 §5, RFC 8705 §3).
    /// `by_certificate`: whether the client is to have certificate-bound tokens (`tls_client_certificate_bound_access_tokens`):
    /// a certificate, unlike a proof, is not sent for this purpose alone.
    pub fn binding(held: &Possession, by_certificate: bool) -> Self {
        Self { jkt: held.jkt.clone(), x5t_s256: held.x5t_s256.clone().filter(|_| by_certificate) }
    }

    /// Bound to a key alone.
    pub fn of_key(jkt: Option<Thumbprint>) -> Self {
        Self { jkt, x5t_s256: None }
    }

    /// Whether it says nothing: a bearer token's.
    pub fn is_empty(&self) -> bool {
        self.jkt.is_none() && self.x5t_s256.is_none()
    }

    /// `token_type` (RFC 9449 §5). Certificate-bound tokens are `Bearer` on the wire (RFC 8705 §3).
    pub fn token_type(&self) -> &'static str {
        if self.jkt.is_some() { "DPoP" } else { "Bearer" }
    }

    /// Whether a request may use a code or a refresh token of this binding: what it is bound to has to be held (RFC 9449 §5, §10;
    /// RFC 8705 §4). A proof for what is bound to nothing does no harm: it binds what comes of it.
    ///
    /// # Errors
    /// [`Unconfirmed`] by reason.
    pub fn is_met_by(&self, held: &Possession) -> Result<(), Unconfirmed> {
        match (&self.jkt, &held.jkt) {
            (Some(_), None) => return Err(Unconfirmed::NoProof),
            (Some(bound), Some(held)) if bound != held => return Err(Unconfirmed::OtherKey),
            _ => {}
        }
        match (&self.x5t_s256, &held.x5t_s256) {
            (Some(_), None) => Err(Unconfirmed::NoCertificate),
            (Some(bound), Some(held)) if bound != held => Err(Unconfirmed::OtherCertificate),
            _ => Ok(()),
        }
    }

    /// Whether an access token of this binding may be used by a request: besides, a bearer token is no DPoP token
    /// (RFC 9449 §4.3, last check; §7.1).
    ///
    /// # Errors
    /// [`Unconfirmed`] by reason.
    pub fn admits(&self, held: &Possession) -> Result<(), Unconfirmed> {
        if self.jkt.is_none() && held.jkt.is_some() {
            return Err(Unconfirmed::NotBound);
        }
        self.is_met_by(held)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn thumbprint(of: u8) -> Option<Thumbprint> {
        Some(Thumbprint::of_digest([of; 32]))
    }

    fn bound(key: Option<u8>, certificate: Option<u8>) -> Confirmation {
        Confirmation { jkt: key.and_then(thumbprint), x5t_s256: certificate.and_then(thumbprint) }
    }

    fn held(key: Option<u8>, certificate: Option<u8>) -> Possession {
        Possession { jkt: key.and_then(thumbprint), x5t_s256: certificate.and_then(thumbprint) }
    }

    #[test]
    fn a_thumbprint_has_one_spelling() {
        let text = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"; // RFC 7638 §3.1
        assert_eq!(text.parse::<Thumbprint>().map(String::from).as_deref(), Ok(text));
        let stray = format!("{}t", &text[..42]); // bits beyond the 32 bytes
        for bad in ["", &text[..42], &format!("{text}="), &format!("{text}A"), &text.replace('-', "+"), &stray] {
            assert_eq!(bad.parse::<Thumbprint>(), Err(NoThumbprint), "{bad}");
        }
    }

    #[test]
    fn it_is_the_claim_cnf() {
        let both = bound(Some(1), Some(2));
        let claim = serde_json::to_value(&both).unwrap();
        assert_eq!(claim["jkt"], thumbprint(1).unwrap().as_str());
        assert_eq!(claim["x5t#S256"], thumbprint(2).unwrap().as_str());
        assert_eq!(serde_json::from_value::<Confirmation>(claim).unwrap(), both);
        assert_eq!(serde_json::to_value(Confirmation::default()).unwrap(), json!({}));
        assert!(serde_json::from_value::<Confirmation>(json!({ "jkt": "short" })).is_err());
    }

    #[test]
    fn what_is_bound_has_to_be_held() {
        assert_eq!(bound(Some(1), None).is_met_by(&held(Some(1), None)), Ok(()));
        assert_eq!(bound(Some(1), None).is_met_by(&held(Some(1), Some(9))), Ok(()));
        assert_eq!(bound(Some(1), None).is_met_by(&held(None, None)), Err(Unconfirmed::NoProof));
        assert_eq!(bound(Some(1), None).is_met_by(&held(Some(2), None)), Err(Unconfirmed::OtherKey));
        assert_eq!(bound(None, Some(1)).is_met_by(&held(None, Some(1))), Ok(()));
        assert_eq!(bound(None, Some(1)).is_met_by(&held(Some(1), None)), Err(Unconfirmed::NoCertificate));
        assert_eq!(bound(None, Some(1)).is_met_by(&held(None, Some(2))), Err(Unconfirmed::OtherCertificate));
        assert_eq!(bound(Some(1), Some(2)).is_met_by(&held(Some(1), None)), Err(Unconfirmed::NoCertificate));
        assert_eq!(bound(None, None).is_met_by(&held(Some(1), Some(2))), Ok(()));
    }

    #[test]
    fn a_bearer_token_is_no_dpop_token() {
        assert_eq!(bound(None, None).admits(&held(None, Some(2))), Ok(()));
        assert_eq!(bound(None, None).admits(&held(Some(1), None)), Err(Unconfirmed::NotBound));
        assert_eq!(bound(None, Some(2)).admits(&held(Some(1), Some(2))), Err(Unconfirmed::NotBound));
        assert_eq!(bound(Some(1), None).admits(&held(None, None)), Err(Unconfirmed::NoProof));
        assert_eq!(bound(Some(1), None).admits(&held(Some(1), None)), Ok(()));
    }

    #[test]
    fn a_proof_binds_and_a_certificate_only_where_the_client_wants_it() {
        assert_eq!(Confirmation::binding(&held(Some(1), Some(2)), false), bound(Some(1), None));
        assert_eq!(Confirmation::binding(&held(Some(1), Some(2)), true), bound(Some(1), Some(2)));
        assert!(Confirmation::binding(&held(None, Some(2)), false).is_empty());
        assert_eq!((bound(Some(1), None).token_type(), bound(None, Some(2)).token_type()), ("DPoP", "Bearer"));
    }
}
