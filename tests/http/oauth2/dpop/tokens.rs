//! What a proof does to tokens (RFC 9449 §5, §6), and clients that need one (§5.2).

use serde_json::json;
use signet::domain::clients::{GrantType, TokenFormat};

use crate::{
    oauth2::estate::{Estate, ORDERS, from_orders},
    world::{Prover, World, at_hash},
};

#[tokio::test]
async fn journey_a_key_binds_the_access_token() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let prover = Prover::new();
    let code = alice.browser().authorize(&shop).await.sign_in().await.code();
    let tokens = shop.code_request(&code).proved_by(&prover).send().await.bound_tokens();
    let claims = world.jwks().await.verify(&tokens.access).claims;
    assert_eq!(claims["cnf"], json!({ "jkt": prover.jkt() }));
    assert_eq!(world.jwks().await.verify(tokens.id()).claims["at_hash"], at_hash(&tokens.access));
    // Without a proof it is what it was before: a bearer token that says nothing.
    let plain = shop.tokens_of(&alice).await;
    assert!(world.jwks().await.verify(&plain.access).claims.get("cnf").is_none());
}

#[tokio::test]
async fn section_6_introspection_tells_of_the_key() {
    let world = World::start().await;
    let grants = [GrantType::ClientCredentials];
    for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
        let robot = world.client("robot").grants(&grants).scope("jobs");
        let robot = robot.with(|create| create.metadata.access_token_format = format).create().await;
        let prover = Prover::new();
        let bound = robot.token_request("client_credentials").proved_by(&prover).send().await.bound_tokens();
        let told = robot.finds_active(&bound.access).await;
        assert_eq!(
            (&told["token_type"], &told["cnf"]),
            (&json!("DPoP"), &json!({ "jkt": prover.jkt() })),
            "{format:?}"
        );
        let plain = robot.token_request("client_credentials").send().await.tokens();
        let told = robot.finds_active(&plain.access).await;
        assert_eq!((&told["token_type"], told.get("cnf")), (&json!("Bearer"), None), "{format:?}");
    }
}

#[tokio::test]
async fn section_5_2_some_clients_need_a_proof() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop =
        world.client("shop").public().first_party().with(|create| create.metadata.dpop_bound_access_tokens = true);
    let shop = shop.create().await;
    let prover = Prover::new();
    let code = alice.browser().authorize(&shop.request().scope("openid offline_access")).await.sign_in().await.code();
    shop.code_request(&code).send().await.refused(400, "invalid_dpop_proof");
    let tokens = shop.code_request(&code).proved_by(&prover).send().await.bound_tokens(); // nothing was spent
    shop.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_dpop_proof");
    shop.refresh_request(tokens.refresh()).proved_by(&prover).send().await.bound_tokens();
    let worker = world.client("worker").grants(&[GrantType::ClientCredentials]).scope("jobs");
    let worker = worker.with(|create| create.metadata.dpop_bound_access_tokens = true).create().await;
    worker.token_request("client_credentials").send().await.refused(400, "invalid_dpop_proof");
    worker.token_request("client_credentials").proved_by(&prover).send().await.bound_tokens();
}

#[tokio::test]
async fn such_a_client_gets_no_token_through_the_browser() {
    let world = World::configured(|config| config.oauth.implicit_and_hybrid = true).await;
    let hybrid = world.client("shop").grants(&[GrantType::AuthorizationCode, GrantType::Implicit]).with(|create| {
        create.metadata.response_types = vec!["code token".into()];
        create.metadata.dpop_bound_access_tokens = true;
    });
    let Err(refused) = hybrid.try_create().await else { panic!("it was registered") };
    assert_eq!(refused.refusal().unwrap().fields[0].field, "dpop_bound_access_tokens");
}

#[tokio::test]
async fn a_replayed_code_still_revokes_what_was_bound() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let prover = Prover::new();
    let code = alice.browser().authorize(&shop).await.sign_in().await.code();
    let tokens = shop.code_request(&code).proved_by(&prover).send().await.bound_tokens();
    shop.code_request(&code).proved_by(&prover).send().await.refused(400, "invalid_grant");
    let proof = prover.proof(&world, "GET", "/oauth2/userinfo").of(&tokens.access).text();
    let call = world.call(axum::http::Method::GET, "/oauth2/userinfo").bound(&tokens.access, &proof);
    call.send().await.refused(401, "invalid_token");
}

#[tokio::test]
async fn an_exchanged_token_is_bound_to_the_key_of_whoever_exchanges_it() {
    let estate = Estate::start().await;
    let (portal, gateway) = (&estate.portal, estate.acting("gateway", &from_orders("")).await);
    let (prover, own) = (Prover::new(), Prover::new());
    let request = portal.request().scope("openid orders:read").with("resource", ORDERS);
    let code = estate.alice.browser().authorize(&request).await.sign_in().await.code();
    let subject = portal.code_request(&code).proved_by(&prover).send().await.bound_tokens();
    // Nobody has a bearer token made of one that is bound.
    gateway.exchange(&subject.access).send().await.refused(400, "invalid_request");
    let answer = gateway.exchange(&subject.access).proved_by(&own).send().await.expect(200).json();
    assert_eq!(answer["token_type"], "DPoP");
    let claims = estate.claims(answer["access_token"].as_str().unwrap()).await;
    assert_eq!((&claims["cnf"]["jkt"], &claims["act"]["sub"]), (&json!(own.jkt()), &json!(gateway.id)));
}
