//! What holds for every path that is served, whatever it does: methods, headers, caching and the shape of refusals. A new
//! endpoint is tested the day it is mounted.

use axum::http::{Method, StatusCode};
use signet::web::{Caching, Cors, Endpoint, Surface, every_endpoint};

use crate::world::{Answer, Page, World};

/// An address that the path's pattern takes.
fn address(endpoint: &Endpoint) -> String {
    let pieces = endpoint.path.split('/').map(|piece| if piece.starts_with('{') { "x" } else { piece });
    pieces.collect::<Vec<_>>().join("/")
}

/// Asserts that a refusal has the shape of its surface and says nothing about the inside.
#[track_caller]
fn has_the_shape_of(surface: Surface, answer: &Answer, what: &str) {
    let media = answer.header("content-type");
    match surface {
        Surface::OAuth => {
            assert_eq!(media, "application/json", "{what}");
            let json = answer.json();
            let known = |name: &String| ["error", "error_description", "error_uri"].contains(&name.as_str());
            assert!(json["error"].is_string() && json.as_object().unwrap().keys().all(known), "{what}: {json}");
        }
        Surface::Api | Surface::System => {
            assert_eq!(media, "application/problem+json", "{what}");
            let json = answer.json();
            assert_eq!(json["status"], answer.status.as_u16(), "{what}");
            assert!(json["type"].as_str().unwrap().starts_with("urn:signet:problem:"), "{what}");
            assert_eq!(json["instance"], answer.header("x-request-id"), "{what}");
        }
        Surface::Page => {
            assert_eq!(media, "text/html; charset=utf-8", "{what}");
            let page = Page::read("/", answer.clone());
            assert!(!page.heading.is_empty() && !page.title.is_empty(), "{what}");
        }
    }
    assert_eq!(answer.header("cache-control"), "no-store", "{what}: refusals are never kept");
}

