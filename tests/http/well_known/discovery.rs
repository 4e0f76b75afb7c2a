//! The discovery documents: what is advertised is mounted, and works (OpenID Connect Discovery §3, RFC 8414 §2).

use axum::http::Method;
use serde_json::{Value, json};
use signet::domain::clients::{AuthMethod, GrantType};

use crate::world::{ISSUER, World};

const PATH: &str = "/.well-known/openid-configuration";

async fn document(world: &World) -> Value {
    world.get(PATH).await.expect(200).json()
}

fn values<'a>(document: &'a Value, name: &str) -> Vec<&'a str> {
    let list = document[name].as_array().unwrap_or_else(|| panic!("no {name}"));
    list.iter().map(|value| value.as_str().unwrap()).collect()
}

#[tokio::test]
async fn it_has_what_the_standards_demand() {
    let world = World::start().await;
    let document = document(&world).await;
    assert_eq!(document["issuer"], ISSUER);
    for (name, member) in [
        ("response_types_supported", "code"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"), // Discovery §3: MUST
        ("scopes_supported", "openid"),
        ("code_challenge_methods_supported", "S256"),
        ("grant_types_supported", "authorization_code"),
        ("claims_supported", "sub"),
    ] {
        assert!(values(&document, name).contains(&member), "{name}");
    }
    assert!(!values(&document, "code_challenge_methods_supported").contains(&"plain"));
    assert!(!values(&document, "id_token_signing_alg_values_supported").contains(&"none"));
    assert_eq!(document["authorization_response_iss_parameter_supported"], true); // RFC 9207 §3
    assert_eq!(document["claims_parameter_supported"], true);
    for present in
        ["request_parameter_supported", "request_uri_parameter_supported", "require_request_uri_registration"]
    {
        assert_eq!(document[present], true, "{present}");
    }
    assert_eq!(document["require_pushed_authorization_requests"], false);
    let other = world.get("/.well-known/oauth-authorization-server").await.expect(200).json();
    assert_eq!(other, document);
}

#[tokio::test]
async fn every_advertised_endpoint_answers() {
    let world = World::start().await;
    let document = document(&world).await;
    let mut found = 0;
    for (name, value) in document.as_object().unwrap() {
        if !(name.ends_with("_endpoint") || name == "jwks_uri") {
            continue;
        }
        let path = value.as_str().unwrap().strip_prefix(ISSUER).unwrap();
        let answer = world.get(path).await;
        assert!(answer.status != 404 && !answer.status.is_server_error(), "{name}: {answer:?}");
        found += 1;
    }
    assert!(found >= 5, "authorization, token, userinfo, logout and keys");
}

#[tokio::test]
async fn every_advertised_value_works() {
    let world = World::start().await;
    let document = document(&world).await;
    let alice = world.person("alice").verified().await;
    let every_scope = values(&document, "scopes_supported").join(" ");
    let shop = world.client("shop").first_party().scope(&every_scope).with(|create| {
        create.grants.push(GrantType::TokenExchange); // without which device_sso leads nowhere
        create.metadata.native_sso_group = Some("acme".into());
    });
    let shop = shop.create().await;
    let mut browser = alice.signed_in().await;

    for prompt in values(&document, "prompt_values_supported") {
        browser.authorize(&shop.request().with("prompt", prompt)).await;
        assert!(!browser.is_at_client() || prompt == "none", "{prompt}: {:?}", browser.arrival());
    }
    for display in values(&document, "display_values_supported") {
        browser.authorize(&shop.request().with("display", display)).await.code();
    }
    for mode in values(&document, "response_modes_supported") {
        browser.authorize(&shop.request().with("response_mode", mode)).await;
        if mode.contains("form_post") {
            browser.press("Continue").await;
        }
        match mode.ends_with("jwt") {
            true => assert!(browser.arrival().parameters.contains_key("response"), "{mode}"),
            false => drop(browser.code()),
        }
    }
    for scope in values(&document, "scopes_supported") {
        let code = browser.authorize(&shop.request().scope(&format!("openid {scope}"))).await.code();
        assert!(shop.token(&code).await.scope.split(' ').any(|granted| granted == scope));
    }
    for acr in values(&document, "acr_values_supported") {
        let claims = json!({"id_token": {"acr": {"essential": true, "value": acr}}}).to_string();
        let code = browser.authorize(&shop.request().with("claims", &claims)).await.code();
        assert_eq!(world.jwks().await.verify(shop.token(&code).await.id()).claims["acr"], acr);
    }
    for grant in values(&document, "grant_types_supported") {
        let answer = shop.token_request(grant).send().await;
        assert_ne!(answer.error(), "unsupported_grant_type", "{grant}");
    }
    let jwks = world.jwks().await.0;
    for algorithm in values(&document, "id_token_signing_alg_values_supported") {
        assert!(jwks["keys"].as_array().unwrap().iter().any(|key| key["alg"] == algorithm), "{algorithm}");
    }
}

#[tokio::test]
async fn every_advertised_way_to_authenticate_works() {
    let world = World::start().await;
    let document = document(&world).await;
    let alice = world.person("alice").verified().await;
    let mut tried = 0;
    for (which, method) in values(&document, "token_endpoint_auth_methods_supported").into_iter().enumerate() {
        let method: AuthMethod = method.parse().unwrap();
        // Those that need keys or certificates have tests of their own.
        if ![AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost, AuthMethod::None].contains(&method) {
            continue;
        }
        let client = world.client(&format!("c{which}")).first_party().method(method).create().await;
        client.tokens_of(&alice).await;
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[tokio::test]
async fn every_advertised_claim_is_one_that_can_be_given() {
    let world = World::start().await;
    let document = document(&world).await;
    let supported = values(&document, "claims_supported");
    let asked: serde_json::Map<String, Value> =
        supported.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    let person: serde_json::Map<String, Value> =
        supported.iter().map(|name| ((*name).to_owned(), json!("x"))).collect();
    let alice = world.person("alice").claims(person.into()).verified().await;
    let shop = world.client("shop").first_party().create().await;
    let claims = json!({"userinfo": asked, "id_token": asked}).to_string();
    let tokens = shop.tokens_for(&alice, &shop.request().with("claims", &claims)).await;
    let id = world.jwks().await.verify(tokens.id()).claims;
    let info = world.userinfo(&tokens.access).await.json();
    for name in supported {
        assert!(id.get(name).or(info.get(name)).is_some(), "{name} is advertised and given nowhere");
    }
}

#[tokio::test]
async fn it_may_be_kept_and_asked_about() {
    let world = World::start().await;
    let answer = world.get(PATH).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "public, max-age=1800");
    let etag = answer.header("etag").to_owned();
    let known = world.call(Method::GET, PATH).header("if-none-match", &etag).send().await.expect(304);
    assert!(known.body.is_empty() && known.header("etag") == etag);
}
