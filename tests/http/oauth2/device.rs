//! `/oauth2/device_authorization` and the grant that goes with it (RFC 8628).

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::{
    config::Rate,
    domain::{
        clients::{AuthMethod, DeleteClient, GrantType},
        consents::WithdrawConsentOf,
        retention::DeleteExpired,
        users::Whom,
    },
};

use crate::world::{Answer, Client, ISSUER, World, together};

async fn tv(world: &World) -> Client {
    world.client("tv").device().create().await
}

#[tokio::test]
async fn journey_a_device_is_signed_in_elsewhere() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid email offline_access").await;
    // §3.2
    assert_eq!(begun.json["verification_uri"], format!("{ISSUER}/device"));
    let complete = format!("{ISSUER}/device?user_code={}", begun.user_code);
    assert_eq!(begun.json["verification_uri_complete"], complete);
    assert_eq!((&begun.json["expires_in"], &begun.json["interval"]), (&json!(600), &json!(5)));
    assert!(begun.device_code.starts_with("sgt_dc_") && begun.device_code.len() > 43, "256 random bits");
    // §6.1: no vowels, no digits, in groups.
    let letters = begun.user_code.replace('-', "");
    assert!(letters.len() == 8 && letters.bytes().all(|b| b"BCDFGHJKLMNPQRSTVWXZ".contains(&b)), "{letters}");
    tv.poll(&begun.device_code).send().await.refused(400, "authorization_pending"); // §3.5

    alice.browser().sign_in_device(&begun.user_code).await;
    let tokens = tv.poll(&begun.device_code).send().await.tokens();
    assert_eq!(tokens.scope, "email offline_access openid");
    let id = world.jwks().await.verify(tokens.id()).claims;
    assert_eq!((&id["sub"], &id["aud"]), (&json!(alice.sub()), &json!(tv.id)));
    assert!(id.get("nonce").is_none() && id["auth_time"].is_i64() && id["at_hash"].is_string());
    assert_eq!(tv.userinfo(&tokens.access).await.json()["email"], alice.email);
    let next = tv.refresh(tokens.refresh()).await;
    tv.userinfo(&next.access).await.expect(200);
    // Once: what was collected is gone, and stays good for whoever collected it.
    tv.poll(&begun.device_code).send().await.refused(400, "invalid_grant");
    tv.userinfo(&next.access).await.expect(200);

    let facts = world.facts().await;
    for fact in ["device.requested", "device.allowed", "authorization.granted"] {
        assert_eq!(facts.iter().filter(|name| *name == fact).count(), 1, "{fact}");
    }
    let activity = alice.activity().await;
    let allowed = activity.iter().find(|row| row.name == "device.allowed").unwrap();
    assert_eq!(allowed.details["scope"], "email offline_access openid");
    assert!(allowed.session_id.is_some() && allowed.client_id.is_some());
}

#[tokio::test]
async fn a_refusal_is_told() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    alice.signed_in().await.enter(&begun.user_code).await.press("device-deny").await.is_at("/device/refused");
    for _ in 0..2 {
        tv.poll(&begun.device_code).send().await.refused(400, "access_denied");
    }
    assert_eq!(world.count_facts("device.denied").await, 1);
    assert_eq!(world.count_facts("device.allowed").await, 0);
    assert!(world.families().await.is_empty());
}

#[tokio::test]
async fn impatience_is_told_and_makes_the_wait_longer() {
    let world = World::start().await;
    if world.on_redis() {
        return; // its clock cannot be turned; tests/ports holds both stores to it
    }
    let tv = tv(&world).await;
    let (begun, other) = (tv.begin_device("openid").await, tv.begin_device("openid").await);
    let poll = async |code: &str| tv.poll(code).send().await.expect(400).error();
    assert_eq!(poll(&begun.device_code).await, "authorization_pending");
    let answer = tv.poll(&begun.device_code).send().await.refused(400, "slow_down");
    assert!(answer.json()["error_description"].as_str().unwrap().contains("10 seconds"), "{}", answer.text());
    world.advance(TimeDelta::seconds(6)); // §3.5: for this and all subsequent requests
    assert_eq!(poll(&begun.device_code).await, "slow_down");
    world.advance(TimeDelta::seconds(15));
    assert_eq!(poll(&begun.device_code).await, "authorization_pending");
    world.advance(TimeDelta::seconds(12));
    assert_eq!(poll(&begun.device_code).await, "slow_down", "patience does not shorten it again");
    assert_eq!(poll(&other.device_code).await, "authorization_pending", "each device code by itself");
    // What was allowed is never late.
    let alice = world.person("alice").verified().await;
    alice.browser().sign_in_device(&begun.user_code).await;
    tv.poll(&begun.device_code).send().await.tokens();
}

