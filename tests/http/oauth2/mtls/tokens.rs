//! Access tokens that are bound to a certificate (RFC 8705 §3), and the refresh tokens of public clients (§4).

use axum::http::Method;
use serde_json::{Value, json};
use signet::{
    config::CertificateForm::Pem,
    domain::clients::{GrantType, TokenFormat},
};

use crate::world::{Client, Identity, Person, Prover, Tokens, World};

fn cnf(identity: &Identity) -> Value {
    json!({ "x5t#S256": identity.x5t() })
}

async fn code(alice: &Person, shop: &Client) -> String {
    let request = shop.request().scope("openid offline_access");
    alice.browser().authorize(&request).await.sign_in().await.consent_if_asked().await.code()
}

async fn tokens(alice: &Person, shop: &Client, identity: &Identity) -> Tokens {
    let code = code(alice, shop).await;
    shop.code_request(&code).call().with_certificate(identity).send().await.tokens()
}

#[tokio::test]
async fn journey_a_token_is_of_use_with_its_certificate_alone() {
    let (world, authority) = World::certified(Pem).await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").by_subject().certificate_bound().first_party().create().await;
    let (identity, other) = (authority.issues(world.wanted()), authority.issues(world.wanted()));
    let tokens = tokens(&alice, &shop, &identity).await;
    assert_eq!(world.jwks().await.verify(&tokens.access).claims["cnf"], cnf(&identity)); // §3.1
    let ask = |method: Method| world.call(method, "/oauth2/userinfo");
    ask(Method::GET).bearer(&tokens.access).with_certificate(&identity).send().await.expect(200);
    let form = [("access_token", tokens.access.as_str())];
    ask(Method::POST).form(&form).with_certificate(&identity).send().await.expect(200);
    // §3: 401 and invalid_token, without it or with another one.
    for refused in [
        ask(Method::GET).bearer(&tokens.access),
        ask(Method::GET).bearer(&tokens.access).with_certificate(&other),
        ask(Method::POST).form(&form),
        ask(Method::GET).bearer(&tokens.access).from("203.0.113.9").header("x-client-cert", &identity.escaped()),
    ] {
        let answer = refused.send().await.refused(401, "invalid_token");
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
    }
}

#[tokio::test]
async fn section_3_2_introspection_tells_of_the_certificate() {
    let (world, authority) = World::certified(Pem).await;
    let identity = authority.issues(world.wanted());
    for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
        let worker = world.client("worker").grants(&[GrantType::ClientCredentials]).scope("jobs").certificate_bound();
        let worker = worker.with(|create| create.metadata.access_token_format = format).create().await;
        let request = worker.token_request("client_credentials").call().with_certificate(&identity);
        let told = worker.finds_active(&request.send().await.tokens().access).await;
        assert_eq!((&told["cnf"], &told["token_type"]), (&cnf(&identity), &json!("Bearer")), "{format:?}");
    }
}

#[tokio::test]
async fn section_3_4_the_client_says_whether_its_tokens_are_bound() {
    let (world, authority) = World::certified(Pem).await;
    let alice = world.person("alice").verified().await;
    let identity = authority.issues(world.wanted());
    // A certificate that says who the client is binds nothing by itself.
    let plain = world.client("plain").by_subject().first_party().create().await;
    let free = tokens(&alice, &plain, &identity).await;
    assert!(world.jwks().await.verify(&free.access).claims.get("cnf").is_none());
    world.userinfo(&free.access).await.expect(200);
    // Where it is to bind, there has to be a good one, however the client authenticates; until then nothing is spent.
    let shop = world.client("shop").certificate_bound().first_party().create().await;
    let code = code(&alice, &shop).await;
    shop.code_request(&code).send().await.refused(400, "invalid_request");
    for bad in [world.wanted().lasting(-9, -1), world.wanted().lasting(60, 99), world.wanted().of_server()] {
        let bad = bad.self_signed();
        shop.code_request(&code).call().with_certificate(&bad).send().await.refused(400, "invalid_request");
    }
    // §4: whoever issued it.
    let own = world.wanted().self_signed();
    let first = shop.code_request(&code).call().with_certificate(&own).send().await.tokens();
    assert_eq!(world.jwks().await.verify(&first.access).claims["cnf"], cnf(&own));
    // A confidential client may change its certificate: the refresh token is bound to the client.
    shop.refresh_request(first.refresh()).send().await.refused(400, "invalid_request");
    let second = shop.refresh_request(first.refresh()).call().with_certificate(&identity).send().await.tokens();
    assert_eq!(world.jwks().await.verify(&second.access).claims["cnf"], cnf(&identity));
}

