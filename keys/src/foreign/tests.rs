//! Foreign tokens: whose signature counts, and what they have to say.
#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;
use crate::SigningKey;

const NOW: i64 = 1_700_000_000;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

fn unsigned(header: Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn signed(key: &SigningKey, kid: Option<&str>, claims: &Value) -> String {
    let mut header = json!({ "alg": key.algorithm().as_str() });
    if let Some(kid) = kid {
        header["kid"] = kid.into();
    }
    let input = unsigned(header, claims);
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()).unwrap()))
}

fn maced(secret: &[u8], claims: &Value) -> String {
    let input = unsigned(json!({ "alg": "HS256" }), claims);
    let key = PKey::hmac(secret).unwrap();
    let mac = Signer::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn published(keys: &[&SigningKey]) -> ForeignKeys {
    let jwks: Vec<Value> = keys.iter().map(|key| key.public_jwk()).collect();
    ForeignKeys::parse(&json!({ "keys": jwks })).unwrap()
}

#[test]
fn every_algorithm_is_verified_by_the_published_key() {
    for algorithm in Algorithm::ALL {
        let (key, other) = (SigningKey::generate(*algorithm).unwrap(), SigningKey::generate(*algorithm).unwrap());
        let keys = published(&[&key]);
        let token = signed(&key, Some(key.kid()), &json!({ "iss": "shop" }));
        assert_eq!(Foreign::parse(&token).unwrap().believe(&keys).unwrap()["iss"], "shop", "{algorithm}");
        let without_kid = signed(&key, None, &json!({}));
        assert!(Foreign::parse(&without_kid).unwrap().believe(&keys).is_ok(), "{algorithm}");
        let forged = signed(&other, Some(key.kid()), &json!({}));
        assert_eq!(Foreign::parse(&forged).unwrap().believe(&keys), Err(Invalid::SignatureWrong), "{algorithm}");
        let unknown = signed(&other, Some(other.kid()), &json!({}));
        assert_eq!(Foreign::parse(&unknown).unwrap().believe(&keys), Err(Invalid::UnknownKey), "{algorithm}");
    }
}

#[test]
fn a_public_key_is_no_secret_for_a_mac() {
    let key = SigningKey::generate(Algorithm::RS256).unwrap();
    let token = maced(key.public_jwk().to_string().as_bytes(), &json!({}));
    let foreign = Foreign::parse(&token).unwrap();
    assert_eq!(foreign.believe(&published(&[&key])), Err(Invalid::AlgorithmMismatch));
    assert_eq!(foreign.unsigned(), Err(Invalid::AlgorithmMismatch));
}

#[test]
fn a_mac_is_believed_by_its_secret_only() {
    let token = maced(b"a secret that is long enough for it", &json!({ "iss": "shop" }));
    let foreign = Foreign::parse(&token).unwrap();
    assert!(foreign.believe_mac(b"a secret that is long enough for it").is_ok());
    assert_eq!(foreign.believe_mac(b"another"), Err(Invalid::SignatureWrong));
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let token = signed(&key, None, &json!({}));
    assert_eq!(Foreign::parse(&token).unwrap().believe_mac(b"x"), Err(Invalid::AlgorithmMismatch));
}

#[test]
fn nothing_signed_means_nothing_in_the_last_segment() {
    let token = format!("{}.", unsigned(json!({ "alg": "none" }), &json!({ "iss": "shop" })));
    assert!(Foreign::parse(&token).unwrap().unsigned().is_ok());
    assert_eq!(Foreign::parse(&format!("{token}AA")).unwrap().unsigned(), Err(Invalid::SignatureWrong));
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    assert_eq!(Foreign::parse(&token).unwrap().believe(&published(&[&key])), Err(Invalid::AlgorithmMismatch));
    assert_eq!(Foreign::parse(&token).unwrap().believe_mac(b""), Err(Invalid::AlgorithmMismatch));
}

fn assertion(changes: Value) -> Result<(), Invalid> {
    let mut claims = json!({
        "iss": "shop", "sub": "shop", "aud": "https://id.test", "jti": "1", "iat": NOW, "exp": NOW + 60,
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            _ => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    let expected = ForeignExpectation {
        types: &["JWT"],
        issuer: Some("shop"),
        subject: Some("shop"),
        audiences: &["https://id.test", "https://id.test/oauth2/token"],
        required: &["iss", "sub", "aud", "exp", "jti"],
        skew: Duration::from_secs(10),
        longest: Some(Duration::from_secs(3600)),
    };
    check(claims.as_object().unwrap(), &expected, now())
}

#[test]
fn what_an_assertion_has_to_say() {
    assert_eq!(assertion(json!({})), Ok(()));
    assert_eq!(assertion(json!({ "aud": ["x", "https://id.test/oauth2/token"], "iat": null })), Ok(()));
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        assert_eq!(assertion(json!({ name: null })), Err(missing(name)));
    }
    assert_eq!(assertion(json!({ "iss": "other" })), Err(Invalid::WrongIssuer));
    assert_eq!(assertion(json!({ "sub": "other" })), Err(Invalid::WrongIssuer));
    for audience in [json!("https://id.test/"), json!([]), json!(["x"]), json!("https://id.test.evil")] {
        assert_eq!(assertion(json!({ "aud": audience })), Err(Invalid::WrongAudience));
    }
    assert_eq!(assertion(json!({ "aud": 7 })), Err(malformed("aud")));
    assert_eq!(assertion(json!({ "jti": 7 })), Err(malformed("jti")));
}

#[test]
fn clocks_may_differ_by_the_skew_and_life_is_bounded() {
    assert_eq!(assertion(json!({ "exp": NOW - 9 })), Ok(()));
    assert_eq!(assertion(json!({ "exp": NOW - 10 })), Err(Invalid::Expired));
    assert_eq!(assertion(json!({ "exp": NOW + 3610 })), Ok(()));
    assert_eq!(assertion(json!({ "exp": NOW + 3611 })), Err(malformed("exp")));
    assert_eq!(assertion(json!({ "iat": NOW + 10, "nbf": NOW + 10 })), Ok(()));
    assert_eq!(assertion(json!({ "iat": NOW + 11 })), Err(Invalid::IssuedInFuture));
    assert_eq!(assertion(json!({ "nbf": NOW + 11 })), Err(Invalid::NotYetValid));
    for name in ["exp", "nbf", "iat"] {
        for value in [json!(1e300), json!(u64::MAX), json!(-1), json!("1"), json!(true)] {
            assert_eq!(assertion(json!({ name: value })), Err(malformed(name)), "{name}");
        }
    }
}
