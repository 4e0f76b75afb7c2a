//! `/oauth2/bc-authorize` and the grant that goes with it (OpenID CIBA Core 1.0).

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::json;
use signet::{
    config::{Rate, Span},
    domain::{
        clients::{AuthMethod, GrantType},
        retention::DeleteExpired,
    },
};

use crate::world::{Answer, Client, World, together};

pub async fn till(world: &World) -> Client {
    world.client("till").ciba().create().await
}

#[tokio::test]
async fn journey_a_person_elsewhere_is_asked() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let asked = till.ask(&alice, "openid email offline_access").await;
    // §7.3
    assert_eq!((&asked.json["expires_in"], &asked.json["interval"]), (&json!(300), &json!(5)));
    assert!(asked.auth_req_id.starts_with("sgt_ar_") && asked.auth_req_id.len() > 43, "256 random bits");
    assert!(asked.auth_req_id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "§7.3: the characters");
    till.collect(&asked).send().await.refused(400, "authorization_pending"); // §11

    alice.browser().allow_request().await;
    let tokens = till.collect(&asked).send().await.tokens();
    assert_eq!(tokens.scope, "email offline_access openid");
    let id = world.jwks().await.verify(tokens.id()).claims;
    assert_eq!((&id["sub"], &id["aud"]), (&json!(alice.sub()), &json!(till.id)));
    assert!(id.get("nonce").is_none() && id["auth_time"].is_i64() && id["at_hash"].is_string());
    assert!(id.get("urn:openid:params:jwt:claim:auth_req_id").is_none(), "§10.3.1: where tokens are pushed");
    assert_eq!(till.userinfo(&tokens.access).await.json()["email"], alice.email);
    let next = till.refresh(tokens.refresh()).await;
    // Once: what was collected is gone, and stays good for whoever collected it.
    till.collect(&asked).send().await.refused(400, "invalid_grant");
    till.userinfo(&next.access).await.expect(200);

    let activity = alice.activity().await;
    for fact in ["backchannel.requested", "backchannel.allowed", "authorization.granted"] {
        let rows: Vec<_> = activity.iter().filter(|row| row.name == fact).collect();
        assert_eq!(rows.len(), 1, "{fact}");
        assert_eq!(rows[0].details["scope"], "email offline_access openid", "{fact}");
        assert!(rows[0].client_id.is_some(), "{fact}");
    }
    assert!(!format!("{activity:?}").contains(&asked.auth_req_id));
}

#[tokio::test]
async fn section_4_discovery_says_so() {
    let world = World::start().await;
    let document = world.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(document["backchannel_authentication_endpoint"], "https://id.example.test/oauth2/bc-authorize");
    assert_eq!(document["backchannel_token_delivery_modes_supported"], json!(["poll", "ping"]));
    assert_eq!(document["backchannel_user_code_parameter_supported"], false);
    let grants = document["grant_types_supported"].as_array().unwrap();
    assert!(grants.contains(&json!("urn:openid:params:grant-type:ciba")));
    let algorithms = document["backchannel_authentication_request_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.contains(&json!("PS256")) && !algorithms.contains(&json!("none")));
}

#[tokio::test]
async fn a_refusal_is_told() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let asked = till.ask(&alice, "openid").await;
    alice.browser().look_at_request().await.press("ciba-deny").await.is_at("/account/requests/refused");
    for _ in 0..2 {
        till.collect(&asked).send().await.refused(400, "access_denied");
    }
    assert_eq!(world.count_facts("backchannel.denied").await, 1);
    assert_eq!(world.count_facts("backchannel.allowed").await, 0);
    assert!(world.families().await.is_empty());
}

#[tokio::test]
async fn impatience_is_told() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let (asked, other) = (till.ask(&alice, "openid").await, till.ask(&alice, "openid").await);
    till.collect(&asked).send().await.refused(400, "authorization_pending");
    let answer = till.collect(&asked).send().await.refused(400, "slow_down");
    assert!(answer.json()["error_description"].as_str().unwrap().contains("10 seconds"), "{}", answer.text());
    till.collect(&other).send().await.refused(400, "authorization_pending");
}

