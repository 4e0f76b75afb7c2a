//! Answers that a client wants signed: ID tokens by its algorithm, userinfo as a JWT, introspection as a JWT (OpenID Connect
//! Core §2, §5.3.2; OpenID Connect Registration §2; RFC 9701).

use axum::http::Method;
use keys::Algorithm;
use serde_json::json;
use signet::{
    config::{self, Setting},
    domain::{clients::SubjectType, signing},
};

use crate::world::{Answer, Client, ISSUER, World, at_hash};

const SIGNED: &str = "application/token-introspection+jwt";

/// A world with keys of every algorithm.
async fn everything() -> World {
    let algorithm = |name: &str| config::Algorithm::parse(name).unwrap();
    let world = World::configured(|config| {
        config.keys.algorithms = ["RS256", "ES256", "EdDSA", "PS256"].map(algorithm).to_vec();
    })
    .await;
    signing::ensure(&world.app, &world.tenant()).await.unwrap();
    world
}

async fn introspect_signed(client: &Client, token: &str) -> Answer {
    client.post("/oauth2/introspect", &[("token", token)]).header("accept", SIGNED).send().await
}

#[tokio::test]
async fn id_tokens_are_signed_as_the_client_registered() {
    let world = everything().await;
    let alice = world.person("alice").verified().await;
    for (which, algorithm) in Algorithm::ALL.iter().enumerate() {
        let shop = world.client(&format!("shop{which}")).first_party();
        let shop = shop.with(|c| c.metadata.id_token_signed_response_alg = Some(*algorithm)).create().await;
        let tokens = shop.tokens_of(&alice).await;
        let jwks = world.jwks().await;
        let jwt = jwks.verify(tokens.id());
        assert_eq!(jwt.header["alg"], algorithm.as_str());
        if *algorithm != Algorithm::EdDSA {
            assert_eq!(jwt.claims["at_hash"], at_hash(&tokens.access));
        }
        assert_eq!(jwks.verify(&tokens.access).header["alg"], "ES256", "access tokens are the APIs' business");
        let next = shop.refresh(tokens.refresh()).await;
        assert_eq!(jwks.verify(next.id()).header["alg"], algorithm.as_str());
    }
}

#[tokio::test]
async fn core_section_5_3_2_userinfo_as_a_jwt() {
    let world = everything().await;
    let alice = world.person("alice").verified().await;
    for (which, algorithm) in Algorithm::ALL.iter().enumerate() {
        let shop = world.client(&format!("shop{which}")).first_party();
        let shop = shop.with(|c| c.metadata.userinfo_signed_response_alg = Some(*algorithm)).create().await;
        let tokens = shop.tokens_for(&alice, &shop.request().scope("openid email")).await;
        let answer = shop.userinfo(&tokens.access).await.expect(200);
        assert_eq!(answer.header("content-type"), "application/jwt");
        assert_eq!(answer.header("cache-control"), "no-store");
        let jwt = world.jwks().await.verify(&answer.text());
        assert_eq!(jwt.header["alg"], algorithm.as_str());
        let claims = &jwt.claims;
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(shop.id)));
        assert_eq!((&claims["sub"], &claims["email"]), (&json!(alice.sub()), &json!(alice.email)));
        // It grants nothing: nobody takes it for a token.
        world.userinfo(&answer.text()).await.refused(401, "invalid_token");
    }
    let plain = world.client("plain").first_party().create().await;
    let tokens = plain.tokens_of(&alice).await;
    assert_eq!(plain.userinfo(&tokens.access).await.header("content-type"), "application/json");
    // Refusals stay what they are.
    world.userinfo("nonsense").await.refused(401, "invalid_token");
}

