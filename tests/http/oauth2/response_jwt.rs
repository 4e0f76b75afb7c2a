//! Authorization responses as one JWT (JWT Secured Authorization Response Mode for OAuth 2.0, JARM).

use std::collections::BTreeSet;

use axum::http::Method;
use keys::{Algorithm, ContentEncryption, EncryptionAlgorithm};
use serde_json::{Value, json};
use signet::domain::clients::{CreateClient, GrantType};

use crate::world::{Browser, Client, ISSUER, NewClient, Reader, Request, Signer, World};

const FRONT: [&str; 5] = ["id_token", "id_token token", "code id_token", "code token", "code id_token token"];

async fn hybrid() -> World {
    World::configured(|config| config.oauth.implicit_and_hybrid = true).await
}

/// A client that registered for everything.
fn everything(world: &World) -> NewClient {
    let types: Vec<_> = ["code", "none"].into_iter().chain(FRONT).map(str::to_owned).collect();
    let grants = [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::Implicit];
    world.client("shop").first_party().grants(&grants).with(|create| create.metadata.response_types = types)
}

/// Encrypts responses for this key.
fn encrypted(create: &mut CreateClient, reader: &Reader, algorithm: EncryptionAlgorithm) {
    create.metadata.jwks = Some(reader.jwks());
    create.metadata.encryption.authorization_encrypted_response_alg = Some(algorithm);
    create.metadata.encryption.authorization_encrypted_response_enc = Some(ContentEncryption::A256Gcm);
}

/// The response document that arrived; nothing stands beside it (§2.3).
async fn document(browser: &Browser, client: &Client) -> Value {
    let names: Vec<_> = browser.arrival().parameters.keys().collect();
    assert_eq!(names, ["response"]);
    believed(&browser.arrival().parameters["response"], client).await
}

async fn believed(jwt: &str, client: &Client) -> Value {
    let claims = client.world.jwks().await.verify(jwt).claims;
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(client.id)));
    let life = claims["exp"].as_i64().unwrap() - client.world.now().timestamp();
    assert!((590..=600).contains(&life), "{life}");
    claims
}

fn asking(client: &Client, mode: &str) -> Request {
    client.request().with("response_mode", mode)
}

#[tokio::test]
async fn journey_a_code_comes_as_a_jwt_over_every_way() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.signed_in().await;
    for (mode, method, fragment) in [
        ("jwt", Method::GET, false),
        ("query.jwt", Method::GET, false),
        ("fragment.jwt", Method::GET, true),
        ("form_post.jwt", Method::POST, false),
    ] {
        browser.authorize(asking(&shop, mode)).await;
        if method == Method::POST {
            browser.press("Continue").await;
        }
        let claims = document(&browser, &shop).await;
        assert_eq!((&browser.arrival().method, browser.arrival().fragment), (&method, fragment), "{mode}");
        assert_eq!(browser.arrival().url.as_str(), shop.redirect_uri);
        let names: BTreeSet<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["iss", "aud", "exp", "code", "state", "session_state"].into());
        assert_eq!(claims["state"], shop.request().value("state").unwrap());
        shop.token(claims["code"].as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn section_2_3_4_jwt_stands_for_the_way_of_the_response_type() {
    let world = hybrid().await;
    let alice = world.person("alice").verified().await;
    let shop = everything(&world).create().await;
    let mut browser = alice.signed_in().await;
    for response_type in ["code", "none"].into_iter().chain(FRONT) {
        browser.authorize(asking(&shop, "jwt").with("response_type", response_type)).await;
        let front = FRONT.contains(&response_type);
        assert_eq!(browser.arrival().fragment, front, "{response_type}");
        let claims = document(&browser, &shop).await;
        let has = |name: &str| claims.get(name).is_some();
        let words: Vec<_> = response_type.split(' ').collect();
        assert_eq!(has("code"), words.contains(&"code"), "{response_type}");
        assert_eq!(has("id_token"), words.contains(&"id_token"), "{response_type}");
        assert_eq!(has("access_token"), words.contains(&"token"), "{response_type}");
        if has("access_token") {
            assert!(claims["expires_in"].is_u64(), "numbers are numbers (§2.1): {claims}");
            assert_eq!(claims["token_type"], "Bearer");
        }
    }
}

#[tokio::test]
async fn section_2_1_refusals_are_told_the_same_way() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    for mode in ["jwt", "query.jwt", "fragment.jwt"] {
        let mut browser = world.browser();
        browser.authorize(asking(&shop, mode).with("prompt", "none")).await;
        let claims = document(&browser, &shop).await;
        assert_eq!(claims["error"], "login_required");
        assert_eq!(claims["state"], shop.request().value("state").unwrap());
        assert!(claims.get("code").is_none());
        // Before anybody was asked.
        browser.authorize(asking(&shop, mode).with("response_type", "magic")).await;
        assert_eq!(document(&browser, &shop).await["error"], "unsupported_response_type");
    }
    let mut browser = alice.signed_in().await;
    browser.authorize(asking(&shop, "form_post.jwt")).await.press("Don’t allow").await;
    browser.press("Continue").await;
    let claims = document(&browser, &shop).await;
    assert_eq!(claims["error"], "access_denied");
    assert!(claims["error_description"].is_string());
}

