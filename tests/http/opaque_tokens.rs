//! Opaque access tokens: good everywhere where a JWT is, and readable by nobody.

use axum::http::Method;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::json;
use signet::domain::clients::{GrantType, TokenFormat};

use crate::world::{ISSUER, World, at_hash};

#[tokio::test]
async fn a_client_may_have_tokens_that_say_nothing() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party();
    let shop = shop.with(|create| create.metadata.access_token_format = TokenFormat::Opaque).create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope("openid email")).await;
    let sealed = tokens.access.strip_prefix("sgt_at_").unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(sealed).unwrap();
    for readable in [alice.sub(), shop.id.clone(), ISSUER.to_owned(), "openid".to_owned()] {
        assert!(!bytes.windows(readable.len()).any(|window| window == readable.as_bytes()), "{readable}");
    }
    assert_eq!(world.jwks().await.verify(tokens.id()).claims["at_hash"], at_hash(&tokens.access));
    let claims = shop.userinfo(&tokens.access).await.expect(200).json();
    assert_eq!((&claims["sub"], &claims["email"]), (&json!(alice.sub()), &json!(alice.email)));
    let told = shop.finds_active(&tokens.access).await;
    assert_eq!((&told["sub"], &told["scope"]), (&json!(alice.sub()), &json!("email openid")));
    assert_eq!((&told["aud"], &told["client_id"]), (&json!(ISSUER), &json!(shop.id)));
    // The next one is opaque too.
    let next = shop.refresh(tokens.refresh()).await;
    assert!(next.access.starts_with("sgt_at_") && next.access != tokens.access);
}

#[tokio::test]
async fn they_die_like_any_other() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party();
    let shop = shop.with(|create| create.metadata.access_token_format = TokenFormat::Opaque).create().await;
    let [given_back, locked] = [shop.tokens_of(&alice).await.access, shop.tokens_of(&alice).await.access];
    shop.revoke(&given_back).await.expect(200);
    shop.finds_inactive(&given_back).await;
    world.userinfo(&given_back).await.refused(401, "invalid_token");
    alice.lock().await;
    world.userinfo(&locked).await.refused(401, "invalid_token");
    alice.unlock().await;
    let expired = shop.tokens_of(&alice).await.access;
    world.userinfo(&expired).await.expect(200);
    world.advance(TimeDelta::seconds(600));
    world.userinfo(&expired).await.refused(401, "invalid_token");
    shop.finds_inactive(&expired).await;
}

#[tokio::test]
async fn what_was_changed_or_sealed_for_something_else_does_not_open() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party();
    let shop = shop.with(|create| create.metadata.access_token_format = TokenFormat::Opaque).create().await;
    let token = shop.tokens_of(&alice).await.access;
    let sealed = URL_SAFE_NO_PAD.decode(token.strip_prefix("sgt_at_").unwrap()).unwrap();
    for at in [0, 1, 9, 21, sealed.len() / 2, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let token = format!("sgt_at_{}", URL_SAFE_NO_PAD.encode(changed));
        world.userinfo(&token).await.refused(401, "invalid_token");
    }
    let other = world.app.master.seal(b"{}", "outgoing_mail").unwrap();
    world.userinfo(&format!("sgt_at_{}", URL_SAFE_NO_PAD.encode(other))).await.refused(401, "invalid_token");
    for odd in ["sgt_at_", "sgt_at_-", &token[7..], &format!("{token}A"), &token.to_uppercase()] {
        world.userinfo(odd).await.refused(401, "invalid_token");
    }
    // Of another deployment.
    let elsewhere = World::start().await;
    elsewhere.userinfo(&token).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn an_api_may_want_opaque_tokens_of_its_own_lifetime() {
    let world = World::start().await;
    let ledger = world
        .resource_with("ledger", "ledger:read", |create| {
            create.access_token_format = TokenFormat::Opaque;
            create.access_token_ttl = Some(60);
        })
        .await;
    let robot = world.client("robot").grants(&[GrantType::ClientCredentials]).scope("ledger:read jobs").create().await;
    let ask = |resource: Option<&str>| {
        let request = robot.token_request("client_credentials");
        match resource {
            Some(uri) => request.with("resource", uri),
            None => request,
        }
    };
    let tokens = ask(Some(&ledger.uri)).send().await.tokens();
    assert!(tokens.access.starts_with("sgt_at_"));
    assert_eq!((tokens.scope.as_str(), tokens.expires_in), ("ledger:read", 60));
    let told = robot.finds_active(&tokens.access).await;
    assert_eq!(told["aud"], ledger.uri);
    world.advance(TimeDelta::seconds(60));
    robot.finds_inactive(&tokens.access).await;
    // For everything else the same client has JWTs.
    let tokens = ask(None).send().await.tokens();
    assert_eq!(world.jwks().await.verify(&tokens.access).claims["scope"], "jobs");
}

#[tokio::test]
async fn they_are_no_tokens_of_our_own_api() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party();
    let shop = shop.with(|create| create.metadata.access_token_format = TokenFormat::Opaque).create().await;
    let token = shop.tokens_of(&alice).await.access;
    world.call(Method::GET, "/api/v1/auth/me").bearer(&token).send().await.problem(401, "invalid_token");
}
