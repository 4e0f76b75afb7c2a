//! Answers that only the client can read: ID tokens, userinfo, introspection (OpenID Connect Core §2, §5.3.2, §10.2; OpenID Connect
//! Registration §2; RFC 9701 §5).

use axum::http::Method;
use keys::{Algorithm, ContentEncryption, EncryptionAlgorithm};
use serde_json::{Value, json};
use signet::domain::clients::{CreateClient, GrantType};

use crate::world::{ISSUER, NewClient, Reader, Signer, Site, World, at_hash};

const SIGNED: &str = "application/token-introspection+jwt";

/// A client that reads with a key.
fn reading(world: &World, name: &str, reader: &Reader) -> NewClient {
    let jwks = reader.jwks();
    world.client(name).first_party().with(|create| create.metadata.jwks = Some(jwks))
}

/// Encrypts ID tokens.
fn id_tokens(create: &mut CreateClient, algorithm: EncryptionAlgorithm, enc: ContentEncryption) {
    create.metadata.encryption.id_token_encrypted_response_alg = Some(algorithm);
    create.metadata.encryption.id_token_encrypted_response_enc = Some(enc);
}

#[tokio::test]
async fn journey_every_algorithm_encrypts_an_id_token_that_is_signed_inside() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    for (which, algorithm) in EncryptionAlgorithm::ALL.iter().enumerate() {
        for enc in ContentEncryption::ALL {
            let reader = Reader::new(algorithm.as_str());
            let shop = reading(&world, &format!("s{which}{}", enc.as_str().to_lowercase()), &reader);
            let shop = shop.with(|create| id_tokens(create, *algorithm, *enc)).create().await;
            let tokens = shop.tokens_of(&alice).await;
            let opened = reader.read(tokens.id());
            assert_eq!((&opened.header["enc"], &opened.header["cty"]), (&json!(enc.as_str()), &json!("JWT")));
            let id = world.jwks().await.verify(&opened.content).claims;
            assert_eq!((&id["iss"], &id["aud"]), (&json!(ISSUER), &json!(shop.id)));
            assert_eq!(id["at_hash"], at_hash(&tokens.access));
            // Access tokens are the APIs' business.
            world.jwks().await.verify(&tokens.access);
            let next = shop.refresh(tokens.refresh()).await;
            world.jwks().await.verify(&reader.read(next.id()).content);
        }
    }
}

#[tokio::test]
async fn core_section_5_3_2_userinfo_signed_encrypted_or_both() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let reader = Reader::new("RSA-OAEP-256");
    for signed in [None, Some(Algorithm::ES256)] {
        let shop = reading(&world, if signed.is_some() { "both" } else { "one" }, &reader);
        let shop = shop.with(|create| {
            create.metadata.userinfo_signed_response_alg = signed;
            create.metadata.encryption.userinfo_encrypted_response_alg = Some(EncryptionAlgorithm::RsaOaep256);
        });
        let shop = shop.create().await;
        let tokens = shop.tokens_for(&alice, &shop.request().scope("openid email")).await;
        let answer = shop.userinfo(&tokens.access).await.expect(200);
        assert_eq!(answer.header("content-type"), "application/jwt");
        assert_eq!(answer.header("cache-control"), "no-store");
        let opened = reader.read(&answer.text());
        assert_eq!(opened.header["enc"], "A128CBC-HS256", "the default of Registration §2");
        let claims: Value = match signed {
            Some(_) => {
                assert_eq!(opened.header["cty"], "JWT");
                world.jwks().await.verify(&opened.content).claims
            }
            None => serde_json::from_str(&opened.content).unwrap(),
        };
        assert_eq!((&claims["sub"], &claims["email"]), (&json!(alice.sub()), &json!(alice.email)));
        world.jwks().await.verify(tokens.id()); // asked for neither
        // Refusals stay what they are.
        world.userinfo("nonsense").await.refused(401, "invalid_token");
    }
}

#[tokio::test]
async fn rfc_9701_section_5_introspection_encrypted() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let reader = Reader::new("ECDH-ES+A256KW");
    let shop = reading(&world, "shop", &reader).with(|create| {
        let encryption = &mut create.metadata.encryption;
        encryption.introspection_encrypted_response_alg = Some(EncryptionAlgorithm::EcdhEsA256Kw);
        encryption.introspection_encrypted_response_enc = Some(ContentEncryption::A256Gcm);
    });
    let shop = shop.create().await;
    let tokens = shop.tokens_of(&alice).await;
    let ask = shop.post("/oauth2/introspect", &[("token", &tokens.access)]).header("accept", SIGNED);
    let answer = ask.send().await.expect(200);
    assert_eq!(answer.header("content-type"), SIGNED);
    let jwt = world.jwks().await.verify(&reader.read(&answer.text()).content);
    assert_eq!(jwt.header["typ"], "token-introspection+jwt");
    assert_eq!((&jwt.claims["aud"], &jwt.claims["token_introspection"]["active"]), (&json!(shop.id), &json!(true)));
    // Who does not ask for a JWT gets JSON over a connection that is encrypted already.
    shop.finds_active(&tokens.access).await;
}

