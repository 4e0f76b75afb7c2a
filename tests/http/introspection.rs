//! `/oauth2/introspect` (RFC 7662): what a token says, to those it concerns; and one answer to everything else.

use chrono::TimeDelta;
use serde_json::json;
use signet::{
    domain::{
        clients::{AuthMethod, DeleteClient, GrantType},
        signing::{self, RetireKey},
    },
    kernel::id::UserId,
};

use crate::world::{Client, ISSUER, Person, Tokens, World};

const AWAY: &str = "openid email offline_access";

async fn start(scope: &str) -> (World, Person, Client, Tokens) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope(scope)).await;
    (world, alice, shop, tokens)
}

#[tokio::test]
async fn section_2_2_an_active_token_says_what_it_is() {
    let (world, alice, shop, tokens) = start("openid email").await;
    let told = shop.finds_active(&tokens.access).await;
    let claims = world.jwks().await.verify(&tokens.access).claims;
    for same in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "sid", "auth_time", "acr", "amr"] {
        assert_eq!(told[same], claims[same], "{same}");
    }
    assert_eq!((&told["sub"], &told["iss"]), (&json!(alice.sub()), &json!(ISSUER)));
    assert_eq!((&told["scope"], &told["token_type"]), (&json!("email openid"), &json!("Bearer")));
    for private in ["grant_id", "userinfo_claims", "user", "email", "name"] {
        assert!(told.get(private).is_none(), "{private}");
    }
}

#[tokio::test]
async fn a_refresh_token_is_its_clients_business_and_asking_spends_nothing() {
    let (world, alice, shop, tokens) = start(AWAY).await;
    for _ in 0..3 {
        let told = shop.finds_active(tokens.refresh()).await;
        assert_eq!((&told["sub"], &told["client_id"]), (&json!(alice.sub()), &json!(shop.id)));
        assert_eq!(told["scope"], "email offline_access openid");
        assert!(told["exp"].as_i64().unwrap() > world.now().timestamp());
        assert!(told.get("token_type").is_none(), "it is no type of access token");
    }
    let gateway = world.client("gateway").with(|create| create.metadata.may_introspect = true).create().await;
    gateway.finds_inactive(tokens.refresh()).await;
    let next = shop.refresh(tokens.refresh()).await;
    // A spent token is inactive, and asking about it is no replay.
    shop.finds_inactive(tokens.refresh()).await;
    shop.finds_active(next.refresh()).await;
    assert_eq!(world.count_facts("refresh_token.replayed").await, 0);
}

#[tokio::test]
async fn section_2_1_who_may_ask() {
    let (world, alice, shop, tokens) = start("openid").await;
    // A client that it was not issued to learns as much as from a token that does not exist.
    let other = world.client("other").create().await;
    other.finds_inactive(&tokens.access).await;
    // One that the operator permits.
    let gateway = world.client("gateway").with(|create| create.metadata.may_introspect = true).create().await;
    gateway.finds_active(&tokens.access).await;
    // The API that it is for, which is a client by the name of the resource.
    let orders = world.resource("orders", "orders:read").await;
    let api = world.client("api").grants(&[GrantType::ClientCredentials]);
    let api = api.with(|create| create.client_id = Some(orders.uri.clone())).create().await;
    api.finds_inactive(&tokens.access).await;
    let portal = world.client("portal").first_party().scope("openid orders:read").create().await;
    let request = portal.request().scope("openid orders:read").with("resource", &orders.uri);
    let for_orders = portal.tokens_for(&alice, &request).await;
    let told = api.finds_active(&for_orders.access).await;
    assert_eq!((&told["aud"], &told["scope"]), (&json!(orders.uri), &json!("orders:read")));
    shop.finds_inactive(&for_orders.access).await;
}

#[tokio::test]
async fn section_2_1_the_caller_has_to_prove_who_it_is() {
    let (world, _, shop, tokens) = start("openid").await;
    let token = [("token", tokens.access.as_str())];
    let answer = world.post("/oauth2/introspect", &token).await.refused(401, "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic realm="));
    // The name of a public client proves nothing.
    let app = world.client("app").public().create().await;
    app.introspect(&tokens.access).await.refused(401, "invalid_client");
    // An access token is no proof either.
    let answer = world.call(axum::http::Method::POST, "/oauth2/introspect").form(&token).bearer(&tokens.access);
    answer.send().await.refused(401, "invalid_client");
    let posting = world.client("posting").method(AuthMethod::ClientSecretPost).create().await;
    posting.finds_inactive(&tokens.access).await;
    let wrong = Client { secret: Some("wrong".into()), ..shop.clone() };
    wrong.introspect(&tokens.access).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn section_2_2_everything_else_is_inactive() {
    let (world, _, shop, tokens) = start("openid").await;
    // The first character of the signature: the last one holds unused bits, and may be the same by chance.
    let (signed, signature) = tokens.access.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{signed}.{other}{}", &signature[1..]);
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", tokens.access.split('.').nth(1).unwrap());
    for token in [
        "nonsense",
        "a.b.c",
        "sgt_at_",
        "sgt_at_AAAA",
        "sgt_rt_AAAA",
        forged.as_str(),
        unsigned.as_str(),
        tokens.id(), // an ID token is no access token (RFC 8725 §3.11)
        &UserId::fresh().to_string(),
        &"x".repeat(10_000),
    ] {
        shop.finds_inactive(token).await;
    }
    world.advance(TimeDelta::seconds(570));
    shop.finds_active(&tokens.access).await;
    world.advance(TimeDelta::seconds(30));
    shop.finds_inactive(&tokens.access).await;
}

