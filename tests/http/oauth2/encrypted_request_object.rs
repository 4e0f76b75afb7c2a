//! Request objects that only this service can read (OpenID Connect Core §6.1, RFC 9101 §6.1, §10.5).

use serde_json::{Value, json};

use crate::world::{Browser, Client, ISSUER, NewClient, Reader, Request, Signer, World, encrypted_for, not_signed};

/// A client with this key.
fn holder(world: &World, name: &str, signer: &Signer) -> NewClient {
    let jwks = signer.jwks();
    world.client(name).first_party().with(|create| create.metadata.jwks = Some(jwks))
}

/// Everything that the client asks for, as claims.
fn claims(client: &Client) -> Value {
    let mut claims = json!({ "iss": client.id, "aud": ISSUER });
    for (name, value) in client.request().pairs() {
        claims[name] = value.clone().into();
    }
    claims
}

fn short(client: &Client, object: &str) -> Request {
    Request::default().with("client_id", &client.id).with("request", object)
}

/// The published key of a kind.
async fn key(world: &World, kty: &str) -> Value {
    let jwks = world.jwks().await.0;
    let mut keys = jwks["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "enc" && key["kty"] == kty);
    let key = keys.next().expect("a key to encrypt for").clone();
    assert!(keys.next().is_none(), "one of a kind is published, so that nobody chooses the wrong one");
    key
}

async fn refused(browser: &mut Browser, client: &Client, object: &str) {
    let outside = short(client, object).with("response_type", "code").scope("openid");
    browser.authorize(outside.with("redirect_uri", &client.redirect_uri)).await;
    assert_eq!(browser.error(), "invalid_request_object");
}

#[tokio::test]
async fn journey_an_encrypted_request_comes_to_tokens() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("ES256");
    let shop = holder(&world, "shop", &signer).create().await;
    let mut browser = alice.signed_in().await;
    let signed = signer.sign(&claims(&shop));
    for algorithm in ["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"] {
        let key = key(&world, if algorithm.starts_with("RSA") { "RSA" } else { "EC" }).await;
        for enc in ["A128CBC-HS256", "A128GCM", "A256GCM"] {
            // With kid and cty, and with neither.
            for members in [json!({}), json!({ "kid": null, "cty": null })] {
                let object = encrypted_for(&key, algorithm, enc, &members, &signed);
                let code = browser.authorize(short(&shop, &object)).await.code();
                assert_eq!(browser.arrival().parameters["state"], shop.request().value("state").unwrap());
                shop.token(&code).await;
            }
        }
    }
    // Pushed as well.
    let object = encrypted_for(&key(&world, "EC").await, "ECDH-ES", "A256GCM", &json!({}), &signed);
    let pushed = shop.pushed(&Request::default().with("request", &object)).await;
    browser.authorize(pushed).await.code();
}

#[tokio::test]
async fn what_is_inside_is_held_to_everything_that_is_held_outside() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (signer, stranger) = (Signer::new("ES256"), Signer::new("ES256"));
    let shop = holder(&world, "shop", &signer).create().await;
    let mut browser = alice.signed_in().await;
    let key = key(&world, "EC").await;
    let encrypt = |content: &str| encrypted_for(&key, "ECDH-ES", "A256GCM", &json!({}), content);
    let mut elsewhere = claims(&shop);
    elsewhere["aud"] = "https://other.example.test".into();
    let nested = encrypt(&signer.sign(&claims(&shop)));
    for inside in [
        stranger.sign(&claims(&shop)),
        not_signed(&claims(&shop)),
        signer.sign(&elsewhere),
        claims(&shop).to_string(), // encrypted, and signed by nobody
        nested,                    // once is enough
        String::new(),
        "nonsense".into(),
    ] {
        refused(&mut browser, &shop, &encrypt(&inside)).await;
    }
}

#[tokio::test]
async fn what_is_not_encrypted_for_us_by_our_algorithms_is_refused() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("ES256");
    let shop = holder(&world, "shop", &signer).create().await;
    let mut browser = alice.signed_in().await;
    let signed = signer.sign(&claims(&shop));
    let (key, none) = (key(&world, "EC").await, json!({}));
    let stranger = Reader::new("ECDH-ES").jwk();
    let with = |members: Value| encrypted_for(&key, "ECDH-ES+A128KW", "A128CBC-HS256", &members, &signed);
    let good = with(none.clone());
    browser.authorize(short(&shop, &good)).await.code();
    let cut = |at: usize, part: &str| {
        let mut parts: Vec<_> = good.split('.').collect();
        parts[at] = part;
        parts.join(".")
    };
    let mut borrowed = stranger.clone();
    borrowed["kid"] = key["kid"].clone();
    for bad in [
        encrypted_for(&stranger, "ECDH-ES", "A256GCM", &none, &signed),
        encrypted_for(&borrowed, "ECDH-ES", "A256GCM", &none, &signed),
        with(json!({ "zip": "DEF" })),
        with(json!({ "crit": ["exp"], "exp": 1 })),
        with(json!({ "alg": "dir" })),
        with(json!({ "alg": "PBES2-HS256+A128KW", "p2c": 1_000_000, "p2s": "AA" })),
        with(json!({ "enc": "A256CBC-HS512" })),
        with(json!({ "cty": "json" })),
        // josekit would panic on these.
        cut(1, "AA"),
        cut(1, ""),
        cut(2, ""),
        cut(4, ""),
        cut(4, "AA"),
        cut(3, ""),
    ] {
        refused(&mut browser, &shop, &bad).await;
    }
}

#[tokio::test]
async fn a_client_that_has_to_sign_has_to_sign_inside() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("PS256");
    let shop = holder(&world, "shop", &signer).with(|create| {
        create.metadata.require_signed_request_object = true;
        create.metadata.request_object_signing_alg = Some("PS256".into());
    });
    let shop = shop.create().await;
    let mut browser = alice.signed_in().await;
    let key = key(&world, "RSA").await;
    let encrypt = |content: &str| encrypted_for(&key, "RSA-OAEP-256", "A128CBC-HS256", &json!({}), content);
    browser.authorize(short(&shop, &encrypt(&signer.sign(&claims(&shop))))).await.code();
    refused(&mut browser, &shop, &encrypt(&signer.posing_as("RS256").sign(&claims(&shop)))).await;
    refused(&mut browser, &shop, &encrypt(&not_signed(&claims(&shop)))).await;
}

#[tokio::test]
async fn a_key_that_was_rotated_reads_what_was_encrypted_before() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("ES256");
    let shop = holder(&world, "shop", &signer).create().await;
    let mut browser = alice.signed_in().await;
    let old = key(&world, "EC").await;
    let object = |key: &Value| encrypted_for(key, "ECDH-ES", "A256GCM", &json!({}), &signer.sign(&claims(&shop)));
    let rotate = signet::domain::signing::RotateKeys { now: true, algorithm: Some("ECDH-ES".parse().unwrap()) };
    world.operator(rotate).await.unwrap();
    signet::domain::signing::load(&world.app, world.tenant().id).await.unwrap();
    let new = key(&world, "EC").await;
    assert_ne!(old["kid"], new["kid"]);
    for key in [&old, &new] {
        browser.authorize(short(&shop, &object(key))).await.code();
    }
    let leaked = signet::domain::signing::RetireKey { kid: old["kid"].as_str().unwrap().into(), now: true };
    world.operator(leaked).await.unwrap();
    signet::domain::signing::load(&world.app, world.tenant().id).await.unwrap();
    refused(&mut browser, &shop, &object(&old)).await;
}
