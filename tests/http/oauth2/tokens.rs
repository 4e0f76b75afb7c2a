//! What stands in the tokens (OpenID Connect Core §2, §3.1.3.6; RFC 9068 §2).

use std::collections::HashSet;

use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::domain::clients::GrantType;

use crate::world::{ISSUER, World, at_hash};

#[tokio::test]
async fn an_access_token_says_what_rfc_9068_demands() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.browser();
    browser.open("/login").await.sign_in().await;
    let signed_in = world.now().timestamp();
    world.advance(TimeDelta::minutes(3));
    let code = browser.authorize(&shop.request().scope("openid email")).await.consent().await.code();
    let tokens = shop.token(&code).await;
    let jwt = world.jwks().await.verify(&tokens.access);
    let now = world.now().timestamp();

    assert_eq!((&jwt.header["typ"], &jwt.header["alg"]), (&json!("at+jwt"), &json!("ES256")));
    let claims = &jwt.claims;
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(ISSUER)));
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(alice.sub()), &json!(shop.id)));
    assert_eq!(claims["scope"], "email openid");
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal1"), &json!(["pwd"])));
    assert!(claims["sid"].as_str().unwrap().starts_with("ses_"));
    let number = |name: &str| claims[name].as_i64().unwrap();
    assert!((now - number("iat")).abs() <= 5);
    assert_eq!((number("exp") - number("iat"), tokens.expires_in), (600, 600));
    assert!((number("auth_time") - signed_in).abs() <= 5);
    assert!(claims["jti"].as_str().unwrap().len() >= 22);
    // Nothing about the person: an API is not told more than it asks for.
    assert!(claims.get("email").is_none() && claims.get("name").is_none());
}

#[tokio::test]
async fn an_id_token_says_what_openid_connect_demands() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let request = shop.request().scope("openid email profile").with("nonce", "n ö/+\"1");
    let code = alice.browser().authorize(&request).await.sign_in().await.code();
    let tokens = shop.token(&code).await;
    let jwks = world.jwks().await;
    let jwt = jwks.verify(tokens.id());

    assert_eq!(jwt.header["alg"], "RS256"); // OpenID Connect Registration §2: what clients expect that chose nothing
    assert_eq!(jwt.header["typ"], "JWT");
    let claims = &jwt.claims;
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(shop.id)));
    assert_eq!(claims["sub"], alice.sub());
    assert_eq!(claims["nonce"], "n ö/+\"1");
    assert_eq!(claims["at_hash"], at_hash(&tokens.access));
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("aal1"), &json!(["pwd"])));
    assert_eq!(claims["sid"], jwks.verify(&tokens.access).claims["sid"]);
    let number = |name: &str| claims[name].as_i64().unwrap();
    assert_eq!(number("exp") - number("iat"), 3600);
    assert!(number("auth_time") <= number("iat"));
    // With the code flow the claims of the scopes are at userinfo (Core §5.4).
    assert!(claims.get("email").is_none() && claims.get("name").is_none());
}

#[tokio::test]
async fn without_openid_there_is_no_id_token() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().scope("openid orders:read").create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope("orders:read")).await;
    assert!(tokens.id.is_none());
    let answer = shop.userinfo(&tokens.access).await.refused(403, "insufficient_scope");
    assert!(
        answer.header("www-authenticate").starts_with("Bearer realm=\"id.example.test\", error=\"insufficient_scope\"")
    );
}

#[tokio::test]
async fn without_a_nonce_there_is_none() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().without("nonce")).await;
    assert!(world.jwks().await.verify(tokens.id()).claims.get("nonce").is_none());
}

