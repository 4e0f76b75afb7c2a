//! Judging one proof (RFC 9449 §4.3). Pure: whether it was used before is looked up after.

use std::time::Duration;

use keys::{Algorithm, Invalid, SelfSigned};

use super::address;
use crate::{domain::oauth::confirmation::Thumbprint, kernel::Time};

/// `typ` of a proof (RFC 9449 §4.2).
pub(super) const TYPE: &str = "dpop+jwt";

/// Longest proof that is read, in bytes: an RSA key of 8192 bits and its signature fit twice.
const LONGEST: usize = 8 * 1024;

/// How far a proof may come from the future, in seconds, for clocks that differ (FAPI 2.0 §5.3.2.1: 10 s have to be accepted, 60 s
/// must not be).
pub(super) const AHEAD: f64 = 10.0;

/// What a proof has to be for.
pub(super) struct Expected<'a> {
    /// The method of the request.
    pub(super) method: &'a str,
    /// The addresses of what it came to, made from the settings: a `Host` header is no witness.
    pub(super) addresses: &'a [String],
    /// The access token that it came with.
    pub(super) access_token: Option<&'a str>,
    /// How old it may be.
    pub(super) ttl: Duration,
    /// When.
    pub(super) now: Time,
}

/// A proof that holds, apart from its nonce and from whether it is used for the first time.
#[derive(Debug, PartialEq)]
pub(super) struct Proof {
    /// Whose key made it.
    pub(super) jkt: Thumbprint,
    /// What it is signed with.
    pub(super) algorithm: Algorithm,
    /// Its own name.
    pub(super) jti: String,
    /// The nonce it holds.
    pub(super) nonce: Option<String>,
    /// Until when it is good, in seconds since 1970.
    pub(super) good_until: f64,
}

/// Why a proof is none: told to the client, who made it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum Flaw {
    /// It is no JWT of this type, or a claim is not what it has to be.
    #[error("the DPoP proof is not good: {0}")]
    Invalid(#[from] Invalid),
    /// It is larger than is read.
    #[error("the DPoP proof is too large")]
    TooLarge,
    /// It was made for another method.
    #[error("the DPoP proof is for another method (htm)")]
    Method,
    /// It was made for another address.
    #[error("the DPoP proof is for another address (htu)")]
    Address,
    /// It was made too long ago.
    #[error("the DPoP proof is too old (iat, exp)")]
    Old,
    /// It was made in the future.
    #[error("the DPoP proof is from the future (iat, nbf)")]
    Early,
    /// It was made for another access token.
    #[error("the DPoP proof is for another access token (ath)")]
    Token,
}

/// The proof in a `DPoP` header.
pub(super) fn judge(text: &str, expected: &Expected<'_>) -> Result<Proof, Flaw> {
    if text.len() > LONGEST {
        return Err(Flaw::TooLarge);
    }
    let signed = SelfSigned::verify(text, TYPE)?;
    let jti = signed.text("jti")?.to_owned();
    if signed.text("htm")? != expected.method {
        return Err(Flaw::Method); // methods are case-sensitive (RFC 9110 §9.1)
    }
    let named = signed.text("htu")?;
    if !expected.addresses.iter().any(|ours| address::is_same(named, ours)) {
        return Err(Flaw::Address);
    }
    let now = expected.now.timestamp_millis() as f64 / 1000.0;
    let made = signed.instant("iat")?.ok_or_else(|| Invalid::ClaimMissing("iat".into()))?;
    let ends = made + expected.ttl.as_secs_f64();
    // `exp` and `nbf` are not asked for; a client that sends them means them (RFC 7519 §4.1.4, §4.1.5).
    let good_until = signed.instant("exp")?.map_or(ends, |exp| exp.min(ends));
    if good_until < now {
        return Err(Flaw::Old);
    }
    if made > now + AHEAD || signed.instant("nbf")?.is_some_and(|begins| begins > now + AHEAD) {
        return Err(Flaw::Early);
    }
    if let Some(token) = expected.access_token
        && signed.text("ath")? != SelfSigned::ath(token)
    {
        return Err(Flaw::Token);
    }
    let nonce = signed.optional_text("nonce")?.map(str::to_owned);
    let jkt = signed.thumbprint.parse().map_err(|_| Invalid::UnknownKey)?;
    Ok(Proof { jkt, algorithm: signed.algorithm, jti, nonce, good_until })
}

