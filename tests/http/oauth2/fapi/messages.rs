//! Message Signing: requests (§5.3), responses (§5.4) and introspection (§5.5).

use serde_json::{Value, json};
use signet::domain::clients::Profile;

use crate::world::{ISSUER, Signer, Strict, World, not_signed};

async fn bank(world: &World) -> Strict {
    world.strict("bank", Profile::Fapi2MessageSigning).await
}

/// Asserts that an object is refused where it is pushed.
async fn refused(bank: &Strict, object: &str) {
    bank.push(&bank.signed(object)).await.refused(400, "invalid_request_object");
}

#[tokio::test]
async fn journey_a_signed_request_has_a_signed_answer() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = bank(&world).await;
    let mut browser = alice.signed_in().await;
    let claims = bank.object_claims(&bank.asking().scope("openid email"), &json!({}));
    // §5.3.1 (5); a media type is the same in any case, and may be left out (RFC 9101 §10.8).
    for typ in [Some("oauth-authz-req+jwt"), Some("OAuth-Authz-Req+JWT"), None] {
        let short = bank.pushed(&bank.signed(&bank.signer.sign_as(typ, &claims))).await;
        browser.authorize(&short).await;
        let arrival = browser.arrival();
        assert_eq!(arrival.parameters.keys().collect::<Vec<_>>(), ["response"], "nothing stands beside it");
        let response = world.jwks().await.verify(&arrival.parameters["response"]);
        assert_eq!(response.header["alg"], "ES256");
        assert_eq!((&response.claims["iss"], &response.claims["aud"]), (&json!(ISSUER), &json!(bank.client.id)));
        assert_eq!(response.claims["state"], bank.asking().value("state").unwrap());
        let code = response.claims["code"].as_str().unwrap();
        let tokens = bank.code_request(code).proved_by(&bank.prover).send().await.bound_tokens();
        assert_eq!(tokens.scope, "email openid");
    }
}

#[tokio::test]
async fn section_5_3_1_1_an_unsigned_request_is_refused() {
    let world = World::start().await;
    let bank = bank(&world).await;
    bank.push(&bank.asking()).await.refused(400, "invalid_request");
    let claims = bank.object_claims(&bank.asking(), &json!({}));
    refused(&bank, &not_signed(&claims)).await;
    refused(&bank, &Signer::new("ES256").sign(&claims)).await;
    refused(&bank, &bank.signer.sign_as(Some("JWS"), &claims)).await;
    // Nor where the settings take no request objects of others.
    let closed = World::configured(|config| config.oauth.request_objects = false).await;
    let bank = closed.strict("bank", Profile::Fapi2MessageSigning).await;
    bank.push(&bank.asking()).await.refused(400, "invalid_request");
    bank.pushed(&bank.signed(&bank.object(&bank.asking(), &json!({})))).await;
}

#[tokio::test]
async fn section_5_3_1_2_to_4_an_object_is_for_this_issuer_and_for_an_hour() {
    let world = World::start().await;
    let bank = bank(&world).await;
    let now = world.now().timestamp();
    let object = |changes: Value| bank.object(&bank.asking(), &changes);
    for good in [
        json!({}),
        json!({ "aud": [ISSUER] }),
        json!({ "aud": ["https://other.example.test", ISSUER] }),
        json!({ "nbf": now - 3590, "exp": now + 10 }),
        json!({ "nbf": now + 9, "iat": now + 9, "exp": now + 3609 }), // clocks (Security Profile §5.3.2.1, 13)
        json!({ "exp": now + 3600 }),
        json!({ "iat": null }),
    ] {
        bank.pushed(&bank.signed(&object(good))).await;
    }
    for bad in [
        json!({ "aud": null }),
        json!({ "aud": "https://other.example.test" }),
        json!({ "aud": format!("{ISSUER}/oauth2/par") }),
        json!({ "nbf": null }),
        json!({ "exp": null }),
        json!({ "exp": now - 30 }),
        json!({ "nbf": now - 3605, "exp": now + 10 }),
        json!({ "exp": now + 3605 }),
        json!({ "nbf": now + 60, "exp": now + 300 }),
        json!({ "iat": now + 60 }),
        json!({ "nbf": "now" }),
    ] {
        refused(&bank, &object(bad)).await;
    }
}

