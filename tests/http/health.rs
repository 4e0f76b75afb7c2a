//! `/health`, `/health/live`, `/health/ready`: what monitors are told, and what everybody is told while a store is away.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use signet::config::{DatabaseUrl, RedisUrl, Setting, Span};

use crate::{
    redis_server::{self, RedisServer},
    world::{PASSWORD, Way, World},
};

#[tokio::test]
async fn a_healthy_service_says_so_part_by_part() {
    let world = World::start().await;
    for path in ["/health", "/health/ready"] {
        let answer = world.get(path).await.expect(200);
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
        let report = answer.json();
        assert_eq!((&report["status"], &report["version"]), (&json!("up"), &json!(env!("CARGO_PKG_VERSION"))));
        for part in ["database", "ephemeral", "keys", "mail"] {
            let check = &report["checks"][part];
            assert_eq!(check["state"], "up", "{part}");
            assert!(check["latency_ms"].as_f64().is_some_and(|ms| ms >= 0.0), "{part}");
        }
        assert_eq!(report["checks"]["keys"]["detail"], 2);
        assert_eq!(report["checks"]["mail"]["detail"]["pending"], 0);
    }
    assert_eq!(world.get("/health/live").await.expect(200).json(), json!({ "status": "up" }));
}

#[tokio::test]
async fn probes_come_by_address_and_need_no_name() {
    let world = World::start().await;
    for path in ["/health", "/health/live", "/health/ready"] {
        world.call(Method::GET, path).without("host").header("host", "10.0.0.7:8001").send().await.expect(200);
        world.call(Method::HEAD, path).without("host").send().await.expect(200);
        let refused = world.call(Method::POST, path).send().await.problem(405, "method_not_allowed");
        assert_eq!(refused.answer.header("allow"), "GET, HEAD");
    }
}

#[tokio::test]
async fn a_late_mail_queue_is_seen_and_stops_nothing() {
    let smtp = Setting::parse("smtp://127.0.0.1:9").unwrap();
    let world = World::configured(|config| config.smtp_url = Some(smtp)).await;
    world.front_end().register("nora@example.test", PASSWORD, "Nora").await.expect(202);
    world.advance(chrono::TimeDelta::minutes(16));
    let report = world.get("/health").await.expect(200).json();
    assert_eq!((&report["status"], &report["checks"]["mail"]["state"]), (&json!("late"), &json!("late")));
    assert_eq!(report["checks"]["mail"]["detail"]["pending"], 1);
    assert!(report["checks"]["mail"]["detail"]["oldest_pending_seconds"].as_u64().unwrap() >= 960);
}

/// Asserts that each surface says, in its shape, to come again.
async fn everything_is_away(world: &World) {
    for path in ["/", "/login", "/register", "/forgot-password", "/verify-email"] {
        let page = world.get(path).await.error_page(503);
        assert_eq!(page.answer.header("retry-after"), "2", "{path}");
        assert!(page.text.contains("We’ll be back in a moment") && page.text.contains("Try again in 2 seconds."));
    }
    let answer = world.front_end().login("alice@example.test", PASSWORD).await.problem(503, "server_error");
    assert_eq!(answer.answer.header("retry-after"), "2");
    assert!(!answer.json.to_string().contains("postgres") && answer.json.get("detail").is_none());
    let token = world.post("/oauth2/token", &[("grant_type", "refresh_token"), ("client_id", "x")]).await;
    assert_eq!(token.clone().expect(503).header("retry-after"), "2");
    assert_eq!(token.error(), "server_error");
    // What needs no store goes on.
    world.get("/health/live").await.expect(200);
    world.get("/robots.txt").await.expect(200);
    world.get("/nothing").await.error_page(404);
    let health = world.get("/health").await.expect(503);
    assert_eq!(health.header("retry-after"), "1");
    let report = health.json();
    assert_eq!((&report["status"], &report["checks"]["database"]["state"]), (&json!("down"), &json!("down")));
    assert!(report["checks"]["database"].get("detail").is_none());
}

#[tokio::test]
async fn a_service_that_has_not_seen_its_database_yet_says_to_come_again() {
    let nobody = format!("postgres://signet@127.0.0.1:{}/signet", redis_server::free_port());
    let url = DatabaseUrl::parse(&nobody).unwrap();
    let world = World::unprepared(move |config| {
        config.database_url = url;
        config.database.acquire_timeout = Span::secs(1);
    })
    .await;
    everything_is_away(&world).await;
}

#[tokio::test]
async fn a_database_that_comes_back_is_used_again() {
    let Some(mut way) = Way::to_postgres().await else { return };
    let world = World::along(&way).await;
    let alice = world.person("alice").verified().await;
    let (front_end, tokens) = alice.front_end().await;
    way.close();
    front_end.get("me").await.problem(503, "server_error");
    front_end.refresh(&tokens.refresh).await.problem(503, "server_error");
    world.afresh().get("/health").await.expect(503);
    way.open().await;
    recovered(&world).await;
    front_end.get("me").await.expect(200);
    front_end.refresh(&tokens.refresh).await.expect(200);
}

/// Waits until the service says that it is well again.
async fn recovered(world: &World) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while world.afresh().get("/health").await.status.as_u16() != 200 {
        assert!(tokio::time::Instant::now() < deadline, "it does not recover");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_database_that_goes_away_under_way_is_503_everywhere() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.signed_in().await;
    let (front_end, tokens) = alice.front_end().await;
    let shop = world.client("shop").create().await;
    world.app.db.close().await;
    assert!(world.app.db.ping().await.is_err());
    if !world.on_redis() {
        // A session cached in Redis is believed for a minute.
        assert_eq!(browser.open("/").await.page().answer.clone().error_page(503).answer.header("retry-after"), "2");
    }
    front_end.get("me").await.problem(503, "server_error");
    front_end.refresh(&tokens.refresh).await.problem(503, "server_error");
    // A sign-out that did not happen is not said to have happened.
    front_end.post("logout", json!({})).await.problem(503, "server_error");
    front_end.register("nora@example.test", PASSWORD, "Nora").await.problem(503, "server_error");
    front_end.forgot(&alice.email).await.problem(503, "server_error");
    world.get(&shop.request().path()).await.error_page(503);
    // Tokens can still be checked by others.
    world.get("/oauth2/jwks").await.expect(200);
    world.get("/.well-known/openid-configuration").await.expect(200);
    assert_eq!(world.get("/health").await.expect(503).json()["checks"]["database"]["state"], "down");
}

#[tokio::test]
async fn when_redis_is_away_throttles_fail_closed_and_all_recovers_with_it() {
    if !redis_server::is_installed() {
        return;
    }
    let port = redis_server::free_port();
    let url = RedisUrl::parse(&format!("redis://127.0.0.1:{port}")).unwrap();
    let world = World::configured(|config| {
        config.redis_url = Some(url);
        config.redis.timeout = Span::secs(1);
    })
    .await;
    // Nobody listens there yet.
    let report = world.get("/health").await.expect(503).json();
    assert_eq!(report["checks"]["ephemeral"]["state"], "down");
    assert_eq!(report["checks"]["database"]["state"], "up");
    let answer = world.front_end().login("alice@example.test", PASSWORD).await.problem(503, "server_error");
    assert_eq!(answer.answer.header("retry-after"), "2");
    world.front_end().register("nora@example.test", PASSWORD, "Nora").await.problem(503, "server_error");
    world.get("/oauth2/jwks").await.expect(200);
    assert_eq!(world.count("user").await, 0);

    let _redis = RedisServer::start_on(port, None, &[]);
    recovered(&world).await;
    world.person("alice").verified().await.front_end().await;
}