#[tokio::test]
async fn a_code_that_nobody_answered_expires() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let (pending, allowed) = (tv.begin_device("openid").await, tv.begin_device("openid offline_access").await);
    alice.browser().sign_in_device(&allowed.user_code).await;
    let mut late = alice.signed_in().await;
    late.enter(&pending.user_code).await.is_at("/device/confirm");
    world.advance(TimeDelta::minutes(10));
    for begun in [&pending, &allowed] {
        tv.poll(&begun.device_code).send().await.refused(400, "expired_token");
    }
    late.press("device-allow").await;
    assert_eq!(late.page().status(), 410);
    late.enter(&pending.user_code).await.is_at("/device");
    assert_eq!(late.page().status(), 422);
    assert_eq!(world.count_facts("device.allowed").await, 1);
}

#[tokio::test]
async fn what_nobody_can_use_any_more_is_deleted() {
    let world = World::start().await;
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    world.advance(TimeDelta::minutes(65));
    assert_eq!(world.operator(DeleteExpired).await.unwrap().decoupled, 0);
    tv.poll(&begun.device_code).send().await.refused(400, "expired_token");
    world.advance(TimeDelta::minutes(6));
    assert_eq!(world.operator(DeleteExpired).await.unwrap().decoupled, 1);
    tv.poll(&begun.device_code).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn settings_say_how_long_and_how_often() {
    let world = World::configured(|config| {
        config.tokens.device_code_ttl = signet::config::Span::minutes(2);
        config.tokens.device_poll_interval = signet::config::Span::secs(7);
    })
    .await;
    let json = tv(&world).await.begin_device("openid").await.json;
    assert_eq!((&json["expires_in"], &json["interval"]), (&json!(120), &json!(7)));
}

#[tokio::test]
async fn a_device_code_is_its_own_clients() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let thief = world.client("thief").device().create().await;
    let begun = tv.begin_device("openid").await;
    thief.poll(&begun.device_code).send().await.refused(400, "invalid_grant");
    alice.browser().sign_in_device(&begun.user_code).await;
    thief.poll(&begun.device_code).send().await.refused(400, "invalid_grant");
    for unknown in ["", "x", &begun.user_code, &format!("{}A", begun.device_code)] {
        let error = if unknown.is_empty() { "invalid_request" } else { "invalid_grant" };
        tv.poll(unknown).send().await.refused(400, error);
    }
    tv.poll(&begun.device_code).again("device_code", "x").send().await.refused(400, "invalid_request");
    tv.poll(&begun.device_code).send().await.tokens();
}

#[tokio::test]
async fn clients_authenticate_and_are_registered_for_it() {
    let world = World::start().await;
    let ask = |client: &Client| client.device_authorization().with("scope", "openid");
    let to = "/oauth2/device_authorization";
    // §3.1: as at the token endpoint.
    for method in [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost] {
        let client = world.client("box").device().method(method).create().await;
        let begun = ask(&client).call_to(to).send().await.begun();
        let unproved = client.poll(&begun.device_code).authorization(None).without("client_secret");
        unproved.with("client_id", &client.id).send().await.refused(401, "invalid_client");
        client.poll(&begun.device_code).send().await.refused(400, "authorization_pending");
        let request = ask(&client).authorization(None).without("client_secret").with("client_id", &client.id);
        request.call_to(to).send().await.refused(401, "invalid_client");
    }
    let shop = world.client("shop").create().await;
    ask(&shop).call_to(to).send().await.refused(400, "unauthorized_client");
    shop.poll("x").send().await.refused(400, "unauthorized_client");
    let tv = tv(&world).await;
    ask(&tv).with("client_id", "nobody").call_to(to).send().await.refused(401, "invalid_client");
    ask(&tv).again("scope", "email").call_to(to).send().await.refused(400, "invalid_request");
    world.call(Method::GET, to).send().await.refused(405, "invalid_request");
}