#[tokio::test]
async fn rfc_9701_section_5_introspection_as_a_jwt() {
    let world = everything().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let tokens = shop.tokens_of(&alice).await;
    let answer = introspect_signed(&shop, &tokens.access).await.expect(200);
    assert_eq!(answer.header("content-type"), SIGNED);
    assert_eq!(answer.header("cache-control"), "no-store");
    let jwt = world.jwks().await.verify(&answer.text());
    assert_eq!((&jwt.header["typ"], &jwt.header["alg"]), (&json!("token-introspection+jwt"), &json!("RS256")));
    assert_eq!((&jwt.claims["iss"], &jwt.claims["aud"]), (&json!(ISSUER), &json!(shop.id)));
    assert!((jwt.claims["iat"].as_i64().unwrap() - world.now().timestamp()).abs() <= 5);
    assert_eq!(jwt.claims["token_introspection"], shop.finds_active(&tokens.access).await);
    // §5: sub and exp stand inside only, so that the answer cannot pass for an access token.
    for absent in ["sub", "exp", "scope", "client_id", "jti"] {
        assert!(jwt.claims.get(absent).is_none(), "{absent}");
    }
    world.userinfo(&answer.text()).await.refused(401, "invalid_token");
    shop.finds_inactive(&answer.text()).await;

    let inactive = introspect_signed(&shop, "nonsense").await.expect(200);
    let jwt = world.jwks().await.verify(&inactive.text());
    assert_eq!(jwt.claims["token_introspection"], json!({"active": false}));

    for (which, algorithm) in Algorithm::ALL.iter().enumerate() {
        let api = world.client(&format!("api{which}")).with(|c| {
            c.metadata.introspection_signed_response_alg = Some(*algorithm);
            c.metadata.may_introspect = true;
        });
        let answer = introspect_signed(&api.create().await, &tokens.access).await.expect(200);
        assert_eq!(world.jwks().await.verify(&answer.text()).header["alg"], algorithm.as_str());
    }
}

#[tokio::test]
async fn rfc_9701_section_4_who_does_not_name_it_gets_json() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let tokens = shop.tokens_of(&alice).await;
    for accept in ["application/json", "*/*", "application/jwt"] {
        let ask = shop.post("/oauth2/introspect", &[("token", &tokens.access)]).header("accept", accept);
        assert_eq!(ask.send().await.expect(200).header("content-type"), "application/json", "{accept}");
    }
    // Errors are JSON in any case.
    let nobody = world.call(Method::POST, "/oauth2/introspect").form(&[("token", &tokens.access)]);
    nobody.header("accept", SIGNED).send().await.refused(401, "invalid_client");
}

#[tokio::test]
async fn a_pairwise_client_never_sees_who_it_is_elsewhere() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party();
    let shop = shop.with(|create| create.metadata.subject_type = SubjectType::Pairwise).create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope("openid email")).await;
    let jwks = world.jwks().await;
    let sub = jwks.verify(tokens.id()).claims["sub"].clone();
    assert_ne!(sub, alice.sub());
    let access = jwks.verify(&tokens.access).claims;
    assert_eq!(access["sub"], sub);
    let uuid = alice.sub().replace("usr_", "");
    assert!(!access.to_string().contains(&uuid), "the person stands in the access token: {access}");
    assert_eq!(shop.userinfo(&tokens.access).await.expect(200).json()["sub"], sub);
    assert_eq!(shop.finds_active(&tokens.access).await["sub"], sub);
    assert_eq!(shop.finds_active(tokens.refresh()).await["sub"], sub);
    let next = shop.refresh(tokens.refresh()).await;
    assert_eq!(jwks.verify(next.id()).claims["sub"], sub);
    alice.lock().await;
    shop.finds_inactive(&next.access).await;
}

#[tokio::test]
async fn discovery_says_what_is_offered() {
    let world = everything().await;
    let document = world.get("/.well-known/openid-configuration").await.json();
    assert_eq!(document["introspection_endpoint"], format!("{ISSUER}/oauth2/introspect"));
    assert_eq!(document["revocation_endpoint"], format!("{ISSUER}/oauth2/revoke"));
    for list in [
        "id_token_signing_alg_values_supported",
        "userinfo_signing_alg_values_supported",
        "introspection_signing_alg_values_supported",
    ] {
        assert_eq!(document[list].as_array().unwrap().len(), 4, "{list}");
    }
    let has = |list: &str, method: &str| document[list].as_array().unwrap().iter().any(|each| each == method);
    assert!(has("revocation_endpoint_auth_methods_supported", "none"));
    assert!(!has("introspection_endpoint_auth_methods_supported", "none"));
    assert!(has("introspection_endpoint_auth_methods_supported", "client_secret_basic"));
}
