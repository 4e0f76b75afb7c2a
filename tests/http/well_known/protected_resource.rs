//! `/.well-known/oauth-protected-resource`: what Signet's own APIs say of themselves (RFC 9728).

use axum::http::Method;
use serde_json::{Value, json};

use crate::world::{ISSUER, World};

const PATH: &str = "/.well-known/oauth-protected-resource";

/// The address that a challenge names (RFC 9728 §5.1).
fn named(challenge: &str) -> &str {
    challenge.split("resource_metadata=\"").nth(1).unwrap().split('"').next().unwrap()
}

#[tokio::test]
async fn section_5_a_client_finds_its_way_from_a_401_to_a_token() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    for path in ["/oauth2/userinfo", "/api/v1/auth/me"] {
        for call in [world.call(Method::GET, path), world.call(Method::GET, path).bearer("nonsense")] {
            let answer = call.send().await.expect(401);
            let challenge = answer.header("www-authenticate");
            assert!(challenge.starts_with("Bearer "), "{path}: {challenge}");
            assert_eq!(named(challenge), format!("{ISSUER}{PATH}"), "{path}");
        }
    }
    let document = world.get(PATH).await.expect(200).json();
    // §3.3: the resource is the one that the well-known part was put into.
    assert_eq!((&document["resource"], &document["authorization_servers"]), (&json!(ISSUER), &json!([ISSUER])));
    let server = document["authorization_servers"][0].as_str().unwrap().strip_prefix(ISSUER).unwrap();
    let server = world.get(&format!("{server}/.well-known/oauth-authorization-server")).await.expect(200).json();
    assert_eq!(server["issuer"], ISSUER);
    let scopes: Vec<_> = document["scopes_supported"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let shop = world.client("shop").create().await;
    let request = shop.request().scope(&scopes.join(" ")).with("resource", document["resource"].as_str().unwrap());
    let tokens = shop.tokens_for(&alice, &request).await;
    world.userinfo(&tokens.access).await.expect(200);
}

#[tokio::test]
async fn it_is_a_document_that_may_be_kept() {
    let world = World::start().await;
    let answer = world.get(PATH).await.expect(200);
    assert!(answer.header("cache-control").starts_with("public, max-age="));
    assert_eq!(answer.header("content-type"), "application/json");
    let again = world.call(Method::GET, PATH).header("if-none-match", answer.header("etag")).send().await;
    again.expect(304);
    let document = answer.json();
    assert_eq!(document["bearer_methods_supported"], json!(["header"]));
    assert!(document["dpop_signing_alg_values_supported"].as_array().unwrap().contains(&json!("ES256")));
}
