//! What is too large, too long, or no address.

use axum::http::Method;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn what_is_too_large_is_not_read() {
    let world = World::start().await;
    let before = world.snapshot().await;
    let json = |size: usize| format!("{{\"email\":\"{}\"}}", "a".repeat(size - 12));
    let send =
        |size: usize| world.front_end().call(Method::POST, "forgot-password").body("application/json", json(size));
    send(256 * 1024).send().await.problem(422, "invalid_input");
    for size in [256 * 1024 + 1, 20 * 1024 * 1024] {
        let problem = send(size).send().await.problem(413, "too_large");
        assert!(problem.detail().contains("262144 bytes"), "{}", problem.json);
        // Also where its length was not said before.
        send(size).without("content-length").send().await.problem(413, "too_large");
    }
    let mut browser = world.browser();
    browser.open("/forgot-password").await;
    let csrf = browser.fields("/forgot-password")[0].1.clone();
    let form = |size: usize| format!("csrf={csrf}&email={}", "a".repeat(size - 12 - csrf.len()));
    let send = |size: usize| {
        let call = browser.call(Method::POST, "/forgot-password");
        call.body("application/x-www-form-urlencoded", form(size))
    };
    send(64 * 1024).send().await.page(422);
    for size in [64 * 1024 + 1, 300 * 1024] {
        send(size).send().await.error_page(413);
        send(size).without("content-length").send().await.error_page(413);
    }
    let token = |size: usize| {
        world.call(Method::POST, "/oauth2/token").body("application/x-www-form-urlencoded", "a".repeat(size))
    };
    token(64 * 1024 + 1).send().await.refused(413, "invalid_request");
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn fields_that_are_too_long_are_said_at_their_field() {
    let world = World::start().await;
    let before = world.snapshot().await;
    let (long, front_end) = ("a".repeat(30_000), world.front_end());
    let email = format!("{long}@example.test");
    front_end
        .register(&email, PASSWORD, &long)
        .await
        .problem(422, "invalid_input")
        .at(&[("email", "invalid"), ("name", "invalid")]);
    front_end.login(&long, &long).await.problem(401, "wrong_credentials");
    front_end.login(&email, &"é".repeat(60_000)).await.problem(401, "wrong_credentials");
    front_end.verify_by_link(&long).await.problem(422, "proof_invalid");
    front_end.verify_by_code("nora@example.test", &long).await.problem(422, "invalid_input");
    // One character that normalization makes eighteen.
    front_end.register("nora@example.test", &"\u{fdfa}".repeat(1024), "Nora").await.problem(422, "invalid_input");
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn odd_addresses_are_no_addresses() {
    let world = World::start().await;
    let before = world.snapshot().await;
    let odd = [
        "",
        " ",
        "a",
        "@",
        "a@",
        "@b.test",
        "a@b@c.test",
        "a b@example.test",
        "a@exa mple.test",
        "a@-b.test",
        "a..b@c.test",
        ".a@c.test",
        "a@c..test",
        "a@[127.0.0.1]x",
        "\"a\"@c.test",
        "a<b>@c.test",
        "a,b@c.test",
        "a@c.test\r\nBcc: x@y.test",
        "a@c.test, x@y.test",
        "Nora <a@c.test>",
        "a\u{202e}b@c.test",
        "a\u{2028}@c.test",
        "mailto:a@c.test?cc=x",
        "a@c.test;x",
    ];
    for email in odd {
        let answer = world.front_end().forgot(email).await.problem(422, "invalid_input");
        answer.at(&[("email", "invalid")]);
    }
    assert_eq!(world.snapshot().await, before);
}
