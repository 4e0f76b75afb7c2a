//! Registering clients that are held to a profile, and seeing what they lack.

use axum::http::Method;
use keys::Algorithm;
use serde_json::{Value, json};
use signet::{
    config::{self, Setting},
    domain::clients::{ApplicationType, AuthMethod, CreateClient, GrantType, Profile, UpdateClient},
};

use crate::world::{Signer, World};

type Change = fn(&mut CreateClient);

/// The members for which a registration with this change is refused.
async fn refused(world: &World, profile: Profile, change: Change) -> Vec<&'static str> {
    let new = world.client("bank").method(AuthMethod::PrivateKeyJwt).with(|create| {
        create.metadata.jwks = Some(Signer::new("ES256").jwks());
        create.metadata.security_profile = profile;
    });
    match new.with(change).try_create().await {
        Ok(_) => Vec::new(),
        Err(error) => error.refusal().unwrap().fields.iter().map(|field| field.field).collect(),
    }
}

#[tokio::test]
async fn a_client_that_falls_short_is_not_registered() {
    let world = World::start().await;
    let cases: &[(Change, &[&str])] = &[
        (|_| {}, &[]),
        (|c| c.auth_method = AuthMethod::None, &["token_endpoint_auth_method"]),
        (|c| c.auth_method = AuthMethod::ClientSecretBasic, &["token_endpoint_auth_method"]),
        (|c| c.auth_method = AuthMethod::ClientSecretJwt, &["token_endpoint_auth_method"]),
        (|c| c.metadata.response_types = vec!["code".into(), "none".into()], &["response_types"]),
        (|c| c.redirect_uris = vec!["http://localhost:3000/cb".into()], &["redirect_uris"]),
        (|c| c.metadata.id_token_signed_response_alg = Some(Algorithm::RS256), &["id_token_signed_response_alg"]),
        (|c| c.metadata.request_object_signing_alg = Some("none".into()), &["request_object_signing_alg"]),
        (|c| c.metadata.token_endpoint_auth_signing_alg = Some("RS256".into()), &["token_endpoint_auth_signing_alg"]),
        (|c| c.metadata.jwks = Some(Signer::new("RS256").jwks()), &["jwks"]),
        (
            |c| {
                c.application_type = ApplicationType::Native;
                c.redirect_uris = vec!["http://127.0.0.1/cb".into()];
            },
            &[],
        ),
        (|c| c.grants = vec![GrantType::ClientCredentials], &[]),
    ];
    for (which, (change, expected)) in cases.iter().enumerate() {
        for profile in [Profile::Fapi2, Profile::Fapi2MessageSigning] {
            assert_eq!(&refused(&world, profile, *change).await, expected, "{which}");
        }
        assert!(refused(&world, Profile::Usual, *change).await.is_empty(), "{which}");
    }
}

#[tokio::test]
async fn an_issuer_that_signs_with_rs256_alone_has_no_such_clients() {
    let rs256 = config::Algorithm::parse("RS256").unwrap();
    let world = World::configured(|config| {
        config.keys.algorithms = vec![rs256];
        config.keys.access_token_alg = rs256;
    });
    let world = world.await;
    assert_eq!(refused(&world, Profile::Fapi2, |_| {}).await, ["security_profile"]);
}