#[tokio::test]
async fn section_4_a_public_clients_refresh_token_needs_its_certificate() {
    let (world, _) = World::certified(Pem).await;
    let alice = world.person("alice").verified().await;
    let app = world.client("app").public().certificate_bound().first_party().create().await;
    let (mine, thief) = (world.wanted().self_signed(), world.wanted().self_signed());
    let first = tokens(&alice, &app, &mine).await;
    assert_eq!(world.jwks().await.verify(&first.access).claims["cnf"], cnf(&mine));
    let refresh = |token: &str, identity: &Identity| app.refresh_request(token).call().with_certificate(identity);
    app.refresh_request(first.refresh()).send().await.refused(400, "invalid_request");
    refresh(first.refresh(), &thief).send().await.refused(400, "invalid_grant");
    // The thief neither spent it nor ended the family.
    let second = refresh(first.refresh(), &mine).send().await.tokens();
    assert_eq!(world.jwks().await.verify(&second.access).claims["cnf"], cnf(&mine));
    assert!(world.families().await[0].revoked_at.is_none());
    // One that wants no such tokens is bound to no certificate that it happens to have.
    let free = world.client("free").public().first_party().create().await;
    let first = tokens(&alice, &free, &mine).await;
    refresh_of(&free, first.refresh()).await;
}

async fn refresh_of(client: &Client, token: &str) {
    client.refresh_request(token).send().await.tokens();
}

#[tokio::test]
async fn a_client_that_registered_both_ways_needs_both() {
    let (world, authority) = World::certified(Pem).await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").by_subject().certificate_bound().first_party();
    let shop = shop.with(|create| create.metadata.dpop_bound_access_tokens = true).create().await;
    let (identity, prover) = (authority.issues(world.wanted()), Prover::new());
    let code = code(&alice, &shop).await;
    shop.code_request(&code).call().with_certificate(&identity).send().await.refused(400, "invalid_dpop_proof");
    let request = shop.code_request(&code).proved_by(&prover).call().with_certificate(&identity);
    let tokens = request.send().await.bound_tokens();
    let both = json!({ "jkt": prover.jkt(), "x5t#S256": identity.x5t() });
    assert_eq!(world.jwks().await.verify(&tokens.access).claims["cnf"], both);
    let use_it = || {
        let proof = prover.proof(&world, "GET", "/oauth2/userinfo").of(&tokens.access).text();
        world.call(Method::GET, "/oauth2/userinfo").bound(&tokens.access, &proof)
    };
    use_it().send().await.refused(401, "invalid_token");
    use_it().with_certificate(&identity).send().await.expect(200);
    let bare = world.call(Method::GET, "/oauth2/userinfo").bearer(&tokens.access).with_certificate(&identity);
    bare.send().await.refused(401, "invalid_token");
}

#[tokio::test]
async fn an_exchanged_token_stays_bound() {
    let (world, authority) = World::certified(Pem).await;
    world.resource("orders", "orders:read").await;
    let alice = world.person("alice").verified().await;
    let (mine, gateways) = (authority.issues(world.wanted()), world.wanted().self_signed());
    let scope = "openid orders:read";
    let portal = world.client("portal").by_subject().certificate_bound().first_party().scope(scope).create().await;
    const ORDERS: &str = "https://orders.example.test";
    let request = portal.request().scope(scope).with("resource", ORDERS);
    let code = alice.browser().authorize(&request).await.sign_in().await.code();
    let subject = portal.code_request(&code).call().with_certificate(&mine).send().await.tokens();
    let rule = format!("audience={ORDERS},from={ORDERS}");
    let loose = world.client("loose").scope("orders:read").may_act(&[&rule]).create().await;
    let exchange = loose.exchange(&subject.access);
    exchange.clone().call().with_certificate(&gateways).send().await.refused(400, "invalid_request"); // it would be a bearer token
    let gateway = world.client("gateway").scope("orders:read").may_act(&[&rule]).certificate_bound().create().await;
    let exchanged =
        gateway.exchange(&subject.access).call().with_certificate(&gateways).send().await.expect(200).json();
    let claims = world.jwks().await.verify(exchanged["access_token"].as_str().unwrap()).claims;
    assert_eq!((&claims["cnf"], &claims["act"]["sub"]), (&cnf(&gateways), &json!(gateway.id)));
}
