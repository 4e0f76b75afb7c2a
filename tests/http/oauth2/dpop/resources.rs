//! A bound token at the userinfo endpoint (RFC 9449 §7): only under its scheme, only with a proof of its key, made for it.

use axum::http::Method;
use serde_json::Value;

use crate::world::{Answer, CHALLENGE, Client, Person, Prover, World};

const PATH: &str = "/oauth2/userinfo";

struct Start {
    world: World,
    alice: Person,
    shop: Client,
    prover: Prover,
    token: String,
}

async fn start() -> Start {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let prover = Prover::new();
    let code = alice.browser().authorize(&shop).await.sign_in().await.code();
    let token = shop.code_request(&code).proved_by(&prover).send().await.bound_tokens().access;
    Start { world, alice, shop, prover, token }
}

impl Start {
    fn good(&self) -> crate::world::Proof {
        self.prover.proof(&self.world, "GET", PATH).of(&self.token)
    }

    async fn show(&self, proof: &str) -> Answer {
        self.world.call(Method::GET, PATH).bound(&self.token, proof).send().await
    }
}

/// A refusal that says how to do it right (§7.1).
#[track_caller]
fn challenged(answer: Answer, error: &str) {
    let answer = answer.refused(401, error);
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("DPoP realm=\"id.example.test\", algs=\"RS256 "), "{challenge}");
    assert!(challenge.contains(&format!(", error=\"{error}\", error_description=\"")), "{challenge}");
    assert!(!challenge.contains("Bearer"), "{challenge}");
}

#[tokio::test]
async fn the_holder_of_the_key_is_let_in() {
    let start = start().await;
    let answer = start.show(&start.good().text()).await.expect(200);
    assert_eq!(answer.json()["sub"], start.alice.sub());
    let proof = start.good().claim("htm", "POST").text();
    start.world.call(Method::POST, PATH).bound(&start.token, &proof).send().await.expect(200);
    let lower = start.world.call(Method::GET, PATH).header("authorization", &format!("dpop {}", start.token));
    lower.header("dpop", &start.good().text()).send().await.expect(200);
    start.show(&start.good().claim("htu", format!("https://id.example.test{PATH}?x=1")).text()).await.expect(200);
}

#[tokio::test]
async fn section_7_2_a_bound_token_is_no_bearer_token() {
    let start = start().await;
    for proof in [None, Some(start.good().text())] {
        let call = start.world.call(Method::GET, PATH).bearer(&start.token);
        let call = proof.iter().fold(call, |call, proof| call.header("dpop", proof));
        let answer = call.send().await.refused(401, "invalid_token");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer realm=\"id.example.test\", error=\"invalid_token\", "), "{challenge}");
        assert!(
            challenge.ends_with(&CHALLENGE[CHALLENGE.find("DPoP").unwrap()..]),
            "the scheme to use is named: {challenge}"
        );
    }
    let form = [("access_token", start.token.as_str())];
    let in_body = start.world.call(Method::POST, PATH).form(&form);
    in_body.header("dpop", &start.good().claim("htm", "POST").text()).send().await.refused(401, "invalid_token");
}

#[tokio::test]
async fn without_a_good_proof_nobody_is_let_in() {
    let start = start().await;
    let now = start.world.now().timestamp();
    let other_token = start.shop.tokens_of(&start.alice).await.access;
    let missing = start.world.call(Method::GET, PATH).header("authorization", &format!("DPoP {}", start.token));
    challenged(missing.send().await, "invalid_dpop_proof");
    for bad in [
        start.good().claim("ath", Value::Null),
        start.good().of(&other_token),
        start.good().claim("ath", start.token.clone()),
        start.good().claim("htm", "POST"),
        start.good().claim("htu", "https://id.example.test/oauth2/token"),
        start.good().claim("iat", now - 100),
        start.good().claim("iat", now + 100),
        start.good().signed_by(&Prover::new()),
    ] {
        challenged(start.show(&bad.text()).await, "invalid_dpop_proof");
    }
    let twice = start.world.call(Method::GET, PATH).bound(&start.token, &start.good().text());
    challenged(twice.header("dpop", &start.good().text()).send().await, "invalid_dpop_proof");
    // A good proof of another key proves the wrong thing.
    let thief = Prover::new().proof(&start.world, "GET", PATH).of(&start.token);
    challenged(start.show(&thief.text()).await, "invalid_token");
    start.show(&start.good().text()).await.expect(200);
}

#[tokio::test]
async fn a_bearer_token_is_no_bound_token() {
    let start = start().await;
    let plain = start.shop.tokens_of(&start.alice).await.access;
    let proof = start.prover.proof(&start.world, "GET", PATH).of(&plain).text();
    challenged(start.world.call(Method::GET, PATH).bound(&plain, &proof).send().await, "invalid_token");
    // As what it is, it is good, whatever comes with it.
    start.world.call(Method::GET, PATH).bearer(&plain).header("dpop", "nonsense").send().await.expect(200);
}

#[tokio::test]
async fn a_proof_is_good_once_and_not_used_up_by_strangers() {
    let start = start().await;
    let proof = start.good();
    start.show(&proof.text()).await.expect(200);
    challenged(start.show(&proof.text()).await, "invalid_dpop_proof");
    // With a token that is none of ours nothing is remembered.
    let forged = format!("{}x", start.token);
    let jti = crate::world::unverified(&start.good().text()).claims["jti"].clone();
    let stranger = start.prover.proof(&start.world, "GET", PATH).claim("jti", jti.clone());
    let call = start.world.call(Method::GET, PATH).bound(&forged, &stranger.of(&forged).text());
    challenged(call.send().await, "invalid_token");
    start.show(&start.good().claim("jti", jti).text()).await.expect(200);
}

#[tokio::test]
async fn scripts_of_the_client_may_send_proofs_and_read_the_challenge() {
    let start = start().await;
    let origin = "https://shop.example.test";
    let preflight = start
        .world
        .call(Method::OPTIONS, PATH)
        .header("origin", origin)
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization,dpop");
    let allowed = preflight.send().await.expect(204).header("access-control-allow-headers").to_ascii_lowercase();
    assert!(allowed.contains("dpop"), "{allowed}");
    let answer = start.world.call(Method::GET, PATH).bound(&start.token, "nonsense").header("origin", origin);
    let answer = answer.send().await.refused(401, "invalid_dpop_proof");
    assert_eq!(answer.header("access-control-allow-origin"), origin);
    let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
    assert!(exposed.contains("www-authenticate") && exposed.contains("dpop-nonce"), "{exposed}");
}

#[tokio::test]
async fn revoking_and_looking_up_need_no_proof() {
    let start = start().await;
    let shop = start.world.client("api").with(|create| create.metadata.may_introspect = true).create().await;
    shop.finds_active(&start.token).await;
    start.shop.revoke(&start.token).await.expect(200);
    shop.finds_inactive(&start.token).await;
    challenged(start.show(&start.good().text()).await, "invalid_token");
}
