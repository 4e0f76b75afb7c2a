//! Paths, queries, hosts, methods and headers that mean nothing here.

use axum::http::Method;
use serde_json::json;

use crate::world::{Answer, PASSWORD, World};

fn says(answer: &Answer, words: &str) {
    assert!(answer.text().contains(words), "{words:?} is not in {}", answer.text());
}

#[tokio::test]
async fn addresses_that_cannot_be_read_are_malformed() {
    let world = World::start().await;
    let (front_end, _) = world.person("alice").verified().await.front_end().await;
    let before = world.snapshot().await;
    for query in ["flow=%", "flow=%zz", "flow=%ff", "flow=%00", "token=%C3"] {
        for path in ["/login", "/register", "/verify-email", "/forgot-password", "/reset-password", "/", "/logout"] {
            let page = world.get(&format!("{path}?{query}")).await;
            // What a page does not read cannot hurt it.
            if page.status.as_u16() != 200 {
                page.error_page(400);
            }
        }
        world.get(&format!("/oauth2/authorize?{query}")).await.error_page(400);
        front_end.get(&format!("activity?{query}")).await.problem(400, "malformed");
    }
    // In the path itself.
    front_end.delete("sessions/%ff").await.problem(404, "not_found");
    front_end.delete("sessions/%00").await.problem(404, "not_found");
    front_end.delete("sessions/..%2f..%2fme").await.problem(404, "not_found");
    for path in
        ["/%", "/%ff", "/%00", "/login%00", "/login/", "//login", "/LOGIN", "/login/../register", "/.git/config"]
    {
        world.get(path).await.error_page(404);
    }
    world.get("/api/v1/auth/%ff").await.problem(404, "not_found");
    world.get("/api/v1/auth/login/").await.problem(404, "not_found");
    world.get("/oauth2/%ff").await.refused(404, "invalid_request");
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn addresses_that_are_too_long_are_not_read() {
    let world = World::start().await;
    let long = "a".repeat(16 * 1024);
    world.get(&format!("/login?flow={long}")).await.error_page(414);
    world.get(&format!("/{long}")).await.error_page(414);
    world.get(&format!("/api/v1/auth/me?{long}")).await.problem(414, "uri_too_long");
    world.get(&format!("/oauth2/jwks?{long}")).await.refused(414, "invalid_request");
    // An authorization request at the limit is one that can be judged.
    let fits = "a".repeat(16 * 1024 - "/oauth2/authorize?client_id=".len());
    world.get(&format!("/oauth2/authorize?client_id={fits}")).await.error_page(400);
}

#[tokio::test]
async fn another_host_is_misdirected_on_every_surface() {
    let world = World::start().await;
    let at = |path: &str, host: &str| world.call(Method::GET, path).without("host").header("host", host);
    for host in ["evil.test", "id.example.test.evil.test", "xid.example.test", "id.example.test@evil.test", "10.0.0.1"]
    {
        let page = at("/login", host).send().await;
        if page.status.as_u16() == 421 {
            let page = page.error_page(421);
            assert!(!page.answer.text().contains("evil.test"), "the page repeats what it was told");
            assert!(!page.answer.headers.contains_key("set-cookie"));
            at("/api/v1/auth/me", host).send().await.problem(421, "misdirected_request");
            at("/oauth2/jwks", host).send().await.refused(421, "invalid_request");
            at("/.well-known/openid-configuration", host).send().await.refused(421, "invalid_request");
            at("/test-info", host).send().await.problem(421, "misdirected_request");
            at("/static/signet.css", host).send().await.error_page(421);
        } else {
            page.error_page(400);
        }
    }
    for host in ["id.example.test", "ID.EXAMPLE.TEST", "id.example.test:443", "localhost:8001", "127.0.0.1"] {
        at("/login", host).send().await.page(200);
    }
    for host in ["", "a b", "[::1", "\u{e4}.test", "a/b"] {
        at("/login", host).send().await.error_page(400);
    }
    world.call(Method::GET, "/login").without("host").send().await.error_page(400);
    world.call(Method::GET, "/login").header("host", "id.example.test").send().await.error_page(400);
}

#[tokio::test]
async fn other_methods_are_named_in_the_answer() {
    let world = World::start().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE, Method::OPTIONS, Method::CONNECT] {
        let page = world.call(method.clone(), "/login").send().await.error_page(405);
        assert_eq!(page.answer.header("allow"), "GET, POST, HEAD", "{method}");
    }
    let odd = Method::from_bytes(b"BREW").unwrap();
    world.call(odd.clone(), "/login").send().await.error_page(405);
    let problem = world.call(odd, "/api/v1/auth/login").send().await.problem(405, "method_not_allowed");
    assert_eq!(problem.answer.header("allow"), "POST");
    says(&problem.answer, "This path takes POST.");
    world.call(Method::GET, "/api/v1/auth/login").send().await.problem(405, "method_not_allowed");
    world.call(Method::HEAD, "/api/v1/auth/login").send().await.expect(405);
    let headers = ["x-http-method-override", "x-method-override", "x-http-method"];
    for header in headers {
        let call = world.call(Method::POST, "/api/v1/auth/me").header(header, "GET");
        call.send().await.problem(405, "method_not_allowed");
    }
}

#[tokio::test]
async fn odd_headers_change_nothing() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let long = "x".repeat(8000);
    for agent in [long.as_str(), "\u{202e}evil", "a\tb", "", "<script>alert(1)</script>"] {
        let call = world.front_end().call(Method::POST, "login").header("user-agent", agent);
        let body = json!({ "email": alice.email, "password": PASSWORD });
        let tokens = call.json(&body).send().await.api_tokens();
        let listed = world.front_end().with(&tokens.access).get("sessions").await.expect(200).json();
        assert_eq!(listed["sessions"][0]["device"], "Unknown device", "{agent}");
    }
    for (name, value) in
        [("accept", "application/xml"), ("accept-language", "xx"), ("range", "bytes=0-1"), ("if-match", "x")]
    {
        world.call(Method::GET, "/login").header(name, value).send().await.page(200);
    }
}
