//! Forms that cannot be read, and bodies that are no form.

use axum::http::Method;
use serde_json::json;

use super::{FORMS, JSON, OAUTH};
use crate::world::{PASSWORD, World, with};

#[tokio::test]
async fn what_is_sent_as_another_type_is_not_read() {
    let world = World::start().await;
    let before = world.snapshot().await;
    let json = json!({ "email": "nora@example.test", "password": PASSWORD, "name": "Nora" }).to_string();
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json; charset=utf-16",
        "",
    ] {
        for path in JSON {
            let call = world.front_end().call(Method::POST, path).body(media, json.clone());
            let problem = call.send().await.problem(415, "unsupported_media_type");
            assert!(problem.detail().contains("application/json"));
        }
    }
    for path in FORMS {
        for media in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
            let answer = world.call(Method::POST, path).body(media, json.clone()).send().await;
            answer.error_page(415);
        }
    }
    for media in ["application/json", "text/plain"] {
        world
            .call(Method::POST, "/oauth2/token")
            .body(media, json.clone())
            .send()
            .await
            .refused(415, "invalid_request");
    }
    let twice = world.front_end().call(Method::POST, "register").header("content-type", "text/plain");
    twice.json(&json!({})).send().await.problem(415, "unsupported_media_type");
    let none = world.front_end().call(Method::POST, "register").send().await;
    none.problem(415, "unsupported_media_type");
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn forms_that_cannot_be_read_are_malformed() {
    let world = World::start().await;
    let before = world.snapshot().await;
    let many = "a=1&".repeat(300);
    let bodies: Vec<&[u8]> = vec![
        b"username=%",
        b"username=%4",
        b"username=%zz",
        b"username=%ff%fe",
        b"username=%C3",
        b"username=%00",
        b"user%00name=x",
        b"username=\xff",
        b"username=%ed%a0%80", // half of a surrogate pair
        b"username=%c0%af",    // an overlong slash
        many.as_bytes(),
    ];
    for body in bodies {
        for path in FORMS {
            let call = world.call(Method::POST, path).body("application/x-www-form-urlencoded", body.to_vec());
            call.send().await.error_page(400);
        }
        for path in OAUTH {
            let call = world.call(Method::POST, path).body("application/x-www-form-urlencoded", body.to_vec());
            call.send().await.refused(400, "invalid_request");
        }
    }
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn a_repeated_field_is_refused_by_name() {
    let world = World::start().await;
    let before = world.snapshot().await;
    let mut browser = world.browser();
    let forms = [
        ("/login", "username"),
        ("/login", "password"),
        ("/login", "csrf"),
        ("/register", "email"),
        ("/register", "password"),
        ("/register", "name"),
        ("/forgot-password", "email"),
        ("/verify-email", "code"),
        ("/verify-email", "email"),
    ];
    for (path, field) in forms {
        browser.open(path).await;
        let mut fields = with(&browser.fields(path), field, "one value");
        if field == "csrf" {
            fields = browser.fields(path);
        }
        fields.push((field.into(), "another value".into()));
        let page = browser.send(path, &fields).send().await.error_page(400);
        assert!(page.text.contains(field) && page.text.contains("repeated"), "{path} {field}: {}", page.text);
    }
    for path in ["/verify-email?token=a&token=b", "/reset-password?token=a&token=b", "/login?flow=a&flow=b"] {
        world.get(path).await.error_page(400);
    }
    assert_eq!(world.snapshot().await, before);
}