#[tokio::test]
async fn keys_that_are_published_at_an_address_are_fetched_and_followed() {
    let world = World::configured(|config| config.http.allow_private_targets = true).await;
    let alice = world.person("alice").verified().await;
    let site = Site::start().await;
    let (first, second) = (Reader::new("ECDH-ES"), Reader::new("ECDH-ES"));
    // Its signing keys stand in the same set.
    let signing = Signer::new("ES256").jwks()["keys"][0].clone();
    site.put("/jwks", 200, &json!({ "keys": [signing, first.jwk()] }).to_string());
    let (uri, enc) = (site.url("/jwks"), ContentEncryption::A128Gcm);
    let shop = world.client("shop").first_party().with(|create| {
        create.metadata.jwks_uri = Some(uri);
        id_tokens(create, EncryptionAlgorithm::EcdhEs, enc);
    });
    let shop = shop.create().await;
    assert!(site.asked().is_empty(), "registration asks nobody");
    let tokens = shop.tokens_of(&alice).await;
    first.read(tokens.id());
    // The client changes its keys: the copy is renewed when its time is over.
    site.put("/jwks", 200, &second.jwks().to_string());
    world.advance(chrono::TimeDelta::minutes(11));
    second.read(shop.refresh(tokens.refresh()).await.id());
}

#[tokio::test]
async fn without_a_key_nothing_is_sent_in_clear_and_nothing_is_spent() {
    let world = World::configured(|config| config.http.allow_private_targets = true).await;
    let alice = world.person("alice").verified().await;
    let site = Site::start().await;
    let (uri, enc) = (site.url("/jwks"), ContentEncryption::A256Gcm);
    let shop = world.client("shop").first_party().grants(&[
        GrantType::AuthorizationCode,
        GrantType::RefreshToken,
        GrantType::ClientCredentials,
    ]);
    let shop = shop.with(|create| {
        create.metadata.jwks_uri = Some(uri);
        create.metadata.encryption.userinfo_encrypted_response_alg = Some(EncryptionAlgorithm::EcdhEs);
        id_tokens(create, EncryptionAlgorithm::EcdhEs, enc);
    });
    let shop = shop.create().await;
    let code = alice.browser().authorize(&shop).await.sign_in().await.code();
    // No address, no key of the kind, a key for signatures: three reasons, one answer.
    shop.code_request(&code).send().await.refused(400, "invalid_client_metadata");
    site.put("/jwks", 200, &Reader::new("RSA-OAEP-256").jwks().to_string());
    world.advance(chrono::TimeDelta::seconds(5));
    shop.code_request(&code).send().await.refused(400, "invalid_client_metadata");
    site.put("/jwks", 200, &Signer::new("ES256").jwks().to_string());
    world.advance(chrono::TimeDelta::seconds(10));
    shop.code_request(&code).send().await.refused(400, "invalid_client_metadata");
    // What needs no key goes on.
    shop.token_request("client_credentials").send().await.expect(200);

    let reader = Reader::new("ECDH-ES");
    site.put("/jwks", 200, &reader.jwks().to_string());
    world.advance(chrono::TimeDelta::seconds(20));
    let tokens = shop.token(&code).await; // the code is as good as it was
    reader.read(tokens.id());

    let info = shop.userinfo(&tokens.access).await.expect(200);
    reader.read(&info.text());
}

#[tokio::test]
async fn an_id_token_through_the_browser_is_encrypted_too() {
    let world = World::configured(|config| config.oauth.implicit_and_hybrid = true).await;
    let alice = world.person("alice").verified().await;
    let reader = Reader::new("RSA-OAEP-256");
    let shop = reading(&world, "shop", &reader).grants(&[GrantType::AuthorizationCode, GrantType::Implicit]);
    let shop = shop.with(|create| {
        create.metadata.response_types = vec!["id_token".into(), "code id_token".into()];
        id_tokens(create, EncryptionAlgorithm::RsaOaep256, ContentEncryption::A128CbcHs256);
    });
    let shop = shop.create().await;
    let mut browser = alice.signed_in().await;
    for response_type in ["id_token", "code id_token"] {
        browser.authorize(shop.request().with("response_type", response_type)).await;
        let id_token = &browser.arrival().parameters["id_token"];
        let id = world.jwks().await.verify(&reader.read(id_token).content).claims;
        assert_eq!(id["nonce"], shop.request().value("nonce").unwrap());
    }
}

