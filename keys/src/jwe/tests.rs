//! Encrypted for one reader: round trips, foreign implementations' vectors, and everything that somebody may try.
#![allow(clippy::unwrap_used, clippy::panic)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::pkey::PKey;
use serde_json::{Value, json};

use super::*;
use crate::{Algorithm, ForeignKeys, Invalid, Ring, Schedule, SigningKey};

fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn ring(keys: Vec<DecryptionKey>) -> Ring {
    Ring::new(keys.into_iter().map(|key| (Schedule::first(now()), key)).collect())
}

fn encrypted(key: &DecryptionKey, algorithm: EncryptionAlgorithm, enc: ContentEncryption) -> String {
    let keys = ForeignKeys::parse(&json!({ "keys": [key.public_jwk()] })).unwrap();
    keys.recipient(algorithm).unwrap().encrypt(algorithm, enc, Content::Jwt("a.b.c"), "https://id.test").unwrap()
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

fn with_part(token: &str, at: usize, part: &str) -> String {
    let mut parts: Vec<_> = token.split('.').collect();
    parts[at] = part;
    parts.join(".")
}

fn with_header(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut members = header(token);
    change(&mut members);
    with_part(token, 0, &URL_SAFE_NO_PAD.encode(members.to_string()))
}

#[test]
fn every_combination_is_read_by_its_key_and_no_other() {
    for algorithm in EncryptionAlgorithm::ALL {
        let key = DecryptionKey::generate(algorithm.family()).unwrap();
        let kid = key.kid().to_owned();
        let tokens: Vec<_> = ContentEncryption::ALL.iter().map(|enc| encrypted(&key, *algorithm, *enc)).collect();
        let (ours, strange) = (ring(vec![key]), ring(vec![DecryptionKey::generate(algorithm.family()).unwrap()]));
        for (token, enc) in tokens.iter().zip(ContentEncryption::ALL) {
            assert_eq!(ours.decrypt(token, now()).as_deref(), Ok("a.b.c"), "{algorithm} {enc}");
            let header = header(token);
            assert_eq!((&header["alg"], &header["enc"]), (&algorithm.as_str().into(), &enc.as_str().into()));
            assert_eq!((&header["kid"], &header["cty"]), (&kid.as_str().into(), &"JWT".into()));
            assert_eq!(header["iss"], "https://id.test");
            assert_eq!(strange.decrypt(token, now()), Err(Invalid::UnknownKey));
        }
    }
}

#[test]
fn a_message_without_kid_is_tried_with_every_key_of_the_kind() {
    let keys: Vec<_> = (0..3).map(|_| DecryptionKey::generate(DecryptionAlgorithm::EcdhEs).unwrap()).collect();
    let mut jwk = keys[0].public_jwk();
    jwk.as_object_mut().unwrap().remove("kid");
    let keys_of_client = ForeignKeys::parse(&json!({ "keys": [jwk] })).unwrap();
    let recipient = keys_of_client.recipient(EncryptionAlgorithm::EcdhEs).unwrap();
    let enc = ContentEncryption::A256Gcm;
    let token = recipient.encrypt(EncryptionAlgorithm::EcdhEs, enc, Content::Jwt("x"), "https://id.test").unwrap();
    assert!(header(&token).get("kid").is_none());
    assert_eq!(ring(keys).decrypt(&token, now()).as_deref(), Ok("x"));
}

#[test]
fn whatever_is_changed_is_noticed_and_nothing_panics() {
    for algorithm in EncryptionAlgorithm::ALL {
        for enc in ContentEncryption::ALL {
            let key = DecryptionKey::generate(algorithm.family()).unwrap();
            let token = encrypted(&key, *algorithm, *enc);
            let ring = ring(vec![key]);
            for at in 1..5 {
                let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap();
                for length in [0, 1, 7, 8, 15, bytes.len().saturating_sub(1), bytes.len() + 1] {
                    let mut changed = bytes.clone();
                    changed.resize(length, 0);
                    let refused = ring.decrypt(&with_part(&token, at, &URL_SAFE_NO_PAD.encode(&changed)), now());
                    let same = changed == bytes;
                    assert_eq!(refused.is_ok(), same, "{algorithm} {enc}: part {at} of {length} bytes");
                    assert!(same || refused == Err(Invalid::Undecryptable));
                }
                if let Some(last) = bytes.len().checked_sub(1) {
                    let mut changed = bytes.clone();
                    changed[last] ^= 1;
                    let refused = ring.decrypt(&with_part(&token, at, &URL_SAFE_NO_PAD.encode(&changed)), now());
                    assert_eq!(refused, Err(Invalid::Undecryptable), "{algorithm} {enc}: part {at}");
                }
            }
            let relabeled = with_header(&token, |header| header["x"] = "y".into());
            assert_eq!(ring.decrypt(&relabeled, now()), Err(Invalid::Undecryptable), "the header is covered");
        }
    }
}

#[test]
fn an_ephemeral_key_that_is_none_is_refused() {
    let key = DecryptionKey::generate(DecryptionAlgorithm::EcdhEs).unwrap();
    let token = encrypted(&key, EncryptionAlgorithm::EcdhEsA128Kw, ContentEncryption::A128Gcm);
    let ring = ring(vec![key]);
    for epk in [
        json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }), // not on the curve: would leak the private key
        json!({ "kty": "EC", "crv": "P-256", "x": "", "y": "" }),
        json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }),
        json!({ "kty": "OKP", "crv": "X25519", "x": "AA" }),
        json!({ "kty": "EC", "crv": "P-256", "x": 7 }),
        json!({}),
        json!("x"),
    ] {
        let changed = with_header(&token, |header| header["epk"] = epk.clone());
        assert_eq!(ring.decrypt(&changed, now()), Err(Invalid::Undecryptable), "{epk}");
    }
    let without = with_header(&token, |header| drop(header.as_object_mut().unwrap().remove("epk")));
    assert_eq!(ring.decrypt(&without, now()), Err(Invalid::Undecryptable));
    for apu in [json!(7), json!("+"), json!({})] {
        let changed = with_header(&token, |header| header["apu"] = apu.clone());
        assert!(ring.decrypt(&changed, now()).is_err(), "{apu}");
    }
}

