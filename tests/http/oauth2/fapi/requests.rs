//! The authorization endpoint (Security Profile §5.3.2.2).

use chrono::TimeDelta;
use serde_json::json;
use signet::{config::Span, domain::clients::Profile};

use crate::world::{ISSUER, World};

#[tokio::test]
async fn journey_everything_that_the_profile_asks_for_comes_to_tokens() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let nonce = "n".repeat(64); // (14)
    let short = bank.pushed(&bank.client.request().scope("openid email").with("nonce", &nonce)).await;
    let mut browser = alice.browser();
    let code = browser.authorize(&short).await.sign_in().await.code(); // each redirect on the way is a 303 (10, 11)
    assert_eq!(browser.arrival().parameters["iss"], ISSUER); // (7)
    assert_eq!(browser.arrival().url.as_str(), bank.client.redirect_uri);
    let tokens = bank.code_request(&code).proved_by(&bank.prover).send().await.bound_tokens();
    let (access, id) = (world.jwks().await.verify(&tokens.access), world.jwks().await.verify(tokens.id()));
    assert_eq!(access.claims["cnf"], json!({ "jkt": bank.prover.jkt() }));
    assert_eq!((&access.header["alg"], &id.header["alg"]), (&json!("ES256"), &json!("ES256")));
    assert_eq!(id.claims["nonce"], nonce);
    let proof = bank.prover.proof(&world, "GET", "/oauth2/userinfo").of(&tokens.access).text();
    let userinfo = world.call(axum::http::Method::GET, "/oauth2/userinfo").bound(&tokens.access, &proof);
    assert_eq!(userinfo.send().await.expect(200).json()["email"], alice.email);
}

#[tokio::test]
async fn clause_1_a_code_and_nothing_else() {
    let world = World::configured(|config| config.oauth.implicit_and_hybrid = true).await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    for response_type in ["none", "id_token", "code id_token", "code token", "code id_token token"] {
        let request = bank.client.request().with("response_type", response_type);
        bank.push(&request).await.refused(400, "unauthorized_client");
    }
    bank.push(&bank.client.request().with("response_type", "token")).await.refused(400, "unsupported_response_type");
    bank.push(&bank.client.request().without("response_type")).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn clause_3_what_was_not_pushed_is_refused() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&bank.client).await;
    assert_eq!((browser.error(), browser.arrival().parameters["iss"].as_str()), ("invalid_request", ISSUER));
    // A signed request through the browser is no pushed one either.
    let object = bank.object(&bank.client.request(), &json!({}));
    browser.authorize(bank.signed(&object).with("redirect_uri", &bank.client.redirect_uri)).await;
    assert_eq!(browser.error(), "invalid_request");
    // Other clients are not held to it.
    let shop = world.client("shop").first_party().create().await;
    browser.authorize(&shop).await.code();
}

#[tokio::test]
async fn clause_4_only_the_client_pushes() {
    let world = World::start().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let bare = world.call(axum::http::Method::POST, "/oauth2/par").form(bank.client.request().pairs());
    bare.send().await.refused(401, "invalid_client");
}

#[tokio::test]
async fn clause_5_and_6_pkce_by_s256_and_an_address() {
    let world = World::start().await;
    // Also of a client that was registered as one that may go without.
    let bank = world.strict_with("bank", crate::world::Signer::new("ES256"), |create| {
        create.metadata.security_profile = Profile::Fapi2;
        create.pkce_required = false;
    });
    let bank = bank.await;
    let good = bank.client.request();
    for bad in [
        good.clone().without("code_challenge").without("code_challenge_method"),
        good.clone().without("code_challenge_method"),
        good.clone().with("code_challenge_method", "plain"),
        good.clone().without("redirect_uri"),
        good.clone().with("redirect_uri", "https://evil.example.test/cb"),
    ] {
        bank.push(&bad).await.refused(400, "invalid_request");
    }
    bank.push(&good).await.expect(201);
}

#[tokio::test]
async fn clause_12_a_pushed_request_waits_less_than_ten_minutes() {
    let world = World::configured(|config| config.tokens.par_ttl = Span::minutes(10)).await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    assert_eq!(bank.push(&bank.client.request()).await.expect(201).json()["expires_in"], 599);
}

#[tokio::test]
async fn note_3_a_request_is_spent_by_its_answer_and_not_by_its_pages() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let short = bank.pushed(&bank.client.request()).await;
    let mut preloaded = world.browser();
    preloaded.authorize(&short).await.is_at("/login");
    let mut browser = alice.browser();
    for _ in 0..3 {
        browser.authorize(&short).await.is_at("/login"); // reloaded
    }
    let code = browser.sign_in().await.code();
    bank.code_request(&code).proved_by(&bank.prover).send().await.bound_tokens();
    assert_eq!(browser.authorize(&short).await.is_at("/oauth2/authorize").status(), 400);
    // Whoever had opened it before gets nothing of it.
    let page = preloaded.fill("E-mail address", &alice.email).fill("Password", &alice.password);
    assert!(page.press("Sign in").await.page().text.contains("completed"));
}

#[tokio::test]
async fn general_clause_11_and_5_3_2_2_9_codes_are_good_once_and_for_a_minute() {
    let world = World::configured(|config| config.tokens.code_ttl = Span::minutes(10)).await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let late = bank.code_of(&alice, &bank.client.request()).await;
    world.advance(TimeDelta::seconds(61));
    bank.code_request(&late).proved_by(&bank.prover).send().await.refused(400, "invalid_grant");
    let code = bank.code_of(&alice, &bank.client.request()).await;
    world.advance(TimeDelta::seconds(59));
    let tokens = bank.code_request(&code).proved_by(&bank.prover).send().await.bound_tokens();
    bank.code_request(&code).proved_by(&bank.prover).send().await.refused(400, "invalid_grant");
    let proof = bank.prover.proof(&world, "GET", "/oauth2/userinfo").of(&tokens.access).text();
    let call = world.call(axum::http::Method::GET, "/oauth2/userinfo").bound(&tokens.access, &proof);
    call.send().await.refused(401, "invalid_token");
}
