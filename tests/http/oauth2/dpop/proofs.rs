//! What a proof has to be (RFC 9449 §4.3), at the token endpoint; and that it is good once.

use serde_json::{Value, json};
use signet::domain::clients::GrantType;

use crate::world::{Answer, Client, HOST, ISSUER, Proof, Prover, World, not_signed, together};

const TOKEN: &str = "/oauth2/token";

async fn robot(world: &World) -> Client {
    world.client("robot").grants(&[GrantType::ClientCredentials]).scope("jobs").create().await
}

/// What becomes of a proof.
async fn outcome(robot: &Client, proof: &str) -> Answer {
    robot.token_request("client_credentials").proof(proof).send().await
}

#[tokio::test]
async fn section_4_3_every_check() {
    let world = World::start().await;
    let robot = robot(&world).await;
    let (prover, other) = (Prover::new(), Prover::new());
    let now = world.now().timestamp();
    let good = || prover.proof(&world, "POST", TOKEN);
    let mut private = serde_json::to_value(other_jwk(&good())).unwrap();
    private["d"] = "AAAA".into();
    let bad: Vec<(&str, Proof)> = vec![
        ("no typ", good().header("typ", Value::Null)),
        ("another typ", good().header("typ", "JWT")),
        ("an access token's typ", good().header("typ", "at+jwt")),
        ("no algorithm", good().header("alg", Value::Null)),
        ("none", good().header("alg", "none")),
        ("a MAC", good().header("alg", "HS256")),
        ("an algorithm of another key", good().header("alg", "RS256")),
        ("an algorithm that is not advertised", good().header("alg", "ES512")),
        ("no key", good().header("jwk", Value::Null)),
        ("a private key", good().header("jwk", private)),
        ("a symmetric key", good().header("jwk", json!({ "kty": "oct", "k": "AAAA" }))),
        ("a key of another curve", good().header("jwk", json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }))),
        ("another key's signature", good().signed_by(&other)),
        ("an extension", good().header("crit", json!(["exp"]))),
        ("no jti", good().claim("jti", Value::Null)),
        ("an empty jti", good().claim("jti", "")),
        ("a jti that is no text", good().claim("jti", 7)),
        ("no htm", good().claim("htm", Value::Null)),
        ("another method", good().claim("htm", "GET")),
        ("a method in lower case", good().claim("htm", "post")),
        ("no htu", good().claim("htu", Value::Null)),
        ("another endpoint", good().claim("htu", format!("{ISSUER}/oauth2/par"))),
        ("another host", good().claim("htu", format!("https://evil.test{TOKEN}"))),
        ("another scheme", good().claim("htu", format!("http://{HOST}{TOKEN}"))),
        ("another port", good().claim("htu", format!("https://{HOST}:8443{TOKEN}"))),
        ("only a path", good().claim("htu", TOKEN)),
        ("no iat", good().claim("iat", Value::Null)),
        ("an iat that is no number", good().claim("iat", now.to_string())),
        ("an iat beyond arithmetic", good().claim("iat", 1e300)),
        ("an iat beyond integers", good().claim("iat", u64::MAX)),
        ("61 seconds old", good().claim("iat", now - 62)),
        ("60 seconds ahead (FAPI 2.0 5.3.2.1)", good().claim("iat", now + 61)),
        ("not yet", good().claim("nbf", now + 61)),
        ("no longer", good().claim("exp", now - 1)),
    ];
    for (what, proof) in bad {
        let answer = outcome(&robot, &proof.text()).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_dpop_proof"), "{what}");
        assert_eq!(answer.header("www-authenticate"), "", "{what}");
    }
    for text in ["", "x", "a.b.c", &not_signed(&json!({ "jti": "1" })), &good().text()[1..], &"x".repeat(9000)] {
        outcome(&robot, text).await.refused(400, "invalid_dpop_proof");
    }
    let twice = robot.token_request("client_credentials").proof(&good().text()).proof(&good().text());
    twice.send().await.refused(400, "invalid_dpop_proof");
}