#[tokio::test]
async fn section_2_3_1_tokens_stand_in_a_query_only_if_they_are_encrypted() {
    let world = hybrid().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.signed_in().await;
    let shop = everything(&world).create().await;
    for response_type in FRONT {
        browser.authorize(asking(&shop, "query.jwt").with("response_type", response_type)).await;
        assert!(browser.arrival().fragment, "{response_type}");
        assert_eq!(document(&browser, &shop).await["error"], "invalid_request");
    }
    let reader = Reader::new("ECDH-ES");
    let shop = everything(&world).with(|create| encrypted(create, &reader, EncryptionAlgorithm::EcdhEs)).create().await;
    browser.authorize(asking(&shop, "query.jwt").with("response_type", "id_token")).await;
    assert!(!browser.arrival().fragment);
    let nested = reader.read(&browser.arrival().parameters["response"]).content;
    assert!(believed(&nested, &shop).await["id_token"].is_string());
    // In clear they never do.
    browser.authorize(asking(&shop, "query").with("response_type", "id_token")).await;
    assert!(browser.arrival().fragment);
    assert_eq!(browser.error(), "invalid_request");
}

#[tokio::test]
async fn section_2_2_signed_as_registered_then_encrypted() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.signed_in().await;
    let plain = world.client("plain").first_party().create().await;
    browser.authorize(asking(&plain, "jwt")).await;
    let header = |jwt: &str| crate::world::unverified(jwt).header;
    assert_eq!(header(&browser.arrival().parameters["response"])["alg"], "RS256", "the default of §3");

    for (which, algorithm) in EncryptionAlgorithm::ALL.iter().enumerate() {
        let reader = Reader::new(algorithm.as_str());
        let shop = world.client(&format!("c{which}")).first_party().with(|create| {
            create.metadata.authorization_signed_response_alg = Some(Algorithm::ES256);
            encrypted(create, &reader, *algorithm);
        });
        let shop = shop.create().await;
        browser.authorize(asking(&shop, "jwt")).await;
        let opened = reader.read(&browser.arrival().parameters["response"]);
        assert_eq!((&opened.header["cty"], &opened.header["enc"]), (&json!("JWT"), &json!("A256GCM")));
        assert_eq!(header(&opened.content)["alg"], "ES256");
        let claims = believed(&opened.content, &shop).await;
        shop.token(claims["code"].as_str().unwrap()).await;
        // Refusals are nobody else's business either.
        browser.authorize(asking(&shop, "jwt").with("display", "magic")).await;
        let opened = reader.read(&browser.arrival().parameters["response"]);
        assert_eq!(believed(&opened.content, &shop).await["error"], "invalid_request");
        // It is not for who does not ask for a JWT.
        browser.authorize(&shop).await.code();
    }
}

