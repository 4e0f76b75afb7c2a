//! Nonces of the server (RFC 9449 §8, §9): asked for where the settings say so, good for a while, on every node.

use axum::http::Method;
use chrono::TimeDelta;

use crate::world::{Answer, Client, Person, Prover, World};

const TOKEN: &str = "/oauth2/token";
const USERINFO: &str = "/oauth2/userinfo";

async fn start() -> (World, Person, Client, Prover) {
    let world = World::configured(|config| config.dpop.nonces = true).await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    (world, alice, shop, Prover::new())
}

/// The nonce of an answer.
#[track_caller]
fn nonce(answer: &Answer) -> String {
    let nonce = answer.header("dpop-nonce").to_owned();
    // RFC 9449 §8.1: %x21 / %x23-5B / %x5D-7E
    assert!(nonce.len() >= 16 && nonce.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\'), "{nonce}");
    nonce
}

#[tokio::test]
async fn journey_a_client_is_told_once_and_goes_on() {
    let (world, alice, shop, prover) = start().await;
    let code = alice.browser().authorize(&shop).await.sign_in().await.code();
    let first = shop.code_request(&code).proved_by(&prover).send().await.refused(400, "use_dpop_nonce");
    let proof = prover.proof(&world, "POST", TOKEN).claim("nonce", nonce(&first));
    let answer = shop.code_request(&code).proof(&proof.text()).send().await; // the code was not spent
    let next = nonce(&answer);
    let tokens = answer.bound_tokens();
    let proof = |nonce: &str| prover.proof(&world, "GET", USERINFO).of(&tokens.access).claim("nonce", nonce);
    let show = |proof: String| world.call(Method::GET, USERINFO).bound(&tokens.access, &proof).send();
    show(proof(&next).text()).await.expect(200);
    for bad in ["", "guessed", "AAAAAAAAAAAAAAAAAAAAAA", &next[1..]] {
        let answer = show(proof(bad).text()).await.refused(401, "use_dpop_nonce"); // §9
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("DPoP ") && challenge.contains("error=\"use_dpop_nonce\""), "{challenge}");
        show(proof(&nonce(&answer)).text()).await.expect(200);
    }
}

#[tokio::test]
async fn at_the_pushed_request_too() {
    let (world, _, shop, prover) = start().await;
    let request = shop.request().without("client_id"); // stands with the authentication
    let pairs: Vec<_> = request.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let push = |proof: String| shop.post("/oauth2/par", &pairs).header("dpop", &proof).send();
    let proof = prover.proof(&world, "POST", "/oauth2/par");
    let told = push(proof.text()).await.refused(400, "use_dpop_nonce");
    // The refused proof was not used up: only the nonce is missing.
    push(proof.claim("nonce", nonce(&told)).text()).await.expect(201);
}

#[tokio::test]
async fn one_is_good_for_a_while() {
    let (world, alice, shop, prover) = start().await;
    let told = nonce(&shop.code_request("x").proved_by(&prover).send().await.refused(400, "use_dpop_nonce"));
    let code = alice.browser().authorize(&shop.request().scope("openid offline_access")).await.sign_in().await.code();
    let proof = || prover.proof(&world, "POST", TOKEN).claim("nonce", told.as_str()).text();
    let tokens = shop.code_request(&code).proof(&proof()).send().await.bound_tokens();
    world.advance(TimeDelta::seconds(149)); // half of dpop.nonce_ttl: it may be the one before the present one
    let tokens = shop.refresh_request(tokens.refresh()).proof(&proof()).send().await.bound_tokens();
    world.advance(TimeDelta::seconds(152));
    let late = shop.refresh_request(tokens.refresh()).proof(&proof()).send().await.refused(400, "use_dpop_nonce");
    let proof = prover.proof(&world, "POST", TOKEN).claim("nonce", nonce(&late)).text();
    shop.refresh_request(tokens.refresh()).proof(&proof).send().await.bound_tokens();
}

#[tokio::test]
async fn every_node_takes_every_nodes() {
    let (world, alice, shop, prover) = start().await;
    let Some(second) = world.second_node().await else { return }; // in process there is one node
    let told = nonce(&shop.code_request("x").proved_by(&prover).at(&second).send().await);
    let code = alice.browser().authorize(&shop).await.sign_in().await.code();
    let proof = prover.proof(&world, "POST", TOKEN).claim("nonce", told).text();
    shop.code_request(&code).proof(&proof).send().await.bound_tokens();
}

#[tokio::test]
async fn bearer_tokens_need_none_and_nobody_gets_one_where_none_is_asked_for() {
    let (world, alice, shop, _) = start().await;
    let tokens = shop.tokens_of(&alice).await;
    nonce(&world.userinfo(&tokens.access).await.expect(200));
    let world = World::start().await;
    let answer = world.client("shop").public().create().await.code_request("x").proved_by(&Prover::new()).send().await;
    assert_eq!(answer.header("dpop-nonce"), "");
}
