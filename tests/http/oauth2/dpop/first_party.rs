//! The JSON API takes proofs as every resource does, and its sign-in binds tokens as the token endpoint does.

use axum::http::Method;
use serde_json::json;

use crate::world::{PASSWORD, Prover, World};

const BASE: &str = "/api/v1/auth";

#[tokio::test]
async fn a_front_end_with_a_key() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (prover, thief) = (Prover::new(), Prover::new());
    let login = json!({ "email": alice.email, "password": PASSWORD });
    let sign_in = || world.call(Method::POST, &format!("{BASE}/login")).json(&login);
    let proof = prover.proof(&world, "POST", &format!("{BASE}/login")).text();
    let tokens = sign_in().header("dpop", &proof).send().await.api_tokens_of_type("DPoP");
    sign_in().header("dpop", &proof).send().await.problem(400, "invalid_dpop_proof");

    let me = format!("{BASE}/me");
    let show = |prover: &Prover| {
        let proof = prover.proof(&world, "GET", &me).of(&tokens.access).text();
        world.call(Method::GET, &me).bound(&tokens.access, &proof)
    };
    show(&prover).send().await.expect(200);
    let stolen = show(&thief).send().await.problem(401, "invalid_token");
    assert!(stolen.answer.header("www-authenticate").starts_with("DPoP "));
    world.call(Method::GET, &me).bearer(&tokens.access).send().await.problem(401, "invalid_token");
    let bare = world.call(Method::GET, &me).header("authorization", &format!("DPoP {}", tokens.access));
    bare.send().await.problem(401, "invalid_dpop_proof");
    let path = format!("{BASE}/sessions/{}", tokens.session);
    let proof = prover.proof(&world, "DELETE", &me).of(&tokens.access).text(); // made for another path
    world.call(Method::DELETE, &path).bound(&tokens.access, &proof).send().await.problem(401, "invalid_dpop_proof");

    let refresh = |prover: Option<&Prover>, token: &str| {
        let path = format!("{BASE}/refresh");
        let call = world.call(Method::POST, &path).json(&json!({ "refresh_token": token }));
        prover.iter().fold(call, |call, prover| call.header("dpop", &prover.proof(&world, "POST", &path).text()))
    };
    for other in [None, Some(&thief)] {
        refresh(other, &tokens.refresh).send().await.problem(400, "invalid_grant");
    }
    let next = refresh(Some(&prover), &tokens.refresh).send().await.api_tokens_of_type("DPoP");
    assert_ne!(next.refresh, tokens.refresh);
}

#[tokio::test]
async fn nonces_are_asked_for_here_too() {
    let world = World::configured(|config| config.dpop.nonces = true).await;
    let alice = world.person("alice").verified().await;
    let prover = Prover::new();
    let path = format!("{BASE}/login");
    let login = json!({ "email": alice.email, "password": PASSWORD });
    let proof = prover.proof(&world, "POST", &path);
    let told = world.call(Method::POST, &path).json(&login).header("dpop", &proof.text()).send().await;
    let nonce = told.header("dpop-nonce").to_owned();
    told.problem(400, "use_dpop_nonce");
    let call = world.call(Method::POST, &path).json(&login).header("dpop", &proof.claim("nonce", nonce).text());
    let tokens = call.send().await.api_tokens_of_type("DPoP");
    let me = format!("{BASE}/me");
    let proof = prover.proof(&world, "GET", &me).of(&tokens.access).text();
    let answer = world.call(Method::GET, &me).bound(&tokens.access, &proof).send().await;
    assert!(!answer.header("dpop-nonce").is_empty());
    answer.problem(401, "use_dpop_nonce");
}
