//! `/oauth2/revoke` (RFC 7009): a client gives back its own tokens, and nobody else's.

use axum::http::Method;
use chrono::TimeDelta;
use signet::{
    config::{RedisUrl, Setting, Span},
    domain::clients::{AuthMethod, GrantType},
};

use crate::{
    redis_server::{RedisServer, is_installed},
    world::{Client, Person, Tokens, World},
};

const AWAY: &str = "openid offline_access";

async fn start() -> (World, Person, Client, Tokens) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope(AWAY)).await;
    (world, alice, shop, tokens)
}

#[tokio::test]
async fn section_2_1_an_access_token_ends_alone() {
    let (world, alice, shop, tokens) = start().await;
    let answer = shop.revoke(&tokens.access).await.expect(200);
    assert!(answer.body.is_empty());
    assert_eq!(answer.header("cache-control"), "no-store");
    world.userinfo(&tokens.access).await.refused(401, "invalid_token");
    shop.finds_inactive(&tokens.access).await;
    // The grant goes on.
    let next = shop.refresh(tokens.refresh()).await;
    world.userinfo(&next.access).await.expect(200);
    let facts = alice.activity().await;
    let fact = facts.iter().find(|fact| fact.name == "token.revoked").unwrap();
    assert_eq!(fact.details["token"], "access_token");
    assert!(fact.client_id.is_some() && fact.session_id.is_some());
}

#[tokio::test]
async fn section_2_1_a_refresh_token_takes_its_grant_along() {
    let (world, _, shop, tokens) = start().await;
    let next = shop.refresh(tokens.refresh()).await;
    shop.revoke(next.refresh()).await.expect(200);
    for access in [&tokens.access, &next.access] {
        world.userinfo(access).await.refused(401, "invalid_token");
        shop.finds_inactive(access).await;
    }
    shop.refresh_request(next.refresh()).send().await.refused(400, "invalid_grant");
    shop.finds_inactive(next.refresh()).await;
    let families = world.families().await;
    assert_eq!(families[0].revoke_reason.as_deref(), Some("given_back"));
    // To give back is no theft: nobody is warned.
    assert_eq!(world.count_facts("refresh_token.replayed").await, 0);
    assert_eq!(world.count_facts("token.revoked").await, 1);
}

