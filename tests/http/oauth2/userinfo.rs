//! `/oauth2/userinfo` (OpenID Connect Core §5.3, RFC 6750).

use axum::http::Method;
use serde_json::json;
use signet::domain::clients::GrantType;

use crate::world::{CHALLENGE, Client, Person, World};

const PATH: &str = "/oauth2/userinfo";

async fn start() -> (World, Person, Client) {
    let world = World::start().await;
    let claims = json!({
        "given_name": "Alice", "birthdate": "1852-05-04", "phone_number": "+44 20 7946 0000", "phone_number_verified": true,
        "address": {"locality": "Oxford", "country": "GB"}, "admin": true, "sub": "forged", "email": "forged@example.test",
    });
    let alice = world.person("alice").claims(claims).verified().await;
    let shop = world.client("shop").first_party().create().await;
    (world, alice, shop)
}

#[tokio::test]
async fn the_token_may_come_in_header_or_body() {
    let (world, alice, shop) = start().await;
    let tokens = shop.tokens_of(&alice).await;
    let token = tokens.access.as_str();
    let expected = json!({"sub": alice.sub()});
    let by_get = world.userinfo(token).await.expect(200);
    assert_eq!(by_get.json(), expected);
    assert_eq!(by_get.header("content-type"), "application/json");
    assert_eq!(by_get.header("cache-control"), "no-store");
    let by_post = world.call(Method::POST, PATH).bearer(token).send().await.expect(200);
    let in_body = world.post(PATH, &[("access_token", token)]).await.expect(200);
    let empty_form: [(&str, &str); 0] = [];
    let both_kinds = world.call(Method::POST, PATH).bearer(token).form(&empty_form).send().await.expect(200);
    let lower =
        world.call(Method::GET, PATH).header("authorization", &format!("bearer {token}")).send().await.expect(200);
    for answer in [by_post, in_body, both_kinds, lower] {
        assert_eq!(answer.json(), expected);
    }
}

#[tokio::test]
async fn never_in_the_address_and_never_twice() {
    let (world, alice, shop) = start().await;
    let token = shop.tokens_of(&alice).await.access;
    world.get(&format!("{PATH}?access_token={token}")).await.refused(401, "invalid_token");
    let both = world.call(Method::POST, PATH).bearer(&token).form(&[("access_token", token.as_str())]);
    both.send().await.refused(400, "invalid_request");
    let twice = world.call(Method::GET, PATH).bearer(&token).bearer(&token);
    twice.send().await.refused(400, "invalid_request");
    let twice = [("access_token", token.as_str()), ("access_token", token.as_str())];
    world.post(PATH, &twice).await.refused(400, "invalid_request");
    world.call(Method::POST, PATH).json(&json!({"access_token": token})).send().await.refused(415, "invalid_request");
}

#[tokio::test]
async fn the_challenge_says_how_to_be_let_in() {
    let (world, ..) = start().await;
    // RFC 6750 §3.1: without a token no error is named in the challenge.
    let answer = world.get(PATH).await.refused(401, "invalid_token");
    assert_eq!(answer.header("www-authenticate"), CHALLENGE);
    let answer = world.userinfo("nonsense").await.refused(401, "invalid_token");
    assert!(
        answer.header("www-authenticate").starts_with("Bearer realm=\"id.example.test\", error=\"invalid_token\", ")
    );
    for odd in ["Bearer", "Bearer ", "Bearer a b", "Bearer ä", "Basic eDp5"] {
        let answer = world.call(Method::GET, PATH).header("authorization", odd).send().await;
        assert!(matches!(answer.status.as_u16(), 400 | 401), "{odd}: {answer:?}");
    }
}

#[tokio::test]
async fn scopes_give_their_claims_and_no_others() {
    let (world, alice, shop) = start().await;
    let mut browser = alice.signed_in().await;
    for (scope, names) in [
        ("openid", vec![]),
        ("openid email", vec!["email", "email_verified"]),
        ("openid profile", vec!["birthdate", "given_name", "name", "updated_at"]),
        ("openid phone", vec!["phone_number", "phone_number_verified"]),
        ("openid address", vec!["address"]),
    ] {
        let code = browser.authorize(&shop.request().scope(scope)).await.code();
        let claims = world.userinfo(&shop.token(&code).await.access).await.expect(200).json();
        let mut found: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
        found.retain(|name| *name != "sub");
        found.sort_unstable();
        assert_eq!(found, names, "{scope}");
        // Imported claims do not take the place of the account's own.
        assert_eq!(claims["sub"], alice.sub());
        if scope.contains("email") {
            assert_eq!((&claims["email"], &claims["email_verified"]), (&json!(alice.email), &json!(true)));
        }
        if scope.contains("address") {
            assert_eq!(claims["address"]["locality"], "Oxford");
        }
    }
}

#[tokio::test]
async fn other_tokens_are_no_access_tokens() {
    let (world, alice, shop) = start().await;
    let tokens = shop.tokens_of(&alice).await;
    let robot = world.client("robot").grants(&[GrantType::ClientCredentials]).scope("openid a").create().await;
    let own = robot.token_request("client_credentials").send().await.tokens();
    let (_, api) = alice.front_end().await;
    // Each kind of token is for one thing (RFC 8725 §2.8, §3.11).
    for other in [tokens.id(), tokens.refresh(), &own.access, &api.access] {
        world.userinfo(other).await.refused(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let (world, alice, shop) = start().await;
    let token = shop.tokens_of(&alice).await.access;
    let parts: Vec<&str> = token.split('.').collect();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"; // {"alg":"none","typ":"at+jwt"}
    let other = shop.tokens_of(&alice).await.access;
    let foreign = other.split('.').nth(2).unwrap();
    for forged in [
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{foreign}", parts[0], parts[1]),
        format!("{token}."),
        format!("{token}A"),
        token[..token.len() - 2].to_owned(),
    ] {
        world.userinfo(&forged).await.refused(401, "invalid_token");
    }
    world.userinfo(&token).await.expect(200);
}

#[tokio::test]
async fn it_ends_with_its_time_the_session_and_the_account() {
    let (world, alice, shop) = start().await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    let token = shop.token(&code).await.access;
    world.userinfo(&token).await.expect(200);
    alice.lock().await;
    world.userinfo(&token).await.refused(401, "invalid_token");
    alice.unlock().await;
    world.userinfo(&token).await.refused(401, "invalid_token"); // its session ended with the lock

    let code = browser.authorize(&shop).await.sign_in().await.code();
    let token = shop.token(&code).await.access;
    world.userinfo(&token).await.expect(200);
    browser.open("/logout").await.press("logout-confirm").await;
    world.userinfo(&token).await.refused(401, "invalid_token");

    let late = shop.tokens_of(&alice).await.access;
    world.advance(chrono::TimeDelta::minutes(12));
    world.userinfo(&late).await.refused(401, "invalid_token");
}