#[tokio::test]
async fn core_section_3_1_2_1_a_hint_is_decrypted_and_may_be_encrypted_for_us() {
    let world = World::start().await;
    let (alice, bob) = (world.person("alice").verified().await, world.person("bob").verified().await);
    let reader = Reader::new("ECDH-ES");
    let shop = reading(&world, "shop", &reader);
    let shop = shop.with(|create| id_tokens(create, EncryptionAlgorithm::EcdhEs, ContentEncryption::A256Gcm));
    let shop = shop.create().await;
    let encrypted = shop.tokens_of(&alice).await.id().to_owned();
    let signed = reader.read(&encrypted).content;
    let mut alices = alice.signed_in().await;
    let mut bobs = bob.signed_in().await;
    let silent = |hint: &str| shop.request().with("prompt", "none").with("id_token_hint", hint);

    alices.authorize(silent(&signed)).await.code();
    let keys = world.jwks().await;
    let ours = keys.0["keys"].as_array().unwrap().iter().find(|key| key["use"] == "enc" && key["kty"] == "RSA");
    let for_us = crate::world::encrypted_for(ours.unwrap(), "RSA-OAEP-256", "A256GCM", &json!({}), &signed);
    alices.authorize(silent(&for_us)).await.code();
    assert_eq!(bobs.authorize(silent(&for_us)).await.error(), "login_required");
    // Encrypted for the client, it is nothing that we can read; encrypted for us by somebody who signed it alone, neither.
    for bad in [encrypted, crate::world::encrypted_for(ours.unwrap(), "RSA-OAEP-256", "A256GCM", &json!({}), "e.e.e")] {
        alices.authorize(silent(&bad)).await;
        assert_eq!(alices.error(), "invalid_request");
    }

    // RP-Initiated Logout §2: a good hint of the session signs out without asking.
    let bye = "https://shop.example.test/bye";
    let logout = |hint: &str| {
        let pairs = [("id_token_hint", hint), ("post_logout_redirect_uri", bye)];
        format!("/oauth2/logout?{}", crate::world::query(&pairs))
    };
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    let signed = reader.read(shop.token(&code).await.id()).content;
    let for_us = crate::world::encrypted_for(ours.unwrap(), "RSA-OAEP-256", "A128CBC-HS256", &json!({}), &signed);
    assert!(browser.arrive(&logout(&for_us)).await.is_at_client());
    assert_eq!(browser.arrival().url.as_str(), bye);
}

#[tokio::test]
async fn what_may_not_be_registered() {
    let world = World::start().await;
    let reader = Reader::new("ECDH-ES");
    let register = |changes: Value| {
        let mut metadata = json!({ "redirect_uris": ["https://new.example.test/cb"], "jwks": reader.jwks() });
        metadata.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        metadata.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        world.call(Method::POST, "/oauth2/register").json(&metadata).send()
    };
    for what in ["id_token", "userinfo", "introspection", "authorization"] {
        let (alg, enc) = (format!("{what}_encrypted_response_alg"), format!("{what}_encrypted_response_enc"));
        let good = register(json!({ &alg: "ECDH-ES" })).await.expect(201).json();
        assert_eq!((&good[&alg], &good[&enc]), (&json!("ECDH-ES"), &json!("A128CBC-HS256")), "the default is told");
        let good = register(json!({ &alg: "ECDH-ES", &enc: "A256GCM" })).await.expect(201).json();
        assert_eq!(good[&enc], "A256GCM");
        for bad in [
            json!({ &enc: "A256GCM" }),
            json!({ &alg: "RSA-OAEP-256" }), // its keys are of another kind
            json!({ &alg: "RSA1_5" }),
            json!({ &alg: "dir" }),
            json!({ &alg: "ECDH-ES", &enc: "A256CBC-HS512" }),
            json!({ &alg: "ECDH-ES", "jwks": null }),
            json!({ &alg: "ECDH-ES", "jwks": Signer::new("ES256").jwks() }),
        ] {
            register(bad.clone()).await.refused(400, "invalid_client_metadata");
        }
    }
    let object = |alg: &str| register(json!({ "request_object_encryption_alg": alg, "jwks": null }));
    let good = object("ECDH-ES+A128KW").await.expect(201).json();
    assert_eq!(good["request_object_encryption_enc"], "A128CBC-HS256");
    object("RSA-OAEP").await.refused(400, "invalid_client_metadata");
    // Keys to encrypt for sign nothing.
    let assertion = json!({ "token_endpoint_auth_method": "private_key_jwt" });
    register(assertion).await.refused(400, "invalid_client_metadata");
}

#[tokio::test]
async fn discovery_lists_what_works() {
    let world = World::start().await;
    let document = world.get("/.well-known/openid-configuration").await.json();
    let (algorithms, contents) = (
        json!(["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"]),
        json!(["A128CBC-HS256", "A128GCM", "A256GCM"]),
    );
    for what in ["id_token", "userinfo", "introspection", "authorization", "request_object"] {
        assert_eq!(document[format!("{what}_encryption_alg_values_supported")], algorithms, "{what}");
        assert_eq!(document[format!("{what}_encryption_enc_values_supported")], contents, "{what}");
    }
    let without = World::configured(|config| config.keys.decryption_algorithms.clear()).await;
    let document = without.get("/.well-known/openid-configuration").await.json();
    assert!(document.get("request_object_encryption_alg_values_supported").is_none());
    assert!(document.get("id_token_encryption_alg_values_supported").is_some());
}