/// Asserts the headers that every answer of a surface has.
#[track_caller]
fn is_dressed(surface: Surface, answer: &Answer, what: &str) {
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000; includeSubDomains", "{what}");
    assert!(answer.header("x-request-id").starts_with("req_"), "{what}");
    assert_eq!(answer.header("server"), "", "{what}");
    let policy = answer.header("content-security-policy");
    // One page is made to be framed (OpenID Connect Session Management 1.0 §4): it shows nothing.
    let framed = what == "/oauth2/check_session" && answer.status.is_success();
    let ancestors = if framed { "frame-ancestors *" } else { "frame-ancestors 'none'" };
    assert!(policy.starts_with("default-src 'none'") && policy.contains(ancestors), "{what}: {policy}");
    assert!(!policy.contains("unsafe-"), "{what}: {policy}");
    if surface == Surface::Page {
        assert!(policy.contains("base-uri 'none'") && policy.contains("form-action 'self'"), "{what}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{what}");
    } else {
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
        assert_eq!(answer.header("set-cookie"), "", "{what}: only pages know browsers");
    }
    if answer.status != StatusCode::NO_CONTENT && !answer.body.is_empty() {
        assert!(!answer.header("content-type").is_empty(), "{what}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_taken_is_405_with_the_list() {
    let world = World::start().await;
    for endpoint in every_endpoint() {
        let all =
            [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::TRACE];
        for method in all.into_iter().filter(|method| !endpoint.takes(method)) {
            let what = format!("{method} {}", endpoint.path);
            let answer = world.call(method, &address(endpoint)).send().await;
            assert_eq!(answer.status, 405, "{what}");
            assert_eq!(answer.header("allow"), endpoint.allow(), "{what}");
            has_the_shape_of(endpoint.surface, &answer, &what);
            is_dressed(endpoint.surface, &answer, &what);
        }
    }
}

#[tokio::test]
async fn every_answer_is_dressed_and_kept_as_its_endpoint_says() {
    let world = World::start().await;
    for endpoint in every_endpoint().filter(|endpoint| endpoint.takes(&Method::GET)) {
        let answer = world.get(&address(endpoint)).await;
        let what = endpoint.path;
        assert!(!answer.status.is_server_error(), "{what}: {answer:?}");
        is_dressed(endpoint.surface, &answer, what);
        let kept = answer.header("cache-control");
        match (answer.status.is_success(), endpoint.caching) {
            (true, Caching::Public(most)) => {
                // At most: JWKS and discovery are kept for less where keys follow each other faster.
                let seconds: Option<u32> = kept.strip_prefix("public, max-age=").and_then(|text| text.parse().ok());
                assert!(seconds.is_some_and(|seconds| (1..=most).contains(&seconds)), "{what}: {kept}");
            }
            (true, Caching::Immutable) => assert_eq!(kept, "public, max-age=31536000, immutable", "{what}"),
            _ => assert_eq!(kept, "no-store", "{what}"),
        }
        if answer.status.is_client_error() {
            has_the_shape_of(endpoint.surface, &answer, what);
        }
        if endpoint.cors == Cors::None {
            assert_eq!(answer.header("access-control-allow-origin"), "", "{what}");
        }
    }
}

#[tokio::test]
async fn head_says_what_get_would_say() {
    let world = World::start().await;
    for endpoint in every_endpoint().filter(|endpoint| endpoint.takes(&Method::GET)) {
        let (get, head) =
            (world.get(&address(endpoint)).await, world.call(Method::HEAD, &address(endpoint)).send().await);
        let what = endpoint.path;
        assert_eq!(get.status, head.status, "{what}");
        for name in ["content-type", "cache-control", "etag", "location", "www-authenticate"] {
            assert_eq!(get.header(name), head.header(name), "{what}: {name}");
        }
    }
}

#[tokio::test]
async fn bad_bodies_are_refused_in_the_shape_of_the_surface() {
    let world = World::start().await;
    for endpoint in every_endpoint().filter(|endpoint| endpoint.methods.contains(&Method::POST)) {
        let post = |media: &str, body: Vec<u8>| world.call(Method::POST, &address(endpoint)).body(media, body).send();
        let json = endpoint.surface == Surface::Api || endpoint.advertised_as == Some("registration_endpoint");
        let media = if json { "application/json" } else { "application/x-www-form-urlencoded" };
        for (media, body, statuses) in [
            ("text/plain", b"x".to_vec(), &[415][..]),
            ("multipart/form-data; boundary=x", b"--x--".to_vec(), &[415]),
            (media, b"%zz=\xff\0{\"".to_vec(), &[400]),
            (media, vec![b'a'; 300 * 1024], &[413]),
        ] {
            let what = format!("{} with {} bytes of {media}", endpoint.path, body.len());
            let answer = post(media, body).await;
            let status = answer.status.as_u16();
            // Who may not ask at all is told that first.
            assert!(statuses.contains(&status) || status == 401, "{what}: {status} {}", answer.text());
            has_the_shape_of(endpoint.surface, &answer, &what);
            is_dressed(endpoint.surface, &answer, &what);
        }
    }
}

#[tokio::test]
async fn a_damaged_query_is_never_our_fault() {
    let world = World::start().await;
    for endpoint in every_endpoint().filter(|endpoint| endpoint.takes(&Method::GET)) {
        for query in ["%", "x=%ff", "x=%00", "flow=&flow=", "flow=../../x", "token=%F0%9F%98%80", "x[]=1&x[]=2"] {
            let answer = world.get(&format!("{}?{query}", address(endpoint))).await;
            assert!(!answer.status.is_server_error(), "{}?{query}: {answer:?}", endpoint.path);
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_in_the_shape_of_its_neighbors() {
    let world = World::start().await;
    for (path, surface) in [
        ("/nothing", Surface::Page),
        ("/oauth2/nothing", Surface::OAuth),
        ("/.well-known/nothing", Surface::OAuth),
        ("/api/v1/nothing", Surface::Api),
        ("/health/nothing", Surface::System),
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = world.call(method, path).send().await;
            assert_eq!(answer.status, 404, "{path}");
            has_the_shape_of(surface, &answer, path);
            is_dressed(surface, &answer, path);
        }
    }
}

#[tokio::test]
async fn another_host_is_not_served() {
    let world = World::start().await;
    for endpoint in
        every_endpoint().filter(|endpoint| endpoint.takes(&Method::GET) && !endpoint.path.starts_with("/health"))
    {
        let call = |host: &str| world.call(Method::GET, &address(endpoint)).without("host").header("host", host).send();
        let answer = call("evil.example.test").await;
        assert_eq!(answer.status, 421, "{}", endpoint.path);
        assert!(!answer.text().contains("evil.example.test"), "{}", endpoint.path);
        has_the_shape_of(endpoint.surface, &answer, endpoint.path);
        assert_eq!(call("not a host").await.status, 400, "{}", endpoint.path);
        assert_ne!(call("ID.example.test:8443").await.status, 421, "{}", endpoint.path);
    }
    // Probes come by address.
    let answer = world.call(Method::GET, "/health").without("host").header("host", "10.0.0.7:8001").send().await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn what_a_caller_says_about_itself_is_not_believed() {
    let world = World::start().await;
    let call = world
        .call(Method::GET, "/.well-known/openid-configuration")
        .header("x-forwarded-host", "evil.example.test")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "host=evil.example.test;proto=http")
        .header("x-request-id", "req_mine");
    let answer = call.send().await.expect(200);
    assert!(!answer.text().contains("evil") && !answer.text().contains("http://"));
    assert_ne!(answer.header("x-request-id"), "req_mine");
}
