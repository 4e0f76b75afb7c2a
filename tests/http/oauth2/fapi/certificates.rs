//! Clients of the profile that show a certificate: to say who they are, to bind their tokens, or both (Security Profile §5.3.2.1, 5 and 6).

use axum::http::Method;
use serde_json::{Value, json};
use signet::{
    config::CertificateForm::Pem,
    domain::clients::{AuthMethod, Profile},
};

use crate::world::{Answer, Client, Identity, Prover, Request, Signer, World};

/// Pushes a request as a client that shows this certificate; none at all without one.
async fn push(bank: &Client, request: &Request, identity: Option<&Identity>) -> Answer {
    let pairs: Vec<_> = request.pairs().iter().filter(|(name, _)| name != "client_id").collect();
    let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let call = bank.post("/oauth2/par", &pairs);
    identity.into_iter().fold(call, |call, identity| call.with_certificate(identity)).send().await
}

#[tokio::test]
async fn journey_a_client_that_has_a_certificate_and_nothing_else() {
    let (world, authority) = World::certified(Pem).await;
    let alice = world.person("alice").verified().await;
    let identity = authority.issues(world.wanted());
    let bank = world.client("bank").by_subject().first_party();
    let bank = bank.with(|create| create.metadata.security_profile = Profile::Fapi2).create().await;
    let request = bank.request().scope("openid offline_access");
    push(&bank, &request, None).await.refused(401, "invalid_client");
    let pushed = push(&bank, &request, Some(&identity)).await.expect(201).json();
    let short =
        Request::default().with("client_id", &bank.id).with("request_uri", pushed["request_uri"].as_str().unwrap());
    let code = alice.browser().authorize(&short).await.sign_in().await.code();
    // It was not registered for tokens that are bound to its certificate, and they are all the same.
    let tokens = bank.code_request(&code).call().with_certificate(&identity).send().await.tokens();
    let claims = world.jwks().await.verify(&tokens.access).claims;
    assert_eq!(claims["cnf"], json!({ "x5t#S256": identity.x5t() }));
    let ask = || world.call(Method::GET, "/oauth2/userinfo").bearer(&tokens.access);
    ask().with_certificate(&identity).send().await.expect(200);
    ask().send().await.refused(401, "invalid_token");
    // There is no rotation for it either, and a new certificate does as well.
    let renewed = authority.issues(world.wanted());
    for shown in [&identity, &renewed] {
        let next = bank.refresh_request(tokens.refresh()).call().with_certificate(shown).send().await.tokens();
        assert_eq!(next.refresh(), tokens.refresh());
        let claims = world.jwks().await.verify(&next.access).claims;
        assert_eq!(claims["cnf"], json!({ "x5t#S256": shown.x5t() }));
    }
    // A proof binds where there is one.
    let prover = Prover::new();
    let refresh = bank.refresh_request(tokens.refresh()).proved_by(&prover).call().with_certificate(&identity);
    let claims = world.jwks().await.verify(&refresh.send().await.bound_tokens().access).claims;
    assert_eq!(claims["cnf"], json!({ "jkt": prover.jkt() }));
}

#[tokio::test]
async fn a_key_for_the_client_and_a_certificate_for_its_tokens() {
    let (world, authority) = World::certified(Pem).await;
    let alice = world.person("alice").verified().await;
    let identity = authority.issues(world.wanted());
    let bank = world.strict("bank", Profile::Fapi2).await;
    let code = bank.code_of(&alice, &bank.client.request()).await;
    bank.code_request(&code).send().await.refused(400, "invalid_dpop_proof");
    let tokens = bank.code_request(&code).call().with_certificate(&identity).send().await.tokens();
    let claims = world.jwks().await.verify(&tokens.access).claims;
    assert_eq!(claims["cnf"], json!({ "x5t#S256": identity.x5t() }));
}

#[tokio::test]
async fn message_signing_needs_a_key_besides() {
    let (world, authority) = World::certified(Pem).await;
    let signing = |create: &mut signet::domain::clients::CreateClient| {
        create.metadata.security_profile = Profile::Fapi2MessageSigning;
    };
    let keyless = world.client("bank").by_subject().with(signing).try_create().await;
    let Err(refusal) = keyless else { panic!("it was registered") };
    assert_eq!(refusal.refusal().unwrap().fields[0].field, "jwks");
    let signer = Signer::new("ES256");
    let jwks = signer.jwks();
    let bank = world.client("bank").by_subject().with(signing).with(|create| create.metadata.jwks = Some(jwks));
    let bank = bank.create().await;
    assert_eq!(bank.method, AuthMethod::TlsClientAuth);
    let identity = authority.issues(world.wanted());
    let asking = bank.request().with("response_mode", "jwt");
    push(&bank, &asking, Some(&identity)).await.refused(400, "invalid_request");
    let now = world.now().timestamp();
    let mut claims = json!({ "iss": bank.id, "aud": crate::world::ISSUER, "nbf": now, "exp": now + 60 });
    for (name, value) in asking.pairs() {
        claims[name] = Value::from(value.clone());
    }
    push(&bank, &Request::default().with("request", &signer.sign(&claims)), Some(&identity)).await.expect(201);
}