#[tokio::test]
async fn the_command_line_registers_them_and_says_what_others_lack() {
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let keys = directory.path().join("keys.json");
    std::fs::write(&keys, Signer::new("ES256").jwks().to_string()).unwrap();
    let keys = keys.to_str().unwrap();
    for profile in ["fapi2", "fapi2-message-signing"] {
        let address = ["--redirect-uri", "https://bank.example.test/cb"];
        let create = ["client", "create", "--name", "Bank", "--profile", profile];
        let arguments = [&create[..], &address, &["--jwks", keys]].concat();
        let created = world.signet(&arguments, "").await.done();
        assert_eq!(created["security_profile"], profile);
        assert_eq!(created["token_endpoint_auth_method"], "private_key_jwt");
        assert_eq!(created["grant_types"], json!(["authorization_code", "refresh_token"]));
        let shown = world.signet(&["client", "show", created["client_id"].as_str().unwrap()], "").await.done();
        assert_eq!((&shown["held_to"], shown.get("lacks")), (&json!(profile), None));
        let without_keys = world.signet(&[&create[..], &address].concat(), "").await.refused();
        assert!(without_keys.contains("jwks"), "{without_keys}");
        let public = world.signet(&[&arguments[..], &["--public"]].concat(), "").await.refused();
        assert!(public.contains("token_endpoint_auth_method") && public.contains("5.3.2.1 (3, 6)"), "{public}");
    }
    let shop =
        world.client("shop").with(|create| create.metadata.id_token_signed_response_alg = Some(Algorithm::RS256));
    let shop = shop.create().await;
    let show = ["client", "show", &shop.id];
    let shown = world.signet(&show, "").await.done();
    assert!(shown.get("held_to").is_none() && shown.get("lacks").is_none());
    // What it would lack, if all were held to it.
    let shown = world.signet_under(&[("SIGNET_OAUTH__PROFILE", "fapi2")], &show, "").await.done();
    assert_eq!(shown["held_to"], "fapi2");
    let lacks: Vec<_> = shown["lacks"].as_array().unwrap().iter().map(|lacking| lacking["field"].clone()).collect();
    assert_eq!(lacks, ["token_endpoint_auth_method", "id_token_signed_response_alg"]);
    assert_eq!(shown["lacks"][0]["section"], "FAPI 2.0 Security Profile §5.3.2.1 (3, 6)");
}

#[tokio::test]
async fn the_operator_switches_it_on_where_the_client_is_fit_for_it() {
    let world = World::start().await;
    let bank = world.strict("bank", Profile::Usual).await;
    let shop = world.client("shop").create().await;
    let changes = || json!({ "security_profile": "fapi2" }).as_object().cloned().unwrap();
    let update = |client_id: &str| UpdateClient { client_id: client_id.into(), changes: changes() };
    assert_eq!(world.operator(update(&bank.client.id)).await.unwrap().client.metadata.security_profile, Profile::Fapi2);
    let refusal = world.operator(update(&shop.id)).await.unwrap_err();
    assert_eq!(refusal.refusal().unwrap().fields[0].field, "token_endpoint_auth_method");
}

#[tokio::test]
async fn no_client_frees_itself() {
    let world = World::start().await;
    let least = json!({
        "redirect_uris": ["https://bank.example.test/cb"], "token_endpoint_auth_method": "private_key_jwt",
        "jwks": Signer::new("ES256").jwks(), "security_profile": "fapi2-message-signing",
    });
    let own = world.post_json("/oauth2/register", &least).await.expect(201).json();
    let client_id = own["client_id"].as_str().unwrap().to_owned();
    assert!(own.get("security_profile").is_none(), "that is for the operator to say");
    let changes = json!({ "security_profile": "fapi2" }).as_object().cloned().unwrap();
    world.operator(UpdateClient { client_id: client_id.clone(), changes }).await.unwrap();
    let update = |token: &str, changes: Value| {
        let mut metadata = least.clone();
        metadata["client_id"] = client_id.clone().into();
        for (name, value) in changes.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        world.call(Method::PUT, &format!("/oauth2/register/{client_id}")).bearer(token).json(&metadata).send()
    };
    let token = own["registration_access_token"].as_str().unwrap();
    let basic = json!({ "token_endpoint_auth_method": "client_secret_basic" });
    update(token, basic).await.refused(400, "invalid_client_metadata");
    let answer = update(token, json!({ "security_profile": "none" })).await.expect(200).json();
    assert_eq!(answer["id_token_signed_response_alg"], "ES256");
    let show = signet::domain::clients::ShowClient { client_id };
    assert_eq!(world.operator(show).await.unwrap().metadata.security_profile, Profile::Fapi2);
}
