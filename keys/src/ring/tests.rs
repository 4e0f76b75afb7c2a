//! Rings that sign and rotate, and the tokens an attacker would send them.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::*;
use crate::Expiry;

const ISSUER: &str = "https://id.test";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

fn key(algorithm: Algorithm) -> Arc<SigningKey> {
    Arc::new(SigningKey::generate(algorithm).unwrap())
}

fn ring_of(key: &Arc<SigningKey>) -> Ring {
    Ring::new(vec![(Schedule::first(at(0)), Arc::clone(key))])
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": "api", "sub": "usr_1", "iat": at(0).timestamp(), "exp": at(600).timestamp() })
}

fn expected() -> Expectation<'static> {
    Expectation::new(&["at+jwt"], ISSUER, Some("api"), &["sub", "iat"])
}

/// A token with any header and payload, truly signed with `key`.
fn forge(key: &SigningKey, header: &Value, payload: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    let signature = key.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header_of(key: &SigningKey) -> Value {
    json!({ "alg": key.algorithm().as_str(), "kid": key.kid(), "typ": "at+jwt" })
}

#[test]
fn every_algorithm_signs_what_it_verifies() {
    for algorithm in Algorithm::ALL {
        let key = key(*algorithm);
        let ring = ring_of(&key);
        let token = ring.sign(*algorithm, "at+jwt", &claims(), at(0)).unwrap();
        let verified = ring.verify(&token, &expected(), at(0)).unwrap();
        assert_eq!(verified.algorithm, *algorithm);
        assert_eq!(verified.kid, key.kid());
        assert_eq!(verified.typ.as_deref(), Some("at+jwt"));
        assert_eq!(Value::Object(verified.claims), claims());
    }
}

#[test]
fn the_header_says_algorithm_key_and_type() {
    let key = key(Algorithm::ES256);
    let token = ring_of(&key).sign(Algorithm::ES256, "", &claims(), at(0)).unwrap();
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!(header, json!({ "alg": "ES256", "kid": key.kid(), "typ": "JWT" }));
}

#[test]
fn a_changed_token_is_refused_wherever_it_is_changed() {
    let key = key(Algorithm::ES256);
    let ring = ring_of(&key);
    let token = ring.sign(Algorithm::ES256, "at+jwt", &claims(), at(0)).unwrap();
    for index in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(ring.verify(&changed, &expected(), at(0)).is_err(), "byte {index}");
    }
    let payload = json!({ "iss": ISSUER, "aud": "api", "sub": "usr_2", "iat": 1, "exp": at(600).timestamp() });
    let mut parts: Vec<&str> = token.split('.').collect();
    let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
    parts[1] = &payload;
    assert_eq!(ring.verify(&parts.join("."), &expected(), at(0)), Err(Invalid::SignatureWrong));
}

#[test]
fn another_keys_signature_is_refused() {
    for algorithm in Algorithm::ALL {
        let (ours, theirs) = (key(*algorithm), key(*algorithm));
        let ring = ring_of(&ours);
        let posing = forge(&theirs, &header_of(&ours), &claims().to_string());
        assert_eq!(ring.verify(&posing, &expected(), at(0)), Err(Invalid::SignatureWrong), "{algorithm}");
        let honest = forge(&theirs, &header_of(&theirs), &claims().to_string());
        assert_eq!(ring.verify(&honest, &expected(), at(0)), Err(Invalid::UnknownKey));
    }
}

#[test]
fn a_key_in_the_header_does_not_count() {
    let (ours, theirs) = (key(Algorithm::ES256), key(Algorithm::ES256));
    let mut header = header_of(&ours);
    header["jwk"] = theirs.public_jwk();
    header["jku"] = json!("https://evil.test/jwks");
    let token = forge(&theirs, &header, &claims().to_string());
    assert_eq!(ring_of(&ours).verify(&token, &expected(), at(0)), Err(Invalid::SignatureWrong));
}