#[test]
fn a_key_is_used_for_its_own_kind_only() {
    let (rsa, ec) = (
        DecryptionKey::generate(DecryptionAlgorithm::RsaOaep256).unwrap(),
        DecryptionKey::generate(DecryptionAlgorithm::EcdhEs).unwrap(),
    );
    let kid = ec.kid().to_owned();
    let token = encrypted(&rsa, EncryptionAlgorithm::RsaOaep256, ContentEncryption::A256Gcm);
    let mixed = with_header(&token, |header| header["kid"] = kid.into());
    assert_eq!(ring(vec![rsa, ec]).decrypt(&mixed, now()), Err(Invalid::UnknownKey));
}

#[test]
fn the_jwk_has_public_members_only_and_is_for_encryption() {
    for (algorithm, names) in [
        (DecryptionAlgorithm::RsaOaep256, &["e", "kty", "n", "kid", "use", "alg"][..]),
        (DecryptionAlgorithm::EcdhEs, &["crv", "kty", "x", "y", "kid", "use"]),
    ] {
        let jwk = DecryptionKey::generate(algorithm).unwrap().public_jwk();
        assert_eq!(jwk.as_object().unwrap().keys().collect::<Vec<_>>(), names);
        assert_eq!(jwk["use"], "enc");
    }
}

#[test]
fn the_best_key_is_chosen_and_always_the_same() {
    let key = |kid: &str, changes: Value| {
        let mut jwk = DecryptionKey::generate(DecryptionAlgorithm::EcdhEs).unwrap().public_jwk();
        jwk["kid"] = kid.into();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(jwk.as_object_mut().unwrap().remove(name)),
                _ => jwk[name] = value.clone(),
            }
        }
        jwk
    };
    let chosen = |keys: Vec<Value>| {
        let keys = ForeignKeys::parse(&json!({ "keys": keys })).unwrap();
        let recipient = keys.recipient(EncryptionAlgorithm::EcdhEs)?;
        let token = recipient.encrypt(
            EncryptionAlgorithm::EcdhEs,
            ContentEncryption::A128Gcm,
            Content::Jwt("x"),
            "https://id.test",
        );
        header(&token.unwrap())["kid"].as_str().map(str::to_owned)
    };
    let signing = SigningKey::generate(Algorithm::ES256).unwrap().public_jwk();
    let bare = || key("bare", json!({ "use": null }));
    let meant = || key("meant", json!({}));
    let named = || key("named", json!({ "alg": "ECDH-ES", "use": null }));
    let both = || key("both", json!({ "alg": "ECDH-ES" }));
    assert_eq!(chosen(vec![bare(), signing.clone()]).as_deref(), Some("bare"));
    assert_eq!(chosen(vec![bare(), meant()]).as_deref(), Some("meant"));
    assert_eq!(chosen(vec![meant(), named()]).as_deref(), Some("named"));
    assert_eq!(chosen(vec![named(), both()]).as_deref(), Some("both"));
    assert_eq!(chosen(vec![meant(), key("second", json!({}))]).as_deref(), Some("meant"));
    // For something else.
    assert_eq!(chosen(vec![signing]), None);
    let other = key("other", json!({ "alg": "ECDH-ES+A128KW" }));
    assert_eq!(chosen(vec![other]), None);
    let verifies = key("verifies", json!({ "use": null, "key_ops": ["verify"], "alg": null }));
    assert_eq!(chosen(vec![verifies]), None);
    let derives = key("derives", json!({ "key_ops": ["deriveBits"] }));
    assert_eq!(chosen(vec![derives]).as_deref(), Some("derives"));
}