#[tokio::test]
async fn it_lives_as_long_as_was_asked_within_what_is_allowed() {
    let world = World::configured(|config| {
        config.tokens.backchannel_request_ttl = Span::minutes(2);
        config.tokens.backchannel_request_max_ttl = Span::minutes(10);
        config.tokens.backchannel_poll_interval = Span::secs(7);
    })
    .await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let json = till.ask(&alice, "openid").await.json;
    assert_eq!((&json["expires_in"], &json["interval"]), (&json!(120), &json!(7)));
    for (wished, given) in [("30", 30), ("600", 600), ("3600", 600)] {
        let asked = till.asking(&alice, "openid").with("requested_expiry", wished).ask().send().await.asked();
        assert_eq!(asked.json["expires_in"], given);
    }
    for bad in ["0", "-5", "soon"] {
        let request = till.asking(&alice, "openid").with("requested_expiry", bad);
        request.ask().send().await.refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn what_nobody_decided_or_collected_in_time_is_over() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let allowed = till.ask(&alice, "openid offline_access").await;
    alice.browser().allow_request().await;
    let pending = till.ask(&alice, "openid").await;
    let mut late = alice.signed_in().await;
    late.look_at_request().await;
    world.advance(TimeDelta::minutes(5));
    for asked in [&pending, &allowed] {
        till.collect(asked).send().await.refused(400, "expired_token");
    }
    late.press("ciba-allow").await;
    assert_eq!(late.page().status(), 410);
    assert_eq!(world.count_facts("backchannel.allowed").await, 1);
    world.advance(TimeDelta::minutes(66));
    assert_eq!(world.operator(DeleteExpired).await.unwrap().decoupled, 2);
    till.collect(&pending).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn clients_authenticate_and_are_registered_for_it() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    for method in [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost] {
        let client = world.client("desk").ciba().method(method).create().await;
        let asked = client.ask(&alice, "openid").await;
        let unproved = client.asking(&alice, "openid").authorization(None).without("client_secret");
        unproved.with("client_id", &client.id).ask().send().await.refused(401, "invalid_client");
        let unproved = client.collect(&asked).authorization(None).without("client_secret");
        unproved.with("client_id", &client.id).send().await.refused(401, "invalid_client");
    }
    let shop = world.client("shop").create().await;
    shop.asking(&alice, "openid").ask().send().await.refused(400, "unauthorized_client");
    let till = till(&world).await;
    let asked = till.ask(&alice, "openid").await;
    shop.collect(&asked).send().await.refused(400, "unauthorized_client");
    let thief = world.client("thief").ciba().create().await;
    thief.collect(&asked).send().await.refused(400, "invalid_grant");
    till.asking(&alice, "openid").again("scope", "email").ask().send().await.refused(400, "invalid_request");
    world.call(Method::GET, "/oauth2/bc-authorize").send().await.refused(405, "invalid_request");
    // What belongs to the other grant of the kind is nothing here.
    till.token_request(GrantType::Ciba.name()).send().await.refused(400, "invalid_request");
    let tv = world.client("tv").device().with(|create| create.auth_method = AuthMethod::ClientSecretBasic);
    let both = tv.grants(&[GrantType::DeviceCode, GrantType::Ciba]).ciba_too().create().await;
    let begun = both.begin_device("openid").await;
    let crossed = both.token_request(GrantType::Ciba.name()).with("auth_req_id", &begun.device_code);
    crossed.send().await.refused(400, "invalid_grant");
    let asked = both.ask(&alice, "openid").await;
    both.poll(&asked.auth_req_id).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn what_is_asked_has_to_be_sound() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = world.client("till").ciba().scope("openid email").create().await;
    let ask = |name: &'static str, value: &'static str| till.asking(&alice, "openid").with(name, value).ask().send();
    for (name, value, error) in [
        ("scope", "", "invalid_scope"),
        ("scope", "email", "invalid_scope"), // §7.1: openid has to be there
        ("scope", "admin", "invalid_scope"),
        ("user_code", "1234", "invalid_request"),
        ("authorization_details", "[]", "invalid_authorization_details"),
        ("binding_message", "two\nlines", "invalid_binding_message"),
        ("binding_message", "gnp.\u{202e}exe", "invalid_binding_message"),
        ("login_hint_token", "x", "invalid_request"), // §7.1: exactly one hint
        ("id_token_hint", "x", "invalid_request"),
        ("login_hint", "", "invalid_request"),
        ("login_hint", "nobody@example.test", "unknown_user_id"),
        ("resource", "https://unknown.example.test", "invalid_target"),
    ] {
        ask(name, value).await.refused(400, error);
    }
    let long = "x".repeat(101);
    let request = till.asking(&alice, "openid").with("binding_message", &long);
    request.ask().send().await.refused(400, "invalid_binding_message");
    assert_eq!(world.count_facts("backchannel.requested").await, 0);
    assert_eq!(world.count_mails("approval_wanted").await, 0);
    // What is voluntary is not held against it (§7.1).
    ask("acr_values", "urn:unknown").await.asked();
    let asked = ask("scope", "openid profile offline_access admin").await.asked();
    alice.allow_newest_request().await;
    let tokens = till.collect(&asked).send().await.tokens();
    assert_eq!(tokens.scope, "openid", "no more than the client may have");
}

#[tokio::test]
async fn the_token_is_for_the_resources_that_were_named() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let orders = "https://orders.example.test";
    let args = ["resource", "create", "--uri", orders, "--name", "Orders", "--scope", "orders:read"];
    world.signet(&args, "").await.done();
    let till = world.client("till").ciba().scope("openid orders:read").create().await;
    let request = till.asking(&alice, "openid orders:read").with("resource", orders);
    let asked = request.ask().send().await.asked();
    let mut browser = alice.browser();
    let page = browser.look_at_request().await.page();
    assert!(page.text.contains("Orders") && page.text.contains(orders), "{}", page.text);
    browser.press("ciba-allow").await;
    let wider = till.collect(&asked).with("resource", "https://unknown.example.test");
    wider.send().await.refused(400, "invalid_target"); // nothing is used up by it
    let tokens = till.collect(&asked).send().await.tokens();
    assert_eq!(world.jwks().await.verify(&tokens.access).claims["aud"], orders);
    // An API that is gone meanwhile takes what was asked for it along, and nothing else.
    till.asking(&alice, "openid orders:read").with("resource", orders).ask().send().await.asked();
    let plain = till.ask(&alice, "openid").await;
    world.signet(&["resource", "delete", orders], "").await.done();
    browser.allow_request().await;
    till.collect(&plain).send().await.tokens();
}