#[tokio::test]
async fn the_scope_is_what_the_client_may_have() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = world.client("tv").device().scope("openid email").create().await;
    let ask = |scope: &'static str| tv.device_authorization().with("scope", scope);
    for (scope, error) in [("", "invalid_scope"), ("admin", "invalid_scope"), ("openid\"", "invalid_scope")] {
        ask(scope).call_to("/oauth2/device_authorization").send().await.refused(400, error);
    }
    let begun = tv.begin_device("openid profile offline_access").await;
    alice.browser().sign_in_device(&begun.user_code).await;
    assert_eq!(tv.poll(&begun.device_code).send().await.tokens().scope, "openid");

    // Without the grant that makes use of it, there is no access while the person is away; without openid, no ID token.
    let radio = world.client("radio").device().grants(&[GrantType::DeviceCode]).create().await;
    let begun = radio.begin_device("email offline_access").await;
    alice.browser().sign_in_device(&begun.user_code).await;
    let tokens = radio.poll(&begun.device_code).send().await.tokens();
    assert_eq!((tokens.scope.as_str(), tokens.refresh, tokens.id), ("email", None, None));
}

#[tokio::test]
async fn the_token_is_for_the_resources_that_were_named() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let orders = "https://orders.example.test";
    let args = ["resource", "create", "--uri", orders, "--name", "Orders", "--scope", "orders:read"];
    world.signet(&args, "").await.done();
    let tv = world.client("tv").device().scope("openid orders:read").create().await;
    let request = tv.device_authorization().with("scope", "openid orders:read");
    let refused = request.clone().with("resource", "https://unknown.example.test");
    refused.call_to("/oauth2/device_authorization").send().await.refused(400, "invalid_target");
    let begun = request.with("resource", orders).call_to("/oauth2/device_authorization").send().await.begun();
    alice.browser().sign_in_device(&begun.user_code).await;
    let wider = tv.poll(&begun.device_code).with("resource", "https://unknown.example.test");
    wider.send().await.refused(400, "invalid_target"); // RFC 8707 §2.2; nothing is used up by it
    let tokens = tv.poll(&begun.device_code).send().await.tokens();
    assert_eq!(world.jwks().await.verify(&tokens.access).claims["aud"], orders);
    assert_eq!(tokens.scope, "orders:read");
}

#[tokio::test]
async fn tokens_live_with_the_session_unless_they_are_for_while_the_person_is_away() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let sign_out = async |browser: &mut crate::world::Browser| {
        browser.open("/logout").await.press("logout-confirm").await;
    };
    // Signed out before the device came for them …
    for scope in ["openid", "openid offline_access"] {
        let begun = tv.begin_device(scope).await;
        let mut browser = alice.browser();
        browser.sign_in_device(&begun.user_code).await;
        sign_out(&mut browser).await;
        tv.poll(&begun.device_code).send().await.refused(400, "invalid_grant");
    }
    // … and after.
    let begun = tv.begin_device("openid").await;
    let mut browser = alice.browser();
    browser.sign_in_device(&begun.user_code).await;
    let tokens = tv.poll(&begun.device_code).send().await.tokens();
    sign_out(&mut browser).await;
    tv.userinfo(&tokens.access).await.refused(401, "invalid_token");
    tv.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn what_is_withdrawn_or_locked_before_it_is_collected_is_gone() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid offline_access").await;
    alice.browser().sign_in_device(&begun.user_code).await;
    withdraw(&world, &alice, &tv).await;
    tv.poll(&begun.device_code).send().await.refused(400, "invalid_grant");

    let begun = tv.begin_device("openid offline_access").await;
    alice.browser().sign_in_device(&begun.user_code).await;
    alice.lock().await;
    tv.poll(&begun.device_code).send().await.refused(400, "invalid_grant");
    alice.unlock().await;
    tv.poll(&begun.device_code).send().await.refused(400, "invalid_grant");

    // A new password ends what a thief allowed, also what is not collected yet.
    let begun = tv.begin_device("openid offline_access").await;
    alice.browser().sign_in_device(&begun.user_code).await;
    let front_end = world.front_end();
    front_end.forgot(&alice.email).await.expect(202);
    let link = world.mail("reset_password", &alice.email).await.link();
    let token = link.split_once("token=").unwrap().1.to_owned();
    front_end.reset(&token, crate::world::PASSWORD).await.expect(200);
    tv.poll(&begun.device_code).send().await.refused(400, "invalid_grant");

    let begun = tv.begin_device("openid offline_access").await;
    alice.browser().sign_in_device(&begun.user_code).await;
    let tokens = tv.poll(&begun.device_code).send().await.tokens();
    // It is listed among the applications, and withdrawing it ends its tokens.
    withdraw(&world, &alice, &tv).await;
    tv.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
}