#[cfg(test)]
mod tests {
    use keys::SigningKey;
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_700_000_000;
    const ADDRESS: &str = "https://id.example.test/oauth2/userinfo";
    const ALIAS: &str = "https://mtls.example.test/oauth2/userinfo";
    const TOKEN: &str = "sgt_at_x";

    /// The verdict on a good proof with some claims changed; null takes a claim out.
    fn verdict(changes: Value) -> Result<Proof, Flaw> {
        let mut claims = json!({ "jti": "1", "htm": "GET", "htu": ADDRESS, "iat": NOW, "ath": SelfSigned::ath(TOKEN) });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        judge(&SelfSigned::make(&key, TYPE, &claims).unwrap(), &expected(&addresses()))
    }

    fn addresses() -> [String; 2] {
        [ADDRESS.into(), ALIAS.into()]
    }

    fn expected(addresses: &[String]) -> Expected<'_> {
        Expected {
            method: "GET",
            addresses,
            access_token: Some(TOKEN),
            ttl: Duration::from_secs(60),
            now: Time::from_timestamp(NOW, 0).unwrap(),
        }
    }

    #[test]
    fn a_good_proof_names_its_key() {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let claims = json!({
            "jti": "1", "htm": "GET", "htu": format!("{ADDRESS}?x#y"), "iat": NOW - 5, "ath": SelfSigned::ath(TOKEN), "nonce": "n",
        });
        let proof = judge(&SelfSigned::make(&key, TYPE, &claims).unwrap(), &expected(&addresses())).unwrap();
        assert_eq!((proof.jkt.as_str(), proof.jti.as_str()), (key.kid(), "1"));
        assert_eq!((proof.nonce.as_deref(), proof.good_until), (Some("n"), (NOW + 55) as f64));
    }

    #[test]
    fn every_claim_has_to_be_there() {
        for name in ["jti", "htm", "htu", "iat", "ath"] {
            assert_eq!(verdict(json!({ name: null })), Err(Invalid::ClaimMissing(name.into()).into()), "{name}");
        }
        for (name, value) in [("jti", json!(1)), ("iat", json!("now")), ("iat", json!(1e300)), ("nonce", json!(7))] {
            assert_eq!(verdict(json!({ name: value })), Err(Invalid::ClaimMalformed(name.into()).into()), "{name}");
        }
    }

    #[test]
    fn it_is_for_one_method_one_address_and_one_token() {
        for method in ["POST", "get", "GET "] {
            assert_eq!(verdict(json!({ "htm": method })), Err(Flaw::Method), "{method}");
        }
        assert_eq!(verdict(json!({ "htu": "https://evil.test/oauth2/userinfo" })), Err(Flaw::Address));
        assert_eq!(verdict(json!({ "ath": SelfSigned::ath("sgt_at_y") })), Err(Flaw::Token));
        assert_eq!(verdict(json!({ "ath": TOKEN })), Err(Flaw::Token));
    }

    #[test]
    fn it_is_good_for_a_while() {
        for (iat, verdict_there) in
            [(0, None), (-60, None), (-61, Some(Flaw::Old)), (10, None), (11, Some(Flaw::Early))]
        {
            assert_eq!(verdict(json!({ "iat": NOW + iat })).err(), verdict_there, "{iat}");
        }
        assert_eq!(verdict(json!({ "exp": NOW - 1 })).err(), Some(Flaw::Old));
        assert_eq!(verdict(json!({ "exp": NOW + 1, "nbf": NOW + 10 })).err(), None);
        assert_eq!(verdict(json!({ "nbf": NOW + 11 })).err(), Some(Flaw::Early));
    }

    #[test]
    fn what_is_no_proof_is_not_read() {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let of_type = |typ| judge(&SelfSigned::make(&key, typ, &json!({})).unwrap(), &expected(&addresses())).err();
        assert_eq!(of_type("JWT"), Some(Invalid::TypeRefused.into()));
        assert_eq!(judge("", &expected(&addresses())).err(), Some(Invalid::Malformed.into()));
        assert_eq!(judge(&"x".repeat(LONGEST + 1), &expected(&addresses())).err(), Some(Flaw::TooLarge));
    }
}
