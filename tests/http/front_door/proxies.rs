//! `Forwarded` (RFC 7239) and `X-Forwarded-*`: believed from trusted proxies only; the issuer never follows them.

use axum::http::{Method, header};
use serde_json::json;
use signet::config::{Network, Rate, Setting, Span};

use crate::world::{Answer, Call, HOST, ISSUER, PASSWORD, World};

const PROXY: &str = "10.0.0.1";
const STRANGER: &str = "203.0.113.9";

async fn behind_a_proxy() -> World {
    World::configured(|config| config.server.trusted_proxies = vec![Network::parse("10.0.0.0/8").unwrap()]).await
}

fn discovery(world: &World) -> Call {
    world.call(Method::GET, "/.well-known/openid-configuration")
}

/// The address that is written down for a sign-in with these headers.
async fn recorded(world: &World, peer: &str, headers: &[(&str, &str)]) -> String {
    let person = world.person(&format!("p{}", uuid::Uuid::new_v4().simple())).verified().await;
    let body = json!({ "email": person.email, "password": PASSWORD });
    let call = world.call(Method::POST, "/api/v1/auth/login").from(peer).json(&body);
    let call = headers.iter().fold(call, |call, (name, value)| call.header(*name, value));
    let tokens = call.send().await.expect(200).json();
    let sessions = world.call(Method::GET, "/api/v1/auth/sessions").bearer(tokens["access_token"].as_str().unwrap());
    let listed = sessions.send().await.expect(200).json();
    listed["sessions"][0]["address"].as_str().unwrap_or_else(|| panic!("{listed}")).to_owned()
}

#[tokio::test]
async fn the_address_of_a_session_is_the_clients_behind_a_trusted_proxy() {
    let world = behind_a_proxy().await;
    assert_eq!(recorded(&world, PROXY, &[("x-forwarded-for", "198.51.100.7")]).await, "198.51.100.7");
    assert_eq!(recorded(&world, PROXY, &[("forwarded", "for=\"[2001:db8::7]\"")]).await, "2001:db8::7");
    assert_eq!(
        recorded(&world, PROXY, &[("x-forwarded-for", "192.0.2.66, 198.51.100.7, 10.2.0.1")]).await,
        "198.51.100.7"
    );
}

#[tokio::test]
async fn nobody_else_chooses_an_address() {
    let world = behind_a_proxy().await;
    for name in ["x-forwarded-for", "forwarded"] {
        let value = if name == "forwarded" { "for=198.51.100.7" } else { "198.51.100.7" };
        assert_eq!(recorded(&world, STRANGER, &[(name, value)]).await, STRANGER);
    }
    let trusts_nobody = World::start().await;
    assert_eq!(recorded(&trusts_nobody, PROXY, &[("x-forwarded-for", "198.51.100.7")]).await, PROXY);
}

#[tokio::test]
async fn throttles_count_by_the_client_and_not_by_what_it_claims() {
    let world = World::configured(|config| {
        config.server.trusted_proxies = vec![Network::parse("10.0.0.0/8").unwrap()];
        config.limits.address_failures = Rate::new(3, Span::hours(1));
    })
    .await;
    let fail = async |client: &str, claimed: &str| -> Answer {
        let body = json!({ "email": "nobody@example.test", "password": "not the password" });
        let call = world.call(Method::POST, "/api/v1/auth/login").from(PROXY).json(&body);
        call.header("x-forwarded-for", &format!("{claimed}, {client}")).send().await
    };
    for n in 0..3 {
        assert_eq!(fail("198.51.100.7", &format!("192.0.2.{n}")).await.status, 401);
    }
    assert_eq!(fail("198.51.100.7", "192.0.2.99").await.status, 429);
    assert_eq!(fail("198.51.100.8", "198.51.100.7").await.status, 401, "its neighbor is not meant");
}

#[tokio::test]
async fn the_issuer_is_what_is_configured() {
    let world = behind_a_proxy().await;
    let headers = [
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "8080"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "for=198.51.100.7;proto=http"),
    ];
    let call = headers.iter().fold(discovery(&world).from(PROXY), |call, (name, value)| call.header(*name, value));
    let document = call.send().await.expect(200).json();
    assert_eq!(document, world.get("/.well-known/openid-configuration").await.json());
    assert_eq!(document["issuer"], ISSUER);
}

#[tokio::test]
async fn a_trusted_proxy_may_pass_the_host_in_a_header() {
    let world = behind_a_proxy().await;
    let asked = async |peer: &str, host: &str, header: Option<(&str, &str)>| {
        let call = discovery(&world).from(peer).without(header::HOST).header(header::HOST, host);
        let call = header.into_iter().fold(call, |call, (name, value)| call.header(name, value));
        call.send().await.status.as_u16()
    };
    let forwarded = format!("for=198.51.100.7;host={HOST}");
    assert_eq!(asked(PROXY, "signet.internal:8001", Some(("x-forwarded-host", HOST))).await, 200);
    assert_eq!(asked(PROXY, "signet.internal:8001", Some(("forwarded", &forwarded))).await, 200);
    assert_eq!(asked(PROXY, "signet.internal:8001", None).await, 421);
    assert_eq!(asked(PROXY, HOST, Some(("x-forwarded-host", "evil.test"))).await, 421);
    assert_eq!(asked(PROXY, HOST, Some(("x-forwarded-host", "a b"))).await, 400);
    // A stranger's word changes nothing, for better or worse.
    assert_eq!(asked(STRANGER, "evil.test", Some(("x-forwarded-host", HOST))).await, 421);
    assert_eq!(asked(STRANGER, HOST, Some(("x-forwarded-host", "evil.test"))).await, 200);
}