/// The key in a proof's header.
fn other_jwk(proof: &Proof) -> Value {
    crate::world::unverified(&proof.text()).header["jwk"].clone()
}

#[tokio::test]
async fn spelling_and_clocks_are_forgiven() {
    let world = World::start().await;
    let robot = robot(&world).await;
    let prover = Prover::new();
    let now = world.now().timestamp();
    let good = || prover.proof(&world, "POST", TOKEN);
    for proof in [
        good().claim("htu", format!("{ISSUER}{TOKEN}?query=1#fragment")),
        good().claim("htu", format!("HTTPS://{}:443{TOKEN}", HOST.to_uppercase())),
        good().header("typ", "application/dpop+jwt"),
        good().claim("iat", now - 58),
        good().claim("iat", now + 10),
        good().claim("iat", now as f64 + 0.5),
        good().claim("exp", now + 5),
        good().claim("nonce", "nobody asked"),
        good().claim("ath", "nothing to compare it with"),
        good().claim("whatever", json!({ "is": "ignored" })),
    ] {
        outcome(&robot, &proof.text()).await.bound_tokens();
    }
}

#[tokio::test]
async fn every_advertised_algorithm_proves() {
    let world = World::start().await;
    let robot = robot(&world).await;
    let document = world.get("/.well-known/openid-configuration").await.json();
    let advertised = document["dpop_signing_alg_values_supported"].as_array().unwrap();
    assert!(advertised.contains(&json!("ES256")) && !advertised.contains(&json!("none")));
    assert!(!advertised.iter().any(|name| name.as_str().unwrap().starts_with("HS")), "asymmetric only (section 5.1)");
    for name in advertised {
        let prover = Prover::with(String::leak(name.as_str().unwrap().to_owned()));
        let tokens = robot.token_request("client_credentials").proved_by(&prover).send().await.bound_tokens();
        let claims = world.jwks().await.verify(&tokens.access).claims;
        assert_eq!(claims["cnf"], json!({ "jkt": prover.jkt() }), "{name}");
    }
}

#[tokio::test]
async fn section_11_1_a_proof_is_good_once() {
    let world = World::start().await;
    let robot = robot(&world).await;
    let prover = Prover::new();
    let proof = prover.proof(&world, "POST", TOKEN);
    outcome(&robot, &proof.text()).await.bound_tokens();
    outcome(&robot, &proof.text()).await.refused(400, "invalid_dpop_proof");
    // The same name in another proof of the same key is no new proof; another key's may be called the same.
    let renewed = proof.clone().claim("iat", world.now().timestamp() - 1);
    outcome(&robot, &renewed.text()).await.refused(400, "invalid_dpop_proof");
    let named = crate::world::unverified(&proof.text()).claims["jti"].clone();
    let others = Prover::new().proof(&world, "POST", TOKEN).claim("jti", named);
    outcome(&robot, &others.text()).await.bound_tokens();
    // One whose client is not believed is not used up.
    let proof = prover.proof(&world, "POST", TOKEN).text();
    let stranger = robot.token_request("client_credentials").basic(&robot.id, "wrong").proof(&proof);
    stranger.send().await.refused(401, "invalid_client");
    outcome(&robot, &proof).await.bound_tokens();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_uses_of_one_proof_have_one_winner() {
    let world = World::start().await;
    let robot = robot(&world).await;
    let nodes: Vec<_> = [Some(world.clone()), world.second_node().await].into_iter().flatten().collect();
    let proof = Prover::new().proof(&world, "POST", TOKEN).text();
    let send =
        |which: usize| robot.token_request("client_credentials").proof(&proof).at(&nodes[which % nodes.len()]).send();
    let answers: Vec<Answer> = together((0..50).map(send)).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 49));
    for answer in lost {
        answer.refused(400, "invalid_dpop_proof");
    }
}
