//! `/oauth2/token`: requests that no grant could mend, and what is not told (RFC 6749 §5.2, RFC 9110).

use axum::http::Method;
use signet::domain::clients::GrantType;

use crate::world::World;

#[tokio::test]
async fn the_grant_type_has_to_be_one_that_is_offered() {
    let world = World::start().await;
    let shop = world.client("shop").create().await;
    for grant in ["password", "implicit", "urn:ietf:params:oauth:grant-type:made-up", "AUTHORIZATION_CODE"] {
        shop.token_request(grant).send().await.refused(400, "unsupported_grant_type");
    }
    shop.token_request("x").without("grant_type").send().await.refused(400, "invalid_request");
    shop.token_request("").send().await.refused(400, "invalid_request");
}

#[tokio::test]
async fn the_client_has_to_be_registered_for_the_grant() {
    let world = World::start().await;
    let shop = world.client("shop").grants(&[GrantType::AuthorizationCode]).create().await;
    shop.token_request("client_credentials").send().await.refused(400, "unauthorized_client");
    shop.refresh_request("sgt_rt_x").send().await.refused(400, "unauthorized_client");
    let robot = world.client("robot").grants(&[GrantType::ClientCredentials]).create().await;
    robot.code_request("x").send().await.refused(400, "unauthorized_client");
}

#[tokio::test]
async fn no_parameter_stands_twice() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let code = alice.browser().authorize(&shop).await.sign_in().await.code();
    for name in ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "unknown"] {
        let request = shop.code_request(&code).again(name, "x").again(name, "x");
        request.send().await.refused(400, "invalid_request");
    }
    // None of these spent the code.
    shop.token(&code).await;
}

#[tokio::test]
async fn a_missing_parameter_is_named() {
    let world = World::start().await;
    let shop = world.client("shop").public().create().await;
    let answer = shop.code_request("x").without("code").send().await.refused(400, "invalid_request");
    assert!(answer.text().contains("code"));
    let answer = shop.token_request("refresh_token").send().await.refused(400, "invalid_request");
    assert!(answer.text().contains("refresh_token"));
    // Without a value is as good as without (RFC 6749 §3.2).
    shop.code_request("").send().await.refused(400, "invalid_request");
}

#[tokio::test]
async fn the_body_has_to_be_a_form() {
    let world = World::start().await;
    let json = serde_json::json!({"grant_type": "client_credentials"});
    world.post_json("/oauth2/token", &json).await.refused(415, "invalid_request");
    world.call(Method::POST, "/oauth2/token").send().await.refused(415, "invalid_request");
    let form =
        |body: &'static [u8]| world.call(Method::POST, "/oauth2/token").body("application/x-www-form-urlencoded", body);
    for body in [&b"grant_type=%zz"[..], b"grant_type=%ff", b"grant_type=a%00b", b"\xff=1"] {
        form(body).send().await.refused(400, "invalid_request");
    }
    let large = format!("grant_type={}", "x".repeat(70_000));
    world
        .call(Method::POST, "/oauth2/token")
        .body("application/x-www-form-urlencoded", large)
        .send()
        .await
        .refused(413, "invalid_request");
}

#[tokio::test]
async fn get_is_not_taken() {
    let world = World::start().await;
    let answer = world.get("/oauth2/token").await.refused(405, "invalid_request");
    assert!(answer.header("allow").contains("POST") && !answer.header("allow").contains("GET"));
}

#[tokio::test]
async fn other_parameters_are_ignored() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let code = alice.browser().authorize(&shop).await.sign_in().await.code();
    // `scope` does not widen a code (RFC 6749 §4.1.3 has no such parameter).
    let request = shop.code_request(&code).with("scope", "openid email").with("vendor", "1").with("username", "bob");
    assert_eq!(request.send().await.tokens().scope, "openid");
}

#[tokio::test]
async fn a_client_may_be_held_to_a_rate() {
    use signet::config::{Rate, Span};
    let world = World::configured(|config| {
        config.limits.token_requests_per_client = Rate::new(3, Span::minutes(1));
    })
    .await;
    let robot = world.client("robot").grants(&[GrantType::ClientCredentials]).create().await;
    let other = world.client("other").grants(&[GrantType::ClientCredentials]).create().await;
    for _ in 0..3 {
        robot.token_request("client_credentials").send().await.tokens();
    }
    let answer = robot.token_request("client_credentials").send().await.refused(429, "temporarily_unavailable");
    assert!(answer.header("retry-after").parse::<u64>().unwrap() <= 60);
    other.token_request("client_credentials").send().await.tokens();
}