async fn withdraw(world: &World, person: &crate::world::Person, client: &Client) {
    let withdraw = WithdrawConsentOf { whom: Whom::Id(person.id), client_id: client.id.clone() };
    world.operator(withdraw).await.unwrap();
}

#[tokio::test]
async fn a_deleted_client_takes_its_requests_along() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    let mut browser = alice.signed_in().await;
    browser.enter(&begun.user_code).await.is_at("/device/confirm");
    world.operator(DeleteClient { client_id: tv.id.clone() }).await.unwrap();
    browser.press("device-allow").await;
    assert_eq!(browser.page().status(), 410);
    tv.poll(&begun.device_code).send().await.refused(401, "invalid_client");
}

#[tokio::test]
async fn one_address_cannot_fill_the_table() {
    let rate = Rate::new(3, signet::config::Span::hours(1));
    let world = World::configured(|config| config.limits.device_authorizations_per_address = rate).await;
    let tv = tv(&world).await;
    for _ in 0..3 {
        tv.begin_device("openid").await;
    }
    let ask = || tv.device_authorization().with("scope", "openid").call_to("/oauth2/device_authorization");
    let answer = ask().send().await.refused(429, "temporarily_unavailable");
    assert!(!answer.header("retry-after").is_empty());
    ask().from("198.51.100.7").send().await.expect(200);
}

#[tokio::test]
async fn it_is_advertised() {
    let world = World::start().await;
    let document: Value = world.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(document["device_authorization_endpoint"], format!("{ISSUER}/oauth2/device_authorization")); // §4
    let grants = document["grant_types_supported"].as_array().unwrap();
    assert!(grants.contains(&json!("urn:ietf:params:oauth:grant-type:device_code")));
}

#[tokio::test]
async fn the_command_line_makes_such_a_client() {
    let world = World::start().await;
    let made = world.signet(&["client", "create", "--name", "TV", "--profile", "device"], "").await.done();
    assert_eq!(made["grant_types"], json!(["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]));
    assert_eq!((&made["token_endpoint_auth_method"], &made["application_type"]), (&json!("none"), &json!("native")));
    assert_eq!(made["redirect_uris"], json!([]));
    assert_eq!(made["scope"], "email offline_access openid profile");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_twenty_polls_after_the_approval_have_one_winner() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let nodes: Vec<World> = [Some(world.clone()), world.second_node().await].into_iter().flatten().collect();
    for _ in 0..3 {
        let begun = tv.begin_device("openid offline_access").await;
        alice.browser().sign_in_device(&begun.user_code).await;
        let poll = |which: usize| tv.poll(&begun.device_code).at(&nodes[which % nodes.len()]).send();
        let answers: Vec<Answer> = together((0..20).map(poll)).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 19));
        for answer in lost {
            answer.refused(400, "invalid_grant");
        }
        let tokens = won.into_iter().next().unwrap().tokens();
        tv.userinfo(&tokens.access).await.expect(200);
    }
    assert_eq!(world.families().await.len(), 3);
    assert_eq!(world.count_facts("authorization.granted").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_polls_at_once_before_the_approval_one_is_in_time() {
    let world = World::start().await;
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    let answers: Vec<Answer> = together((0..20).map(|_| tv.poll(&begun.device_code).send())).await;
    let pending = answers.iter().filter(|answer| answer.error() == "authorization_pending").count();
    let slow = answers.iter().filter(|answer| answer.error() == "slow_down").count();
    assert_eq!((pending, slow), (1, 19));
}