#[tokio::test]
async fn single_claims_come_where_they_were_asked_for() {
    let world = World::start().await;
    let claims = json!({"nickname": "Al", "locale": "de"});
    let alice = world.person("alice").claims(claims).verified().await;
    let shop = world.client("shop").first_party().create().await;
    let asked = json!({
        "userinfo": {"email": null, "nickname": {"essential": true}, "made_up": null, "locale": {"value": "fr"}},
        "id_token": {"name": null, "sub": {"value": alice.sub()}, "auth_time": {"essential": true}, "iss": {"value": "x"}},
        "elsewhere": {"x": null},
    });
    let tokens = shop.tokens_for(&alice, &shop.request().with("claims", &asked.to_string())).await;
    let id = world.jwks().await.verify(tokens.id()).claims;
    assert_eq!((&id["name"], &id["iss"]), (&json!(alice.name), &json!(ISSUER)));
    assert!(id.get("email").is_none());
    let info = shop.userinfo(&tokens.access).await.json();
    assert_eq!((&info["email"], &info["nickname"]), (&json!(alice.email), &json!("Al")));
    assert!(info.get("name").is_none() && info.get("made_up").is_none());
    assert!(info.get("locale").is_none(), "another value was wanted");
}

#[tokio::test]
async fn a_claim_that_the_client_may_not_have_is_left_out() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().scope("openid").create().await;
    let asked = json!({"userinfo": {"email": null}, "id_token": {"email": {"essential": true}}});
    let tokens = shop.tokens_for(&alice, &shop.request().with("claims", &asked.to_string())).await;
    assert!(world.jwks().await.verify(tokens.id()).claims.get("email").is_none());
    assert!(shop.userinfo(&tokens.access).await.json().get("email").is_none());
}

#[tokio::test]
async fn a_requested_subject_has_to_be_that_person() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bob = world.person("bob").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let wanted = |sub: &str| {
        let claims = json!({"id_token": {"sub": {"value": sub}}});
        shop.request().with("claims", &claims.to_string()).with("prompt", "none")
    };
    let mut browser = alice.signed_in().await;
    browser.authorize(&wanted(&alice.sub())).await.code();
    for other in [&bob.sub(), "nobody"] {
        browser.authorize(&wanted(other)).await;
        assert_eq!(browser.error(), "login_required");
    }
}

#[tokio::test]
async fn an_essential_acr_has_to_be_reachable() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let with = |acr: Value| shop.request().with("claims", &json!({"id_token": {"acr": acr}}).to_string());
    let mut browser = alice.signed_in().await;
    browser.authorize(&with(json!({"essential": true, "value": "phr"}))).await;
    assert_eq!(browser.error(), "unmet_authentication_requirements");
    browser.authorize(&with(json!({"essential": true, "values": ["phr", "phrh"]}))).await;
    assert_eq!(browser.error(), "unmet_authentication_requirements");
    for fine in
        [json!({"essential": true, "values": ["phr", "aal1"]}), json!({"value": "phr"}), json!({"essential": true})]
    {
        let code = browser.authorize(&with(fine)).await.code();
        assert_eq!(world.jwks().await.verify(shop.token(&code).await.id()).claims["acr"], "aal1");
    }
}

#[tokio::test]
async fn a_client_may_have_a_lifetime_of_its_own() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().with(|create| create.access_token_ttl = Some(60)).create().await;
    let tokens = shop.tokens_of(&alice).await;
    let claims = world.jwks().await.verify(&tokens.access).claims;
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    assert_eq!(tokens.expires_in, 60);
    world.advance(TimeDelta::seconds(50));
    shop.userinfo(&tokens.access).await.expect(200);
    world.advance(TimeDelta::seconds(80));
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
    assert_eq!(shop.refresh(tokens.refresh()).await.expires_in, 60);
}

#[tokio::test]
async fn no_two_tokens_are_the_same() {
    let world = World::start().await;
    let robot = world.client("robot").grants(&[GrantType::ClientCredentials]).create().await;
    let jwks = world.jwks().await;
    let mut seen = HashSet::new();
    for _ in 0..10 {
        let tokens = robot.token_request("client_credentials").send().await.tokens();
        let jti = jwks.verify(&tokens.access).claims["jti"].as_str().unwrap().to_owned();
        assert!(seen.insert(jti));
    }
}
