//! Everybody is held to the profile (`oauth.profile`), whatever they were registered with.

use axum::http::Method;
use keys::Algorithm;
use serde_json::{Value, json};
use signet::{
    config::SecurityProfile,
    domain::clients::{AuthMethod, Profile},
};

use crate::world::{ISSUER, PASSWORD, Prover, Signer, World};

/// A service that holds everybody to this, and the one that it was before, with the same database.
async fn held(profile: SecurityProfile) -> World {
    World::configured(|config| config.oauth.profile = profile).await
}

fn values<'a>(document: &'a Value, name: &str) -> Vec<&'a str> {
    document[name].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

#[tokio::test]
async fn journey_a_client_that_says_nothing_is_held_to_it_too() {
    let world = held(SecurityProfile::Fapi2).await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Usual).await;
    let tokens = bank.tokens_of(&alice, "openid offline_access").await;
    let next = bank.refresh_request(tokens.refresh()).proved_by(&bank.prover).send().await.bound_tokens();
    assert_eq!(next.refresh(), tokens.refresh());
    bank.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_dpop_proof");
    let mut browser = alice.signed_in().await;
    browser.authorize(&bank.client).await;
    assert_eq!(browser.error(), "invalid_request");
    let none = bank.client.request().with("response_type", "none");
    bank.push(&none).await.refused(400, "unsupported_response_type");
}

#[tokio::test]
async fn what_is_forbidden_to_all_is_not_offered() {
    for (profile, signs) in [(SecurityProfile::Fapi2, false), (SecurityProfile::Fapi2MessageSigning, true)] {
        let world = held(profile).await;
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
            let document = world.get(path).await.expect(200).json();
            assert_eq!(document["require_pushed_authorization_requests"], true);
            assert_eq!(document["require_signed_request_object"], signs);
            assert_eq!(document["request_uri_parameter_supported"], false);
            assert_eq!(values(&document, "response_types_supported"), ["code"]);
            let modes = values(&document, "response_modes_supported");
            assert_eq!(modes.iter().all(|mode| mode.ends_with("jwt")), signs, "{modes:?}");
            for endpoint in ["token", "revocation", "introspection"] {
                let methods = values(&document, &format!("{endpoint}_endpoint_auth_methods_supported"));
                for method in methods {
                    assert!(Profile::Fapi2.admits_method(method.parse().unwrap()), "{method}");
                }
            }
            for (name, list) in document.as_object().unwrap() {
                if name.contains("signing_alg_values") {
                    let named: Vec<_> = list.as_array().unwrap().iter().filter_map(Value::as_str).collect();
                    assert!(!named.is_empty(), "{name}");
                    for refused in ["RS256", "HS256", "none"] {
                        assert!(!named.contains(&refused), "{name}: {named:?}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn clients_that_were_there_before_are_refused_and_told_why() {
    let world = held(SecurityProfile::None).await;
    let alice = world.person("alice").verified().await;
    let old = [world.client("app").public().create().await, world.client("shop").create().await];
    let rs256 = world.strict_with("rs", Signer::new("RS256"), |_| {}).await;
    let local = world.client("local").method(AuthMethod::PrivateKeyJwt).redirects(&["http://localhost:3000/cb"]);
    let local = local.with(|create| create.metadata.jwks = Some(Signer::new("ES256").jwks())).create().await;
    let world = world.reconfigured(|config| config.oauth.profile = SecurityProfile::Fapi2).await;
    for client in old.iter().map(|client| client.at(&world)) {
        let answer = client.refresh_request("sgt_rt_x").send().await.refused(401, "invalid_client");
        assert!(answer.text().contains("fapi2"), "{}", answer.text());
        client.push(&client.request()).await.refused(401, "invalid_client");
        client.introspect("x").await.refused(401, "invalid_client");
    }
    let mut rs256 = rs256;
    rs256.client = rs256.client.at(&world);
    rs256.push(&rs256.client.request()).await.refused(401, "invalid_client");
    // §5.3.2.2 (8): nobody is sent there, not even with an error.
    let mut browser = alice.at(&world).browser();
    browser.authorize(&local.at(&world)).await.is_at("/oauth2/authorize");
    assert_eq!(browser.page().status(), 400);
}

#[tokio::test]
async fn clients_that_register_are_judged_by_it() {
    let world = held(SecurityProfile::Fapi2).await;
    let least = json!({ "redirect_uris": ["https://bank.example.test/cb"] });
    world.post_json("/oauth2/register", &least).await.refused(400, "invalid_client_metadata");
    let keys = Signer::new("ES256").jwks();
    let fit = json!({
        "redirect_uris": ["https://bank.example.test/cb"], "token_endpoint_auth_method": "private_key_jwt", "jwks": keys,
    });
    let answer = world.post_json("/oauth2/register", &fit).await.expect(201).json();
    assert_eq!(answer["id_token_signed_response_alg"], "ES256");
}

#[tokio::test]
async fn what_an_older_registration_wants_signed_by_rs256_is_signed_by_another() {
    let world = held(SecurityProfile::None).await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict_with("bank", Signer::new("ES256"), |create| {
        create.metadata.id_token_signed_response_alg = Some(Algorithm::RS256);
        create.metadata.userinfo_signed_response_alg = Some(Algorithm::RS256);
    });
    let mut bank = bank.await;
    let world = world.reconfigured(|config| config.oauth.profile = SecurityProfile::Fapi2).await;
    bank.client = bank.client.at(&world);
    let tokens = bank.tokens_of(&alice.at(&world), "openid email").await;
    assert_eq!(world.jwks().await.verify(tokens.id()).header["alg"], "ES256");
    let proof = bank.prover.proof(&world, "GET", "/oauth2/userinfo").of(&tokens.access).text();
    let call = world.call(Method::GET, "/oauth2/userinfo").bound(&tokens.access, &proof);
    let userinfo = call.send().await.expect(200).text();
    assert_eq!(world.jwks().await.verify(&userinfo).header["alg"], "ES256");
}

#[tokio::test]
async fn tokens_of_the_json_api_are_bound_as_well() {
    let world = held(SecurityProfile::Fapi2).await;
    let alice = world.person("alice").verified().await;
    let path = "/api/v1/auth/login";
    let login = json!({ "email": alice.email, "password": PASSWORD });
    let sign_in = || world.call(Method::POST, path).json(&login);
    sign_in().send().await.problem(400, "invalid_dpop_proof");
    let weak = Prover::with("RS256").proof(&world, "POST", path).text();
    sign_in().header("dpop", &weak).send().await.problem(400, "invalid_dpop_proof");
    let good = Prover::new().proof(&world, "POST", path).text();
    sign_in().header("dpop", &good).send().await.api_tokens_of_type("DPoP");
}

#[tokio::test]
async fn challenges_name_what_counts() {
    let world = held(SecurityProfile::Fapi2).await;
    let answer = world.get("/oauth2/userinfo").await.expect(401);
    assert!(answer.header("www-authenticate").contains("algs=\"PS256 ES256 EdDSA Ed25519\""));
    assert!(answer.header("www-authenticate").contains("id.example.test") && ISSUER.contains("id.example.test"));
}
