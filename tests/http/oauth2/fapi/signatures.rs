//! How clients prove themselves, and what JWTs are signed with (Security Profile §5.3.2.1, 6, 8 and 13; §5.4.1, 1).

use axum::http::Method;
use serde_json::{Value, json};
use signet::domain::clients::{GrantType, Profile};

use crate::world::{Answer, ISSUER, Prover, Signer, Strict, World, not_signed};

/// A client that acts for itself, so that authentication and proof are all there is.
async fn robot(world: &World, signer: Signer) -> Strict {
    let robot = world.strict_with("robot", signer, |create| {
        create.metadata.security_profile = Profile::Fapi2;
        create.grants = vec![GrantType::ClientCredentials];
        create.scope = "jobs".into();
    });
    robot.await
}

/// A token request with this assertion, otherwise good.
async fn asks(robot: &Strict, assertion: &str) -> Answer {
    let request = robot.asserting(assertion).with("grant_type", "client_credentials");
    request.proved_by(&robot.prover).send().await
}

fn changed(robot: &Strict, changes: &Value) -> Value {
    let mut claims = robot.claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

#[tokio::test]
async fn clause_8_an_assertion_is_for_the_issuer_alone() {
    let world = World::start().await;
    let robot = robot(&world, Signer::new("ES256")).await;
    asks(&robot, &robot.assertion()).await.bound_tokens();
    for audience in [
        json!([ISSUER]),
        json!([ISSUER, "https://elsewhere.example.test"]),
        json!(format!("{ISSUER}/oauth2/token")),
        json!(format!("{ISSUER}/oauth2/par")),
        json!(format!("{ISSUER}/")),
        json!([]),
    ] {
        let claims = changed(&robot, &json!({ "aud": audience }));
        asks(&robot, &robot.signer.sign(&claims)).await.refused(401, "invalid_client");
        let request = robot.asserting(&robot.signer.sign(&claims)).with("token", "x");
        request.call_to("/oauth2/introspect").send().await.refused(401, "invalid_client");
    }
}

#[tokio::test]
async fn clause_13_clocks_may_differ_by_ten_seconds_and_not_by_a_minute() {
    let world = World::start().await;
    let robot = robot(&world, Signer::new("ES256")).await;
    let now = world.now().timestamp();
    for claim in ["iat", "nbf"] {
        let sent = |ahead: i64| robot.signer.sign(&changed(&robot, &json!({ claim: now + ahead })));
        asks(&robot, &sent(9)).await.bound_tokens();
        asks(&robot, &sent(60)).await.refused(401, "invalid_client");
        let proved = |ahead: i64| robot.prover.proof(&world, "POST", "/oauth2/token").claim(claim, now + ahead).text();
        let request = || robot.post(&[("grant_type", "client_credentials")]);
        request().proof(&proved(9)).send().await.bound_tokens();
        request().proof(&proved(60)).send().await.refused(400, "invalid_dpop_proof");
    }
}

#[tokio::test]
async fn section_5_4_1_assertions_by_three_algorithms() {
    let world = World::start().await;
    for algorithm in ["PS256", "ES256", "EdDSA", "Ed25519"] {
        let robot = robot(&world, Signer::new(algorithm)).await;
        asks(&robot, &robot.assertion()).await.bound_tokens();
    }
    // One key may do for both, where it does not say for which: only one of them is taken.
    let signer = Signer::new("PS256");
    let mut jwks = signer.jwks();
    jwks["keys"][0].as_object_mut().unwrap().remove("alg");
    let robot = world.strict_with("robot", signer.clone(), |create| {
        create.metadata.security_profile = Profile::Fapi2;
        create.metadata.jwks = Some(jwks);
        create.grants = vec![GrantType::ClientCredentials];
        create.scope = "jobs".into();
    });
    let robot = robot.await;
    asks(&robot, &signer.sign(&robot.claims())).await.bound_tokens();
    let weaker = signer.posing_as("RS256").sign(&robot.claims());
    asks(&robot, &weaker).await.refused(401, "invalid_client");
    asks(&robot, &not_signed(&robot.claims())).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn section_5_4_1_proofs_by_three_algorithms() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let robot = robot(&world, Signer::new("ES256")).await;
    let request = || robot.post(&[("grant_type", "client_credentials")]);
    for algorithm in ["PS256", "ES256", "EdDSA", "Ed25519"] {
        request().proved_by(&Prover::with(algorithm)).send().await.bound_tokens();
    }
    request().proved_by(&Prover::with("RS256")).send().await.refused(400, "invalid_dpop_proof");
    // Nor where a request is pushed, nor with an access token.
    let bank = world.strict("bank", Profile::Fapi2).await;
    let proof = Prover::with("RS256").proof(&world, "POST", "/oauth2/par").text();
    let pairs = bank.client.request();
    let pairs: Vec<_> = pairs.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    bank.post(&pairs).proof(&proof).call_to("/oauth2/par").send().await.refused(400, "invalid_dpop_proof");
    let bank = Strict { prover: Prover::with("PS256"), ..bank };
    let tokens = bank.tokens_of(&alice, "openid").await;
    for (prover, status) in [(bank.prover.clone(), 200), (bank.prover.posing_as("RS256"), 401)] {
        let proof = prover.proof(&world, "GET", "/oauth2/userinfo").of(&tokens.access).text();
        let call = world.call(Method::GET, "/oauth2/userinfo").bound(&tokens.access, &proof);
        call.send().await.expect(status);
    }
}

#[tokio::test]
async fn section_5_4_1_what_a_client_wants_signed_is_not_signed_by_rs256() {
    let world = World::start().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let alice = world.person("alice").verified().await;
    let tokens = bank.tokens_of(&alice, "openid").await;
    let signed = "application/token-introspection+jwt";
    let call = bank.post(&[("token", &tokens.access)]).call_to("/oauth2/introspect").header("accept", signed);
    let jwt = world.jwks().await.verify(&call.send().await.expect(200).text());
    assert_eq!(jwt.header["alg"], "ES256");
    let short = bank.pushed(&bank.client.request().with("response_mode", "jwt")).await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&short).await;
    let response = world.jwks().await.verify(&browser.arrival().parameters["response"]);
    assert_eq!(response.header["alg"], "ES256");
}