#[tokio::test]
async fn a_weak_signature_is_none() {
    let world = World::start().await;
    let signer = Signer::new("PS256");
    let mut jwks = signer.jwks();
    jwks["keys"][0].as_object_mut().unwrap().remove("alg"); // good for both
    let bank = world.strict_with("bank", signer.clone(), |create| {
        create.metadata.security_profile = Profile::Fapi2MessageSigning;
        create.metadata.jwks = Some(jwks);
    });
    let bank = bank.await;
    let claims = bank.object_claims(&bank.asking(), &json!({}));
    bank.pushed(&bank.signed(&signer.sign(&claims))).await;
    refused(&bank, &signer.posing_as("RS256").sign(&claims)).await;
}

#[tokio::test]
async fn what_stands_beside_the_object_does_not_count() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = bank(&world).await;
    let object = bank.object(&bank.asking(), &json!({}));
    let beside = bank.signed(&object).with("scope", "openid email").with("response_type", "code").with("state", "evil");
    let short = bank.pushed(&beside).await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&short).await;
    let response = world.jwks().await.verify(&browser.arrival().parameters["response"]).claims;
    assert_eq!(response["state"], bank.asking().value("state").unwrap());
}

#[tokio::test]
async fn section_5_4_1_1_an_unsigned_response_is_not_asked_for() {
    let world = World::start().await;
    let bank = bank(&world).await;
    for mode in [None, Some("query"), Some("form_post"), Some("fragment")] {
        let request = bank.client.request();
        let request = mode.map_or(request.clone(), |mode| request.with("response_mode", mode));
        bank.push(&bank.signed(&bank.object(&request, &json!({})))).await.refused(400, "invalid_request");
    }
    for mode in ["jwt", "query.jwt", "form_post.jwt"] {
        let request = bank.asking().with("response_mode", mode);
        bank.pushed(&bank.signed(&bank.object(&request, &json!({})))).await;
    }
}

#[tokio::test]
async fn refusals_are_signed_as_well() {
    let world = World::start().await;
    let bank = bank(&world).await;
    let mut stranger = world.browser();
    let request = bank.asking().with("prompt", "none");
    let short = bank.pushed(&bank.signed(&bank.object(&request, &json!({})))).await;
    let document = async |browser: &crate::world::Browser| {
        let arrival = browser.arrival();
        assert_eq!(arrival.parameters.keys().collect::<Vec<_>>(), ["response"]);
        world.jwks().await.verify(&arrival.parameters["response"]).claims
    };
    stranger.authorize(&short).await;
    assert_eq!(document(&stranger).await["error"], "login_required");
    // Not pushed, and in clear: the client hears of it the way it listens.
    stranger.authorize(&bank.client).await;
    let told = document(&stranger).await;
    assert_eq!((&told["error"], &told["iss"]), (&json!("invalid_request"), &json!(ISSUER)));
}

#[tokio::test]
async fn section_5_5_1_introspection_is_signed_whatever_is_accepted() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let tokens = bank.tokens_of(&alice, "openid").await;
    let api = world.strict_with("api", Signer::new("EdDSA"), |create| {
        create.metadata.security_profile = Profile::Fapi2MessageSigning;
        create.metadata.may_introspect = true;
    });
    let api = api.await;
    for accepted in ["application/token-introspection+jwt", "application/json", "*/*"] {
        let call = api.post(&[("token", &tokens.access)]).call_to("/oauth2/introspect").header("accept", accepted);
        let answer = call.send().await.expect(200);
        assert_eq!(answer.header("content-type"), "application/token-introspection+jwt");
        let jwt = world.jwks().await.verify(&answer.text());
        assert_eq!((&jwt.header["alg"], &jwt.claims["aud"]), (&json!("ES256"), &json!(api.client.id)));
        assert_eq!(jwt.claims["token_introspection"]["cnf"], json!({ "jkt": bank.prover.jkt() }));
    }
    // Others get what they ask for.
    let call = bank.post(&[("token", &tokens.access)]).call_to("/oauth2/introspect");
    assert_eq!(call.send().await.expect(200).json()["active"], true);
}
