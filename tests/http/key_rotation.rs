//! Rotation of signing keys, as relying parties and other nodes see it (OpenID Connect Core §10.1.1).

use chrono::TimeDelta;
use serde_json::Value;
use signet::domain::signing::{self, RotateKeys};

use crate::world::{Jwks, World, unverified};

fn kid(token: &str) -> String {
    unverified(token).header["kid"].as_str().unwrap().to_owned()
}

fn kids(jwks: &Jwks) -> Vec<String> {
    let keys = jwks.0["keys"].as_array().unwrap();
    keys.iter().map(|key: &Value| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn whoever_keeps_the_keys_as_long_as_allowed_never_meets_an_unknown_one() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let answer = world.get("/oauth2/jwks").await;
    let max_age = answer.header("cache-control").strip_prefix("public, max-age=").unwrap().parse::<i64>().unwrap();
    assert!((300..=3600).contains(&max_age));
    let kept = world.jwks().await;
    world.operator(RotateKeys { now: false, algorithm: None }).await.unwrap();
    signing::announce_change(&world.app, world.tenant().id).await.unwrap();
    // The moment before the cache has to be read again: the old keys still sign.
    world.advance(TimeDelta::seconds(max_age - 1));
    let tokens = shop.tokens_of(&alice).await;
    kept.verify(&tokens.access);
    kept.verify(tokens.id());
    // Read again now, it has the keys that sign later.
    let kept = world.jwks().await;
    world.advance(TimeDelta::seconds(3600 - max_age + 60));
    let tokens = shop.tokens_of(&alice).await;
    kept.verify(&tokens.access);
    kept.verify(tokens.id());
}

#[tokio::test]
async fn an_old_id_token_stays_verifiable_and_a_hint_is_good_for_ever() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    let tokens = shop.token(&code).await;
    let old = kid(tokens.id());
    world.operator(RotateKeys { now: true, algorithm: None }).await.unwrap();
    signing::announce_change(&world.app, world.tenant().id).await.unwrap();
    world.advance(TimeDelta::minutes(59));
    let jwks = world.jwks().await;
    jwks.verify(tokens.id());
    let code = browser.authorize(&shop).await.code();
    assert_ne!(kid(shop.token(&code).await.id()), old);

    // Long after the key has left the JWK Set, the hint still says who it was.
    world.advance(TimeDelta::hours(6));
    signing::load(&world.app, world.tenant().id).await.unwrap();
    assert!(!kids(&world.jwks().await).contains(&old), "it should be gone by now");
    let mut browser = alice.signed_in().await;
    let silent = shop.request().with("prompt", "none").with("id_token_hint", tokens.id());
    browser.authorize(&silent).await.code();
    let bob = world.person("bob").verified().await;
    let mut other = bob.signed_in().await;
    other.authorize(&silent).await;
    assert_eq!(other.error(), "login_required");
    // A token that grants something is not accepted by a key that is gone.
    world.userinfo(&tokens.access).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_node_that_was_not_told_looks_for_a_key_it_does_not_know() {
    let world = World::start().await;
    let Some(second) = world.second_node().await else { return };
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    // Made, loaded on one node, and announced to nobody.
    world.operator(RotateKeys { now: true, algorithm: None }).await.unwrap();
    signing::load(&world.app, world.tenant().id).await.unwrap();
    let tokens = shop.tokens_of(&alice).await;
    assert!(!kids(&second.jwks().await).contains(&kid(&tokens.access)), "the second node knows it already");
    second.userinfo(&tokens.access).await.expect(200);
    shop.at(&second).finds_active(&tokens.access).await;
    assert!(kids(&second.jwks().await).contains(&kid(&tokens.access)));
}