#[tokio::test]
async fn nobody_is_flooded() {
    let rate = Rate::new(3, Span::hours(1));
    let world = World::configured(|config| config.limits.backchannel_requests_per_person = rate).await;
    let (alice, bob) = (world.person("alice").verified().await, world.person("bob").verified().await);
    let (till, desk) = (till(&world).await, world.client("desk").ciba().create().await);
    till.ask(&alice, "openid").await;
    desk.ask(&alice, "openid").await;
    till.ask(&alice, "openid").await;
    for client in [&till, &desk] {
        let answer = client.asking(&alice, "openid").ask().send().await.refused(429, "temporarily_unavailable");
        assert!(!answer.header("retry-after").is_empty());
    }
    till.ask(&bob, "openid").await;
    assert_eq!(world.count_mails("approval_wanted").await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_twenty_questions_after_the_approval_have_one_winner() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let nodes: Vec<World> = [Some(world.clone()), world.second_node().await].into_iter().flatten().collect();
    for _ in 0..3 {
        let asked = till.ask(&alice, "openid offline_access").await;
        alice.browser().allow_request().await;
        let collect = |which: usize| till.collect(&asked).at(&nodes[which % nodes.len()]).send();
        let answers: Vec<Answer> = together((0..20).map(collect)).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 19));
        for answer in lost {
            answer.refused(400, "invalid_grant");
        }
        let tokens = won.into_iter().next().unwrap().tokens();
        till.userinfo(&tokens.access).await.expect(200);
    }
    assert_eq!(world.families().await.len(), 3);
}
