//! Tokens that carry the public key they are signed with: DPoP proofs (RFC 9449 §4.2). The signature proves that the sender holds
//! the key, and nothing about who that is.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::sha::sha256;
use serde_json::{Map, Value, json};

use crate::claims::{is_type, malformed, present, text, time};
use crate::compact::Segments;
use crate::foreign_key::embedded;
use crate::verifying::accepts_once;
use crate::{Algorithm, Fault, ForeignAlgorithm, Invalid, SigningKey};

/// A self-signed token whose signature holds.
#[derive(Clone, PartialEq)]
pub struct SelfSigned {
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// The SHA-256 thumbprint of its key (RFC 7638), as base64url.
    pub thumbprint: String,
    /// Its claims, authentic and otherwise unchecked.
    claims: Map<String, Value>,
}

impl SelfSigned {
    /// Reads a token of type `typ` that the key in its header signed. Only our asymmetric algorithms count, and only public keys
    /// (RFC 9449 §4.3, checks 4 to 8).
    ///
    /// # Errors
    /// [`Invalid`] by reason; [`Invalid::UnknownKey`] where the header holds no key that the algorithm can use.
    pub fn verify(token: &str, typ: &str) -> Result<Self, Invalid> {
        let (segments, header) = Segments::<ForeignAlgorithm>::parse_with_header(token)?;
        if !is_type(segments.typ.as_deref(), &[typ]) {
            return Err(Invalid::TypeRefused);
        }
        let ForeignAlgorithm::Signed(algorithm) = segments.algorithm else { return Err(Invalid::AlgorithmRefused) };
        let jwk = header.get("jwk").ok_or(Invalid::NoKeyId)?;
        let (key, thumbprint) = embedded(jwk, algorithm).ok_or(Invalid::UnknownKey)?;
        if !accepts_once(algorithm, &key, segments.signed.as_bytes(), &segments.signature) {
            return Err(Invalid::SignatureWrong);
        }
        Ok(Self { algorithm, thumbprint, claims: segments.claims()? })
    }

    /// A claim that has to be a text, and not an empty one.
    ///
    /// # Errors
    /// [`Invalid::ClaimMissing`] or [`Invalid::ClaimMalformed`].
    pub fn text(&self, name: &str) -> Result<&str, Invalid> {
        present(&self.claims, name)?;
        self.optional_text(name)?.ok_or_else(|| malformed(name))
    }

    /// A claim that may be there, and is a text then.
    ///
    /// # Errors
    /// [`Invalid::ClaimMalformed`].
    pub fn optional_text(&self, name: &str) -> Result<Option<&str>, Invalid> {
        text(&self.claims, name)
    }

    /// A claim that may be there, and is an instant then: seconds since 1970, in the range that arithmetic on it is exact.
    ///
    /// # Errors
    /// [`Invalid::ClaimMalformed`].
    pub fn instant(&self, name: &str) -> Result<Option<f64>, Invalid> {
        time(&self.claims, name)
    }

    /// Makes such a token: header with `typ` and the public key, signed by `key`.
    ///
    /// # Errors
    /// A [`Fault`] if the library fails.
    pub fn make(key: &SigningKey, typ: &str, claims: &Value) -> Result<String, Fault> {
        let mut jwk = key.public_jwk();
        if let Some(members) = jwk.as_object_mut() {
            // A proof names its key by the key itself.
            members.retain(|name, _| !["kid", "alg", "use"].contains(&name.as_str()));
        }
        let header = json!({ "typ": typ, "alg": key.algorithm().as_str(), "jwk": jwk });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())?);
        Ok(format!("{signed}.{signature}"))
    }

    /// The `ath` of an access token: the base64url of its SHA-256 (RFC 9449 §4.2).
    pub fn ath(access_token: &str) -> String {
        URL_SAFE_NO_PAD.encode(sha256(access_token.as_bytes()))
    }
}