#[tokio::test]
async fn a_client_that_cannot_be_answered_is_not_answered_in_clear() {
    let world = World::configured(|config| config.http.allow_private_targets = true).await;
    let alice = world.person("alice").verified().await;
    let site = crate::world::Site::start().await;
    let uri = site.url("/jwks");
    let shop = world.client("shop").first_party().with(|create| {
        create.metadata.jwks_uri = Some(uri);
        create.metadata.encryption.authorization_encrypted_response_alg = Some(EncryptionAlgorithm::RsaOaep256);
    });
    let shop = shop.create().await;
    let mut browser = alice.signed_in().await;
    for request in [asking(&shop, "jwt"), asking(&shop, "jwt").with("prompt", "magic")] {
        browser.authorize(request).await;
        assert_eq!(browser.page().status(), 400);
        world.advance(chrono::TimeDelta::seconds(5));
    }
    // A client that pushes hears it itself.
    shop.push(&asking(&shop, "jwt")).await.refused(400, "invalid_client_metadata");
    let reader = Reader::new("RSA-OAEP-256");
    site.put("/jwks", 200, &reader.jwks().to_string());
    world.advance(chrono::TimeDelta::seconds(60));
    browser.authorize(asking(&shop, "jwt")).await;
    let nested = reader.read(&browser.arrival().parameters["response"]).content;
    assert!(believed(&nested, &shop).await["code"].is_string());
}

#[tokio::test]
async fn a_signed_request_may_ask_for_it_and_what_stands_outside_does_not_count() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("PS256");
    let jwks = signer.jwks();
    let shop = world.client("shop").first_party().with(|create| create.metadata.jwks = Some(jwks)).create().await;
    let mut claims = json!({ "iss": shop.id, "aud": ISSUER });
    for (name, value) in asking(&shop, "jwt").pairs() {
        claims[name] = value.clone().into();
    }
    let object = signer.sign(&claims);
    let outside = Request::default().with("client_id", &shop.id).with("request", &object);
    let mut browser = alice.signed_in().await;
    browser.authorize(outside.clone().with("response_mode", "fragment")).await;
    assert!(document(&browser, &shop).await["code"].is_string());
    assert!(!browser.arrival().fragment);
    let pushed = shop.pushed(&asking(&shop, "fragment.jwt")).await;
    browser.authorize(pushed).await;
    assert!(browser.arrival().fragment && document(&browser, &shop).await["code"].is_string());
}

#[tokio::test]
async fn a_response_grants_nothing_by_itself() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(asking(&shop, "jwt")).await;
    let response = browser.arrival().parameters["response"].clone();
    world.userinfo(&response).await.refused(401, "invalid_token");
    shop.finds_inactive(&response).await;
    browser.authorize(shop.request().with("prompt", "none").with("id_token_hint", &response)).await;
    assert_eq!(browser.error(), "invalid_request", "it is no ID token");
    let assertion = [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", response.as_str()),
        ("grant_type", "authorization_code"),
    ];
    world.post("/oauth2/token", &assertion).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn what_may_not_be_registered_or_asked_for() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let metadata = |alg: &str| json!({ "redirect_uris": ["https://new.example.test/cb"], "authorization_signed_response_alg": alg });
    let good = world.post_json("/oauth2/register", &metadata("ES256")).await.expect(201).json();
    assert_eq!(good["authorization_signed_response_alg"], "ES256");
    for alg in ["none", "HS256", "EdDSA"] {
        // EdDSA is not among the keys of this issuer.
        world.post_json("/oauth2/register", &metadata(alg)).await.refused(400, "invalid_client_metadata");
    }
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.signed_in().await;
    for mode in ["JWT", "query.jws", "form_post.jwe", "jwt.query"] {
        browser.authorize(asking(&shop, mode)).await;
        assert_eq!(browser.error(), "invalid_request", "{mode}");
    }
    let document = world.get("/.well-known/openid-configuration").await.json();
    let modes = json!(["query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt", "jwt"]);
    assert_eq!(document["response_modes_supported"], modes);
    assert_eq!(document["authorization_signing_alg_values_supported"], json!(["RS256", "ES256"]));
}