#[test]
fn unsigned_and_hmac_tokens_are_refused() {
    let key = key(Algorithm::RS256);
    let ring = ring_of(&key);
    let payload = URL_SAFE_NO_PAD.encode(claims().to_string());
    let signed_with = |algorithm: &str| {
        let header = json!({ "alg": algorithm, "kid": key.kid(), "typ": "at+jwt" }).to_string();
        format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header))
    };
    for algorithm in ["none", "nOnE", ""] {
        let token = format!("{}.", signed_with(algorithm));
        assert_eq!(ring.verify(&token, &expected(), at(0)), Err(Invalid::AlgorithmRefused), "{algorithm}");
    }
    // The classic confusion: the public key as the secret of an HMAC (RFC 8725 §2.1).
    let public = key.public_jwk().to_string();
    let secret = openssl::pkey::PKey::hmac(public.as_bytes()).unwrap();
    let signed = signed_with("HS256");
    let mut signer = openssl::sign::Signer::new(openssl::hash::MessageDigest::sha256(), &secret).unwrap();
    let tag = signer.sign_oneshot_to_vec(signed.as_bytes()).unwrap();
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
    assert_eq!(ring.verify(&token, &expected(), at(0)), Err(Invalid::AlgorithmRefused));
    // An empty signature under an honest algorithm.
    let token = format!("{}.", signed_with("RS256"));
    assert_eq!(ring.verify(&token, &expected(), at(0)), Err(Invalid::SignatureWrong));
}

#[test]
fn a_key_is_used_with_its_own_algorithm_only() {
    let rsa = key(Algorithm::RS256);
    let mut header = header_of(&rsa);
    header["alg"] = json!("PS256");
    let token = forge(&rsa, &header, &claims().to_string());
    assert_eq!(ring_of(&rsa).verify(&token, &expected(), at(0)), Err(Invalid::AlgorithmMismatch));
}

#[test]
fn the_expectation_narrows_the_algorithms() {
    let key = key(Algorithm::EdDSA);
    let ring = ring_of(&key);
    let token = ring.sign(Algorithm::EdDSA, "at+jwt", &claims(), at(0)).unwrap();
    let narrow = Expectation { algorithms: &[Algorithm::ES256], ..expected() };
    assert_eq!(ring.verify(&token, &narrow, at(0)), Err(Invalid::AlgorithmRefused));
}

#[test]
fn tokens_of_another_kind_are_refused() {
    let key = key(Algorithm::ES256);
    let ring = ring_of(&key);
    for typ in ["", "logout+jwt", "dpop+jwt"] {
        let token = ring.sign(Algorithm::ES256, typ, &claims(), at(0)).unwrap();
        assert_eq!(ring.verify(&token, &expected(), at(0)), Err(Invalid::TypeRefused), "{typ}");
    }
    let token = forge(&key, &json!({ "alg": "ES256", "kid": key.kid() }), &claims().to_string());
    assert_eq!(ring.verify(&token, &expected(), at(0)), Err(Invalid::TypeRefused));
    let plain = Expectation { types: &["JWT"], ..expected() };
    assert!(ring.verify(&token, &plain, at(0)).is_ok());
}

#[test]
fn a_token_without_kid_or_with_crit_is_refused() {
    let key = key(Algorithm::ES256);
    let ring = ring_of(&key);
    let no_kid = forge(&key, &json!({ "alg": "ES256", "typ": "at+jwt" }), &claims().to_string());
    assert_eq!(ring.verify(&no_kid, &expected(), at(0)), Err(Invalid::NoKeyId));
    let mut header = header_of(&key);
    header["crit"] = json!(["exp"]);
    let critical = forge(&key, &header, &claims().to_string());
    assert_eq!(ring.verify(&critical, &expected(), at(0)), Err(Invalid::Extension));
}

#[test]
fn signed_nonsense_is_refused_without_panic() {
    let key = key(Algorithm::ES256);
    let ring = ring_of(&key);
    let verdict = |payload: &str| ring.verify(&forge(&key, &header_of(&key), payload), &expected(), at(0));
    for payload in ["", "null", "[]", "7", "{", "{\"iss\":\"\u{0}\"}", "{} {}"] {
        assert_eq!(verdict(payload), Err(Invalid::Malformed), "{payload}");
    }
    let exp = |number: &str| claims().to_string().replace(&at(600).timestamp().to_string(), number);
    for number in ["1e300", "18446744073709551615", "-1", "\"1700000600\"", "253402300800"] {
        assert_eq!(verdict(&exp(number)), Err(Invalid::ClaimMalformed("exp".into())), "{number}");
    }
    // Not even a number that JSON parsers can hold.
    assert_eq!(verdict(&exp("1e999")), Err(Invalid::Malformed));
    assert_eq!(verdict("{}"), Err(Invalid::ClaimMissing("sub".into())));
}

#[test]
fn expired_is_refused_unless_told_otherwise() {
    let key = key(Algorithm::ES256);
    let ring = ring_of(&key);
    let token = ring.sign(Algorithm::ES256, "at+jwt", &claims(), at(0)).unwrap();
    assert!(ring.verify(&token, &expected(), at(599)).is_ok());
    assert_eq!(ring.verify(&token, &expected(), at(600)), Err(Invalid::Expired));
    let hint = Expectation { expiry: Expiry::Ignored, ..expected() };
    assert!(ring.verify(&token, &hint, at(1_000_000)).is_ok());
}

