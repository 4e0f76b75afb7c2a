//! `/oauth2/jwks`: public keys only, and keys that follow each other without anybody noticing (RFC 7517, OpenID Connect Core §10.1.1).

use std::collections::HashSet;

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::Value;
use signet::{
    config::{Algorithm, Setting},
    domain::signing::{self, RetireKey, RotateKeys},
};

use crate::world::World;

const PATH: &str = "/oauth2/jwks";

#[tokio::test]
async fn nothing_private_is_in_it() {
    let world = World::start().await;
    let jwks = world.jwks().await.0;
    let keys = jwks["keys"].as_array().unwrap();
    let mut names = HashSet::new();
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private} in {key}");
        }
        assert!(key["use"] == "sig" || key["use"] == "enc");
        assert!(names.insert(key["kid"].as_str().unwrap()), "a kid stands twice");
        if key["kty"] == "RSA" {
            assert!(key["n"].as_str().unwrap().len() >= 342, "at least 2048 bits");
            assert_eq!(key["e"], "AQAB");
        }
    }
    let of = |usage: &str| -> HashSet<Option<&str>> {
        keys.iter().filter(|key| key["use"] == usage).map(|key| key["alg"].as_str()).collect()
    };
    assert_eq!(of("sig"), HashSet::from([Some("RS256"), Some("ES256")]));
    // A key agreement key serves three algorithms and names none.
    assert_eq!(of("enc"), HashSet::from([Some("RSA-OAEP-256"), None]));
    // Software that takes the first key it finds finds one that signs.
    assert_eq!((&keys[0]["use"], &keys[1]["use"]), (&"sig".into(), &"sig".into()));
}

#[tokio::test]
async fn it_may_be_kept_and_asked_about() {
    let world = World::start().await;
    let answer = world.get(PATH).await.expect(200);
    assert_eq!(answer.header("cache-control"), "public, max-age=1800");
    let etag = answer.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"'));
    let with = |known: &str| world.call(Method::GET, PATH).header("if-none-match", known).send();
    for known in [etag.as_str(), &format!("W/{etag}"), &format!("\"x\", {etag}"), "*"] {
        let answer = with(known).await.expect(304);
        assert!(answer.body.is_empty() && answer.header("etag") == etag, "{known}");
        assert_eq!(answer.header("cache-control"), "public, max-age=1800");
    }
    with("\"other\"").await.expect(200);
}

#[tokio::test]
async fn a_new_key_is_announced_before_it_signs_and_an_old_one_stays() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let kid = |token: &str| crate::world::unverified(token).header["kid"].as_str().unwrap().to_owned();
    let before = shop.tokens_of(&alice).await;
    let old_kid = kid(&before.access);
    let etag = world.get(PATH).await.header("etag").to_owned();

    world.operator(RotateKeys { now: false, algorithm: None }).await.unwrap();
    signing::announce_change(&world.app, world.tenant().id).await.unwrap();
    let announced = world.get(PATH).await;
    assert_ne!(announced.header("etag"), etag);
    let announced = announced.json();
    let count = |usage: &str| announced["keys"].as_array().unwrap().iter().filter(|key| key["use"] == usage).count();
    assert_eq!((count("sig"), count("enc")), (4, 2), "nobody is to encrypt for a key that is not active");
    assert_eq!(kid(&shop.tokens_of(&alice).await.access), old_kid, "announced, not signing yet");

    world.advance(TimeDelta::minutes(65));
    let after = shop.tokens_of(&alice).await;
    assert_ne!(kid(&after.access), old_kid);
    let jwks = world.jwks().await;
    jwks.verify(&before.access);
    jwks.verify(before.id());
    jwks.verify(&after.access);
    jwks.verify(after.id());
    shop.userinfo(&after.access).await.expect(200);
}

#[tokio::test]
async fn a_key_that_leaked_is_gone_at_once() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let tokens = shop.tokens_of(&alice).await;
    let kid = crate::world::unverified(&tokens.access).header["kid"].as_str().unwrap().to_owned();
    world.operator(RetireKey { kid: kid.clone(), now: true }).await.unwrap();
    signing::announce_change(&world.app, world.tenant().id).await.unwrap();
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
    let keys = world.jwks().await.0;
    assert!(keys["keys"].as_array().unwrap().iter().all(|key: &Value| key["kid"] != kid.as_str()));
    let next = shop.refresh(tokens.refresh()).await;
    shop.userinfo(&next.access).await.expect(200);
}

#[tokio::test]
async fn every_algorithm_can_be_chosen() {
    let algorithm = |name: &str| Algorithm::parse(name).unwrap();
    for (id, access) in [("EdDSA", "PS256"), ("PS256", "EdDSA"), ("ES256", "RS256")] {
        let world = World::configured(|config| {
            config.keys.algorithms = ["RS256", "ES256", "EdDSA", "PS256"].map(algorithm).to_vec();
            config.keys.id_token_alg = algorithm(id);
            config.keys.access_token_alg = algorithm(access);
        })
        .await;
        // The template's keys are those of the default settings: the missing ones are made now.
        signing::ensure(&world.app, &world.tenant()).await.unwrap();
        let alice = world.person("alice").verified().await;
        let shop = world.client("shop").first_party().create().await;
        let tokens = shop.tokens_of(&alice).await;
        let jwks = world.jwks().await;
        assert_eq!(jwks.verify(tokens.id()).header["alg"], id);
        assert_eq!(jwks.verify(&tokens.access).header["alg"], access);
        shop.userinfo(&tokens.access).await.expect(200);
        let document = world.get("/.well-known/openid-configuration").await.json();
        assert_eq!(document["id_token_signing_alg_values_supported"].as_array().unwrap().len(), 4);
    }
}