#[tokio::test]
async fn a_spent_refresh_token_still_names_its_grant() {
    let (world, _, shop, tokens) = start().await;
    let next = shop.refresh(tokens.refresh()).await;
    shop.revoke(tokens.refresh()).await.expect(200);
    shop.refresh_request(next.refresh()).send().await.refused(400, "invalid_grant");
    world.userinfo(&next.access).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn only_the_grant_that_was_given_back_ends() {
    let (world, alice, shop, tokens) = start().await;
    let other = shop.tokens_for(&alice, &shop.request().scope(AWAY)).await;
    shop.revoke(tokens.refresh()).await.expect(200);
    world.userinfo(&other.access).await.expect(200);
    shop.refresh(other.refresh()).await;
}

#[tokio::test]
async fn section_2_2_what_is_not_good_is_as_good_as_given_back() {
    let (world, _, shop, tokens) = start().await;
    for token in ["nonsense", "a.b.c", "sgt_rt_AAAA", "sgt_at_AAAA", tokens.id()] {
        shop.revoke(token).await.expect(200);
    }
    for _ in 0..2 {
        shop.revoke(&tokens.access).await.expect(200);
        shop.revoke(tokens.refresh()).await.expect(200);
    }
    world.advance(TimeDelta::hours(1));
    shop.revoke(&tokens.access).await.expect(200);
    assert_eq!(world.count_facts("token.revoked").await, 2);
}

#[tokio::test]
async fn section_2_1_somebody_elses_token_stays_what_it_is() {
    let (world, alice, shop, tokens) = start().await;
    let other = world.client("other").create().await;
    other.revoke(&tokens.access).await.refused(400, "invalid_grant");
    other.revoke(tokens.refresh()).await.refused(400, "invalid_grant");
    // Not even one who may introspect it.
    let gateway = world.client("gateway").with(|create| create.metadata.may_introspect = true).create().await;
    gateway.revoke(&tokens.access).await.refused(400, "invalid_grant");
    world.userinfo(&tokens.access).await.expect(200);
    shop.refresh(tokens.refresh()).await;
    // The API's own tokens are no client's.
    let (front_end, api) = alice.front_end().await;
    shop.revoke(&api.access).await.refused(400, "invalid_grant");
    shop.revoke(&api.refresh).await.refused(400, "invalid_grant");
    front_end.get("me").await.expect(200);
    assert_eq!(world.count_facts("token.revoked").await, 0);
}

#[tokio::test]
async fn section_2_1_the_client_says_who_it_is() {
    let (world, alice, shop, tokens) = start().await;
    let token = [("token", tokens.access.as_str())];
    world.post("/oauth2/revoke", &token).await.refused(401, "invalid_client");
    let wrong = Client { secret: Some("wrong".into()), ..shop.clone() };
    wrong.revoke(&tokens.access).await.refused(401, "invalid_client");
    let named = Client { method: AuthMethod::None, secret: None, ..shop.clone() };
    named.revoke(&tokens.access).await.refused(401, "invalid_client");
    world.userinfo(&tokens.access).await.expect(200);
    // A public client gives its name (§5).
    let app = world.client("app").public().create().await;
    let own = app.tokens_for(&alice, &app.request().scope(AWAY)).await;
    app.revoke(own.refresh()).await.expect(200);
    world.userinfo(&own.access).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn section_2_1_a_hint_is_only_a_hint() {
    let (world, alice, shop, _) = start().await;
    for hint in ["refresh_token", "access_token", "made_up", ""] {
        let tokens = shop.tokens_for(&alice, &shop.request().scope(AWAY)).await;
        for token in [tokens.access.as_str(), tokens.refresh()] {
            shop.post("/oauth2/revoke", &[("token", token), ("token_type_hint", hint)]).send().await.expect(200);
        }
        world.userinfo(&tokens.access).await.refused(401, "invalid_token");
        shop.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_request_without_a_token_or_with_two_is_refused() {
    let (world, _, shop, tokens) = start().await;
    shop.post("/oauth2/revoke", &[]).send().await.refused(400, "invalid_request");
    let twice = [("token", tokens.access.as_str()), ("token", tokens.access.as_str())];
    shop.post("/oauth2/revoke", &twice).send().await.refused(400, "invalid_request");
    let answer = world.get(&format!("/oauth2/revoke?token={}", tokens.access)).await.refused(405, "invalid_request");
    assert_eq!(answer.header("allow"), "POST, OPTIONS");
    world.userinfo(&tokens.access).await.expect(200);
}

#[tokio::test]
async fn a_clients_own_token_can_be_given_back() {
    let world = World::start().await;
    let robot = world.client("robot").grants(&[GrantType::ClientCredentials]).scope("jobs").create().await;
    let tokens = robot.token_request("client_credentials").send().await.tokens();
    robot.finds_active(&tokens.access).await;
    robot.revoke(&tokens.access).await.expect(200);
    robot.finds_inactive(&tokens.access).await;
}

#[tokio::test]
async fn scripts_at_the_clients_own_origin_may_ask() {
    let (_, _, shop, tokens) = start().await;
    let ask = |origin: &'static str| {
        shop.post("/oauth2/revoke", &[("token", tokens.access.as_str())]).header("origin", origin).send()
    };
    assert_eq!(
        ask("https://shop.example.test").await.header("access-control-allow-origin"),
        "https://shop.example.test"
    );
    assert_eq!(ask("https://evil.example.test").await.header("access-control-allow-origin"), "");
}

/// A mark that cannot be made is a promise that cannot be kept (§2.2.1: 503, and the client tries again).
#[tokio::test]
async fn section_2_2_1_without_the_store_nothing_is_promised() {
    if !is_installed() {
        return;
    }
    let redis = RedisServer::start(&[]);
    let world = World::configured(|config| {
        config.redis_url = Some(RedisUrl::parse(&redis.url()).unwrap());
        config.redis.timeout = Span::secs(1);
    })
    .await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope(AWAY)).await;
    shop.finds_active(&tokens.access).await;
    drop(redis);
    for token in [tokens.access.as_str(), tokens.refresh()] {
        let answer = shop.revoke(token).await.expect(503);
        assert!(!answer.header("retry-after").is_empty());
    }
    // Whether it was given back cannot be known, so nothing is said about it. The end of a refresh token is a row.
    shop.introspect(&tokens.access).await.expect(503);
    shop.finds_active(tokens.refresh()).await;
    world.call(Method::GET, "/oauth2/userinfo").bearer(&tokens.access).send().await.expect(503);
    assert_eq!(world.count_facts("token.revoked").await, 0);
}