#[tokio::test]
async fn a_request_without_a_token_or_with_two_is_refused() {
    let (_, _, shop, tokens) = start("openid").await;
    shop.post("/oauth2/introspect", &[]).send().await.refused(400, "invalid_request");
    let twice = [("token", tokens.access.as_str()), ("token", tokens.access.as_str())];
    shop.post("/oauth2/introspect", &twice).send().await.refused(400, "invalid_request");
    for hint in ["refresh_token", "access_token", "made_up"] {
        let pairs = [("token", tokens.access.as_str()), ("token_type_hint", hint)];
        let answer = shop.post("/oauth2/introspect", &pairs).send().await.expect(200);
        assert_eq!(answer.json()["active"], true, "{hint} is only a hint");
    }
}

#[tokio::test]
async fn the_methods_and_bodies_that_are_taken() {
    let (world, _, shop, tokens) = start("openid").await;
    let address = format!("/oauth2/introspect?token={}", tokens.access);
    assert_eq!(world.get(&address).await.refused(405, "invalid_request").header("allow"), "POST");
    let call = shop.post("/oauth2/introspect", &[]).json(&json!({"token": tokens.access}));
    assert!(matches!(call.send().await.status.as_u16(), 400 | 415));
}

#[tokio::test]
async fn a_grant_that_is_over_is_inactive_at_once() {
    // Signed out.
    let (_, alice, shop, _) = start("openid").await;
    let mut browser = alice.browser();
    let code = browser.authorize(&shop).await.sign_in().await.code();
    let tokens = shop.token(&code).await;
    shop.finds_active(&tokens.access).await;
    browser.open("/").await.press("Sign out").await;
    shop.finds_inactive(&tokens.access).await;
    shop.finds_inactive(tokens.refresh()).await;

    // Locked out, and let in again.
    let (_, alice, shop, tokens) = start(AWAY).await;
    alice.lock().await;
    shop.finds_inactive(&tokens.access).await;
    shop.finds_inactive(tokens.refresh()).await;

    // The code came twice.
    let (world, alice, shop, _) = start("openid").await;
    let code = alice.browser().authorize(&shop).await.sign_in().await.code();
    let tokens = shop.token(&code).await;
    shop.code_request(&code).send().await.refused(400, "invalid_grant");
    shop.finds_inactive(&tokens.access).await;
    world.userinfo(&tokens.access).await.refused(401, "invalid_token");

    // A spent refresh token came back.
    let (world, _, shop, tokens) = start(AWAY).await;
    let next = shop.refresh(tokens.refresh()).await;
    let last = shop.refresh(next.refresh()).await;
    shop.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
    shop.finds_inactive(&last.access).await;
    shop.finds_inactive(last.refresh()).await;
    world.userinfo(&last.access).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_client_that_is_gone_takes_its_tokens_along() {
    let (world, _, shop, tokens) = start("openid").await;
    let gateway = world.client("gateway").with(|create| create.metadata.may_introspect = true).create().await;
    let robot = world.client("robot").grants(&[GrantType::ClientCredentials]).scope("jobs").create().await;
    let own = robot.token_request("client_credentials").send().await.tokens();
    let told = gateway.finds_active(&own.access).await;
    assert_eq!((&told["sub"], &told["scope"]), (&json!(robot.id), &json!("jobs")));
    for client in [&shop, &robot] {
        world.operator(DeleteClient { client_id: client.id.clone() }).await.unwrap();
    }
    gateway.finds_inactive(&tokens.access).await;
    gateway.finds_inactive(&own.access).await;
    world.userinfo(&tokens.access).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_key_that_leaked_makes_its_tokens_inactive() {
    let (world, _, shop, tokens) = start("openid").await;
    let kid = crate::world::unverified(&tokens.access).header["kid"].as_str().unwrap().to_owned();
    world.operator(RetireKey { kid, now: true }).await.unwrap();
    signing::announce_change(&world.app, world.tenant().id).await.unwrap();
    shop.finds_inactive(&tokens.access).await;
}

#[tokio::test]
async fn every_node_says_the_same() {
    let (world, alice, shop, tokens) = start(AWAY).await;
    let Some(second) = world.second_node().await else { return };
    shop.at(&second).finds_active(&tokens.access).await;
    shop.revoke(&tokens.access).await.expect(200);
    shop.at(&second).finds_inactive(&tokens.access).await;
    let next = shop.refresh(tokens.refresh()).await;
    shop.at(&second).finds_active(&next.access).await;
    alice.lock().await;
    shop.at(&second).finds_inactive(&next.access).await;
    second.userinfo(&next.access).await.refused(401, "invalid_token");
}
