//! `/test-info`: open in development, guarded in production.

use serde_json::json;
use signet::config::{Mode, SecretText};

use crate::world::{PASSWORD, World};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

async fn production(token: Option<&str>) -> World {
    World::configured(|config| {
        config.mode = Mode::Production;
        config.operator.token = token.map(SecretText::new);
    })
    .await
}

#[tokio::test]
async fn in_development_it_counts_people_sessions_and_requests_by_route() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    world.person("bob").unverified().await;
    alice.front_end().await;
    alice.signed_in().await;
    for _ in 0..3 {
        world.front_end().get("me").await.problem(401, "not_signed_in");
    }
    let answer = world.get("/test-info").await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let info = answer.json();
    assert_eq!((&info["users"], &info["verified_users"], &info["sessions"]), (&json!(2), &json!(1), &json!(2)));
    assert_eq!((&info["mode"], &info["version"]), (&json!("development"), &json!(env!("CARGO_PKG_VERSION"))));
    assert!(info["uptime_seconds"].is_u64() && info["server_errors"] == 0 && info["error_rate"] == 0.0);
    let routes = info["routes"].as_array().unwrap();
    let route = |name: &str| routes.iter().find(|route| route["route"] == name).unwrap().clone();
    let me = route("/api/v1/auth/me");
    assert_eq!((&me["requests"], &me["client_errors"], &me["server_errors"]), (&json!(3), &json!(3), &json!(0)));
    assert!(me["p50_ms"].as_f64().unwrap() > 0.0 && me["p99_ms"].as_f64() >= me["p50_ms"].as_f64());
    let login = route("/api/v1/auth/login");
    assert_eq!((&login["requests"], &login["client_errors"]), (&json!(1), &json!(0)));
    let all: u64 = routes.iter().map(|route| route["requests"].as_u64().unwrap()).sum();
    assert_eq!(info["requests"], all);
    let text = info.to_string();
    assert!(!text.contains("alice") && !text.contains(PASSWORD));
}

#[tokio::test]
async fn in_production_it_takes_the_operators_token_and_no_other() {
    let world = production(Some(TOKEN)).await;
    let refused = world.get("/test-info").await.problem(401, "not_signed_in");
    assert_eq!(refused.answer.header("www-authenticate"), "Bearer realm=\"id.example.test\"");
    let (_, tokens) = world.person("alice").verified().await.front_end().await;
    for token in [&TOKEN[1..], &TOKEN.to_uppercase(), "nonsense", &tokens.access] {
        let call = world.call(axum::http::Method::GET, "/test-info").bearer(token);
        let refused = call.send().await.problem(401, "invalid_token");
        assert!(refused.answer.header("www-authenticate").contains("error=\"invalid_token\""));
    }
    world.get(&format!("/test-info?token={TOKEN}&access_token={TOKEN}")).await.problem(401, "not_signed_in");
    let call = world.call(axum::http::Method::GET, "/test-info").bearer(TOKEN);
    assert_eq!(call.send().await.expect(200).json()["mode"], "production");
}

#[tokio::test]
async fn in_production_without_a_token_there_is_no_such_page() {
    let world = production(None).await;
    world.get("/test-info").await.problem(404, "not_found");
    world.call(axum::http::Method::GET, "/test-info").bearer(TOKEN).send().await.problem(404, "not_found");
}