#[test]
fn other_curves_of_clients_are_encrypted_for() {
    let x25519 = PKey::generate_x25519().unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "X25519", "x": URL_SAFE_NO_PAD.encode(x25519.raw_public_key().unwrap()) });
    let keys = ForeignKeys::parse(&json!({ "keys": [jwk] })).unwrap();
    assert!(!keys.verifies());
    let recipient = keys.recipient(EncryptionAlgorithm::EcdhEsA256Kw).unwrap();
    let enc = ContentEncryption::A128CbcHs256;
    let token =
        recipient.encrypt(EncryptionAlgorithm::EcdhEsA256Kw, enc, Content::Jwt("x"), "https://id.test").unwrap();
    assert_eq!(header(&token)["epk"]["crv"], "X25519");
    // Read by the library itself, which shares no decryption with ours.
    let pkcs8 = x25519.private_key_to_pkcs8().unwrap();
    let decrypter = josekit::jwe::ECDH_ES_A256KW.decrypter_from_der(pkcs8).unwrap();
    assert_eq!(josekit::jwe::deserialize_compact(&token, &decrypter).unwrap().0, b"x");
}

#[test]
fn claims_that_nobody_signed_are_not_said_to_be_a_jwt() {
    let key = DecryptionKey::generate(DecryptionAlgorithm::EcdhEs).unwrap();
    let keys = ForeignKeys::parse(&json!({ "keys": [key.public_jwk()] })).unwrap();
    let claims = json!({ "sub": "usr_1" }).as_object().cloned().unwrap();
    let recipient = keys.recipient(EncryptionAlgorithm::EcdhEs).unwrap();
    let content = Content::Claims(&claims);
    let token =
        recipient.encrypt(EncryptionAlgorithm::EcdhEs, ContentEncryption::A256Gcm, content, "https://id.test").unwrap();
    assert!(header(&token).get("cty").is_none());
    assert_eq!(ring(vec![key]).decrypt(&token, now()).as_deref(), Ok(r#"{"sub":"usr_1"}"#));
}

#[test]
fn a_decryption_key_is_published_while_active_and_reads_until_it_is_gone() {
    let (old, new) = (
        DecryptionKey::generate(DecryptionAlgorithm::EcdhEs).unwrap(),
        DecryptionKey::generate(DecryptionAlgorithm::EcdhEs).unwrap(),
    );
    let (old_kid, new_kid) = (old.kid().to_owned(), new.kid().to_owned());
    let token = encrypted(&old, EncryptionAlgorithm::EcdhEs, ContentEncryption::A256Gcm);
    let early = encrypted(&new, EncryptionAlgorithm::EcdhEs, ContentEncryption::A256Gcm);
    let minute = std::time::Duration::from_secs(60);
    let next = Schedule::successor(now(), minute);
    let ring = Ring::new(vec![(Schedule::first(now()).retire(next.active_at, minute), old), (next, new)]);
    let at = |seconds: i64| now() + chrono::TimeDelta::seconds(seconds);
    let published = |seconds: i64| {
        let jwks: Value = serde_json::from_str(&ring.jwks(at(seconds)).json).unwrap();
        let kids = jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned());
        kids.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(published(0), old_kid);
    assert_eq!(published(59), old_kid);
    assert_eq!(published(60), new_kid);
    assert_eq!(published(1000), new_kid);
    assert!(ring.decrypt(&token, at(119)).is_ok());
    assert_eq!(ring.decrypt(&token, at(120)), Err(Invalid::KeyGone));
    assert!(ring.decrypt(&early, at(0)).is_ok(), "a node whose clock is ahead published it");
}