#[test]
fn the_clock_hands_over_from_key_to_key() {
    let (old, new) = (key(Algorithm::ES256), key(Algorithm::ES256));
    let minute = Duration::from_secs(60);
    let next = Schedule::successor(at(0), minute);
    let ring = Ring::new(vec![
        (Schedule::first(at(-1000)).retire(next.active_at, minute), Arc::clone(&old)),
        (next, Arc::clone(&new)),
    ]);
    let signed_at = |second| ring.sign(Algorithm::ES256, "at+jwt", &claims(), at(second)).unwrap();
    let kid_of = |token: &str, second| ring.verify(token, &expected(), at(second)).map(|verified| verified.kid);

    let last = signed_at(59);
    assert_eq!(kid_of(&last, 59).as_deref(), Ok(old.kid()));
    assert_eq!(kid_of(&signed_at(60), 60).as_deref(), Ok(new.kid()));
    // A node whose clock is ahead signs early: its key is announced, so its token counts.
    assert_eq!(kid_of(&signed_at(60), 50).as_deref(), Ok(new.kid()));
    // What the old key signed counts until it is gone.
    assert_eq!(kid_of(&last, 119).as_deref(), Ok(old.kid()));
    assert_eq!(kid_of(&last, 120), Err(Invalid::KeyGone));
    let hint = Expectation { accept_retired: true, ..expected() };
    assert!(ring.verify(&last, &hint, at(120)).is_ok());
}

#[test]
fn nothing_signs_without_an_active_key() {
    let key = key(Algorithm::ES256);
    let ring = Ring::new(vec![(Schedule::successor(at(0), Duration::from_secs(60)), Arc::clone(&key))]);
    let sign = |algorithm, claims: &Value, second| ring.sign(algorithm, "", claims, at(second));
    assert!(matches!(sign(Algorithm::ES256, &claims(), 59), Err(SignError::NoActiveKey(Algorithm::ES256))));
    assert!(sign(Algorithm::ES256, &claims(), 60).is_ok());
    assert!(matches!(sign(Algorithm::RS256, &claims(), 60), Err(SignError::NoActiveKey(Algorithm::RS256))));
    assert!(matches!(sign(Algorithm::ES256, &json!([1]), 60), Err(SignError::NotAnObject)));
    assert_eq!(ring.algorithms(at(59)), []);
    assert_eq!(ring.algorithms(at(60)), [Algorithm::ES256]);
}

#[test]
fn the_key_set_publishes_until_a_key_is_gone_and_holds_nothing_private() {
    let minute = Duration::from_secs(60);
    let (rsa, old, new) = (key(Algorithm::RS256), key(Algorithm::EdDSA), key(Algorithm::EdDSA));
    let next = Schedule::successor(at(0), minute);
    let ring = Ring::new(vec![
        (Schedule::first(at(0)), Arc::clone(&rsa)),
        (Schedule::first(at(-1000)).retire(next.active_at, minute), Arc::clone(&old)),
        (next, Arc::clone(&new)),
    ]);
    let kids = |second| -> Vec<String> {
        let set: Value = serde_json::from_str(&ring.jwks(at(second)).json).unwrap();
        let keys = set["keys"].as_array().unwrap();
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(keys.iter().all(|key| key.get(private).is_none()), "{private}");
        }
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    for second in [0, 60, 119] {
        assert_eq!(kids(second), [new.kid(), rsa.kid(), old.kid()], "{second}");
    }
    for second in [120, 1_000_000] {
        assert_eq!(kids(second), [new.kid(), rsa.kid()], "{second}");
    }
    assert!(Arc::ptr_eq(&ring.jwks(at(0)), &ring.jwks(at(119))));
    assert_ne!(ring.jwks(at(0)).etag, ring.jwks(at(120)).etag);
    assert!(ring.jwks(at(0)).etag.starts_with('"') && ring.jwks(at(0)).etag.ends_with('"'));
}

#[test]
fn an_empty_ring_publishes_an_empty_set() {
    let ring = Ring::new(Vec::<(Schedule, SigningKey)>::new());
    assert_eq!(ring.jwks(at(0)).json, r#"{"keys":[]}"#);
    assert_eq!(ring.verify("a.b.c", &expected(), at(0)), Err(Invalid::Malformed));
}

#[test]
fn rings_are_shared_between_threads() {
    fn shareable<T: Send + Sync + 'static>() {}
    shareable::<Ring>();
    shareable::<crate::MasterKeys>();
}
