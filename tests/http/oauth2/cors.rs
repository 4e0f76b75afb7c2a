//! Who may read answers from other origins (the Fetch standard's CORS protocol; RFC 9700 §2.6).

use axum::http::Method;

use crate::world::{Answer, World};

const OURS: &str = "https://shop.example.test";
const FOREIGN: &str = "https://evil.example.test";
const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";

async fn preflight(world: &World, path: &str, origin: &str, method: &str) -> Answer {
    world
        .call(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization,content-type")
        .send()
        .await
}

#[tokio::test]
async fn scripts_of_the_client_may_use_token_and_userinfo() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let answer = preflight(&world, "/oauth2/token", OURS, "POST").await.expect(204);
    assert_eq!(answer.header("access-control-allow-origin"), OURS);
    assert!(answer.header("access-control-allow-methods").contains("POST"));
    let headers = answer.header("access-control-allow-headers").to_ascii_lowercase();
    assert!(headers.contains("authorization") && headers.contains("content-type"));
    assert!(answer.headers.get("access-control-allow-credentials").is_none());

    let code = alice.browser().authorize(&shop).await.sign_in().await.code();
    let refused = shop.code_request("x").origin(OURS).send().await.refused(400, "invalid_grant");
    assert_eq!(refused.header("access-control-allow-origin"), OURS, "errors can be read too");
    let answer = shop.code_request(&code).origin(OURS).send().await;
    assert_eq!(answer.header("access-control-allow-origin"), OURS);
    assert!(answer.header("vary").to_ascii_lowercase().contains("origin"));
    assert!(answer.headers.get("access-control-allow-credentials").is_none());
    let tokens = answer.tokens();

    preflight(&world, "/oauth2/userinfo", OURS, "GET").await.expect(204);
    let userinfo =
        |origin: &str| world.call(Method::GET, "/oauth2/userinfo").bearer(&tokens.access).header("origin", origin);
    assert_eq!(userinfo(OURS).send().await.expect(200).header("access-control-allow-origin"), OURS);
    let exposed = userinfo(OURS).send().await.header("access-control-expose-headers").to_ascii_lowercase();
    assert!(exposed.contains("www-authenticate"));
}

#[tokio::test]
async fn scripts_of_other_origins_read_nothing() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    world.client("evil").public().create().await;
    let tokens = shop.tokens_of(&alice).await;
    for origin in [
        FOREIGN,
        "null",
        "http://shop.example.test",
        "https://shop.example.test:8443",
        "https://shop.example.test.evil.test",
    ] {
        let answer = shop.refresh_request("x").origin(origin).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        assert!(answer.header("vary").to_ascii_lowercase().contains("origin"), "a cache must know");
        let call = world.call(Method::GET, "/oauth2/userinfo").bearer(&tokens.access).header("origin", origin);
        assert_eq!(call.send().await.header("access-control-allow-origin"), "", "{origin}");
    }
    let answer = world.call(Method::GET, "/oauth2/userinfo").bearer("nonsense").header("origin", OURS).send().await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn documents_may_be_read_by_all() {
    let world = World::start().await;
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/oauth2/jwks",
        PROTECTED_RESOURCE,
    ] {
        let answer = world.call(Method::GET, path).header("origin", FOREIGN).send().await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        preflight(&world, path, FOREIGN, "GET").await.expect(204);
    }
}

#[tokio::test]
async fn scripts_of_any_origin_may_register_a_client() {
    let world = World::start().await;
    let asked = world
        .call(Method::OPTIONS, "/oauth2/register")
        .header("origin", FOREIGN)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,mcp-protocol-version");
    let answer = asked.send().await.expect(204);
    let headers = answer.header("access-control-allow-headers");
    assert!(headers.contains("content-type") && headers.contains("mcp-protocol-version"), "{headers}");
    let metadata = serde_json::json!({ "redirect_uris": ["https://shop.example.test/cb"] });
    let call = world.call(Method::POST, "/oauth2/register").json(&metadata).header("origin", FOREIGN);
    let answer = call.send().await.expect(201);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.headers.get("access-control-allow-credentials").is_none());
    // Looking after a registration is for the one who holds its token, not for scripts.
    preflight(&world, "/oauth2/register/app_x", FOREIGN, "GET").await.expect(405);
}

#[tokio::test]
async fn pages_and_the_authorization_endpoint_may_not() {
    let world = World::start().await;
    for path in ["/oauth2/authorize", "/oauth2/logout", "/login", "/consent", "/"] {
        let answer = world.call(Method::GET, path).header("origin", OURS).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        preflight(&world, path, OURS, "GET").await.expect(405);
    }
}