impl fmt::Debug for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SelfSigned({} {})", self.algorithm, self.thumbprint)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TYPE: &str = "dpop+jwt";

    fn with_header(token: &str, change: impl FnOnce(&mut Value)) -> String {
        let (header, rest) = token.split_once('.').unwrap();
        let mut header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        change(&mut header);
        format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
    }

    #[test]
    fn every_algorithm_proves_its_own_key() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(*algorithm).unwrap();
            let token = SelfSigned::make(&key, TYPE, &json!({ "jti": "1", "iat": 7 })).unwrap();
            let read = SelfSigned::verify(&token, TYPE).unwrap();
            assert_eq!((read.algorithm, read.thumbprint.as_str()), (*algorithm, key.kid()));
            assert_eq!((read.text("jti"), read.instant("iat")), (Ok("1"), Ok(Some(7.0))));
        }
    }

    #[test]
    fn the_example_of_rfc_9449_holds() {
        // §4.2, figure 2 and 4; its thumbprint in §6.1.
        let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs\
                     cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2\
                     In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2V\
                     uIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37x\
                     RZT3Lg";
        let read = SelfSigned::verify(proof, TYPE).unwrap();
        assert_eq!(read.thumbprint, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        assert_eq!((read.text("jti"), read.text("htm")), (Ok("-BwC3ESc6acc2lTc"), Ok("POST")));
        // §7.1: the token of figure 12, and its hash.
        assert_eq!(
            SelfSigned::ath("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
            "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
        );
    }

    #[test]
    fn what_proves_nothing_is_refused() {
        let (key, other) =
            (SigningKey::generate(Algorithm::ES256).unwrap(), SigningKey::generate(Algorithm::ES256).unwrap());
        let token = SelfSigned::make(&key, TYPE, &json!({})).unwrap();
        let refused = |change: &dyn Fn(&mut Value)| SelfSigned::verify(&with_header(&token, change), TYPE).err();
        assert_eq!(SelfSigned::verify(&token, "at+jwt").err(), Some(Invalid::TypeRefused));
        assert_eq!(refused(&|h| h["typ"] = "JWT".into()), Some(Invalid::TypeRefused));
        assert_eq!(refused(&|h| drop(h.as_object_mut().unwrap().remove("typ"))), Some(Invalid::TypeRefused));
        assert_eq!(refused(&|h| drop(h.as_object_mut().unwrap().remove("jwk"))), Some(Invalid::NoKeyId));
        assert_eq!(refused(&|h| h["jwk"] = other.public_jwk()), Some(Invalid::SignatureWrong));
        assert_eq!(refused(&|h| h["jwk"]["d"] = "AA".into()), Some(Invalid::UnknownKey), "a private key");
        assert_eq!(refused(&|h| h["jwk"]["use"] = "enc".into()), Some(Invalid::UnknownKey));
        assert_eq!(refused(&|h| h["jwk"]["crv"] = "P-384".into()), Some(Invalid::UnknownKey));
        assert_eq!(refused(&|h| h["jwk"] = json!({ "kty": "oct", "k": "AA" })), Some(Invalid::UnknownKey));
        assert_eq!(refused(&|h| h["jwk"] = "x".into()), Some(Invalid::UnknownKey));
        for algorithm in ["none", "HS256", "ES384", "ES256K", ""] {
            assert_eq!(refused(&|h| h["alg"] = algorithm.into()), Some(Invalid::AlgorithmRefused), "{algorithm}");
        }
        for algorithm in ["RS256", "EdDSA"] {
            assert_eq!(refused(&|h| h["alg"] = algorithm.into()), Some(Invalid::UnknownKey), "{algorithm}");
        }
        assert_eq!(refused(&|h| h["alg"] = "Ed25519".into()), Some(Invalid::UnknownKey), "the younger name of EdDSA");
        assert_eq!(refused(&|h| h["crit"] = json!(["b64"])), Some(Invalid::Extension));
    }

    #[test]
    fn claims_have_types_and_range() {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let claims = json!({ "jti": "", "htm": 7, "htu": null, "iat": 1e300, "nbf": "1" });
        let read = SelfSigned::verify(&SelfSigned::make(&key, TYPE, &claims).unwrap(), TYPE).unwrap();
        for name in ["jti", "htu", "ath"] {
            assert_eq!(read.text(name), Err(Invalid::ClaimMissing(name.into())), "{name}");
        }
        assert_eq!(read.text("htm"), Err(malformed("htm")));
        for name in ["iat", "nbf"] {
            assert_eq!(read.instant(name), Err(malformed(name)), "{name}");
        }
        assert_eq!((read.instant("exp"), read.optional_text("nonce")), (Ok(None), Ok(None)));
    }
}
