//! The key of a code: `dpop_jkt`, or the proof that came with a pushed request (RFC 9449 §10).

use axum::http::Method;
use signet::domain::clients::GrantType;

use crate::world::{Answer, Client, Person, Prover, Request, Signer, World};

const PAR: &str = "/oauth2/par";

async fn start() -> (World, Person, Client) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    (world, alice, shop)
}

/// Pushes a request with these proofs.
async fn push(shop: &Client, request: &Request, proofs: &[String]) -> Answer {
    let pairs: Vec<_> = request.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    proofs.iter().fold(shop.post(PAR, &pairs), |call, proof| call.header("dpop", proof)).send().await
}

/// What the browser is sent with.
fn reference(shop: &Client, pushed: Answer) -> Request {
    let request_uri = pushed.expect(201).json()["request_uri"].as_str().unwrap().to_owned();
    Request::default().with("client_id", &shop.id).with("request_uri", &request_uri)
}

#[tokio::test]
async fn a_code_is_redeemed_with_the_key_that_was_named() {
    let (world, alice, shop) = start().await;
    let (prover, thief) = (Prover::new(), Prover::new());
    let mut browser = alice.signed_in().await;
    let request = shop.request().with("dpop_jkt", &prover.jkt());
    let code = browser.authorize(&request).await.code();
    shop.code_request(&code).proved_by(&thief).send().await.refused(400, "invalid_grant");
    let code = browser.authorize(&request).await.code();
    shop.code_request(&code).send().await.refused(400, "invalid_grant");
    let code = browser.authorize(&request).await.code();
    let tokens = shop.code_request(&code).proved_by(&prover).send().await.bound_tokens();
    assert_eq!(world.jwks().await.verify(&tokens.access).claims["cnf"]["jkt"], prover.jkt());
}

#[tokio::test]
async fn what_is_no_thumbprint_is_told_to_the_client() {
    let (_, alice, shop) = start().await;
    let mut browser = alice.signed_in().await;
    let good = Prover::new().jkt();
    for odd in ["x", &good[1..], &format!("{good}="), &format!("{good}A"), &good.replace(&good[..1], "!")] {
        browser.authorize(&shop.request().with("dpop_jkt", odd)).await;
        assert_eq!(browser.error(), "invalid_request", "{odd}");
    }
    browser.authorize(&shop.request().with("dpop_jkt", &good).again("dpop_jkt", &good)).await;
    assert_eq!(browser.error(), "invalid_request");
}

#[tokio::test]
async fn section_10_1_a_proof_at_the_pushed_request_names_the_key() {
    let (world, alice, shop) = start().await;
    let (prover, other) = (Prover::new(), Prover::new());
    let proof = || vec![prover.proof(&world, "POST", PAR).text()];
    let mut browser = alice.signed_in().await;
    for request in [shop.request(), shop.request().with("dpop_jkt", &prover.jkt())] {
        let request = reference(&shop, push(&shop, &request, &proof()).await);
        let code = browser.authorize(&request).await.code();
        shop.code_request(&code).proved_by(&other).send().await.refused(400, "invalid_grant");
        let request = reference(&shop, push(&shop, &shop.request(), &proof()).await);
        let code = browser.authorize(&request).await.code();
        shop.code_request(&code).proved_by(&prover).send().await.bound_tokens();
    }
    let both = shop.request().with("dpop_jkt", &other.jkt());
    push(&shop, &both, &proof()).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn a_proof_at_the_pushed_request_is_judged_like_any_other() {
    let (world, _, shop) = start().await;
    let prover = Prover::new();
    let request = shop.request();
    let good = prover.proof(&world, "POST", PAR);
    for bad in [
        vec![prover.proof(&world, "POST", "/oauth2/token").text()],
        vec![good.clone().claim("iat", world.now().timestamp() - 100).text()],
        vec![good.clone().signed_by(&Prover::new()).text()],
        vec!["nonsense".to_owned()],
        vec![good.text(), prover.proof(&world, "POST", PAR).text()],
    ] {
        push(&shop, &request, &bad).await.refused(400, "invalid_dpop_proof");
    }
    push(&shop, &request, &[good.text()]).await.expect(201);
    push(&shop, &request, &[good.text()]).await.refused(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn a_signed_request_names_the_key_too() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("ES256");
    let shop =
        world.client("shop").first_party().with(|create| create.metadata.jwks = Some(signer.jwks())).create().await;
    let prover = Prover::new();
    let request = shop.request();
    let mut claims: serde_json::Map<_, _> =
        request.pairs().iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    claims.insert("iss".into(), shop.id.clone().into());
    claims.insert("aud".into(), crate::world::ISSUER.into());
    claims.insert("dpop_jkt".into(), prover.jkt().into());
    let object = signer.sign(&claims.into());
    let signed = Request::default().with("client_id", &shop.id).with("request", &object);
    let code = alice.signed_in().await.authorize(&signed).await.code();
    shop.code_request(&code).send().await.refused(400, "invalid_grant");
    // Pushed with a proof of another key, the object's word and the proof disagree.
    let proof = Prover::new().proof(&world, "POST", PAR).text();
    push(&shop, &signed, &[proof]).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn other_grants_know_no_key_before() {
    let (world, ..) = start().await;
    let robot = world.client("robot").grants(&[GrantType::ClientCredentials]).scope("jobs").create().await;
    let prover = Prover::new();
    let request = robot.token_request("client_credentials").with("dpop_jkt", &Prover::new().jkt());
    request.proved_by(&prover).send().await.bound_tokens(); // a parameter of another endpoint is ignored (RFC 6749 §3.2)
    let answer = world.call(Method::GET, "/oauth2/token").header("dpop", "x").send().await;
    assert_eq!(answer.status, 405);
}
