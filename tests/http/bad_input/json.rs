//! JSON that cannot be read, or says something else than was asked.

use axum::http::Method;
use serde_json::json;

use super::JSON;
use crate::world::World;

#[tokio::test]
async fn json_that_cannot_be_read_is_malformed() {
    let world = World::start().await;
    let before = world.snapshot().await;
    let deep = format!("{{\"email\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "is not JSON"),
        (b"{".to_vec(), "is not JSON (line 1, column 1)"),
        (b"{\"email\":\"a@b.test\",}".to_vec(), "is not JSON"),
        (b"{'email':'a@b.test'}".to_vec(), "is not JSON"),
        (b"{\"email\":\"a@b.test\"} trailing".to_vec(), "is not JSON"),
        (b"{\"email\":\"\xff\xfe\"}".to_vec(), "is not JSON"),
        (b"{\"email\":\"\\ud800\"}".to_vec(), "is not JSON"),
        (b"\xef\xbb\xbf{}".to_vec(), "is not JSON"),
        (deep.into_bytes(), "is not JSON"),
        (b"[]".to_vec(), "has to be a JSON object"),
        (b"null".to_vec(), "has to be a JSON object"),
        (b"\"email\"".to_vec(), "has to be a JSON object"),
        (b"1e999".to_vec(), "is not JSON"),
        (b"{\"email\":\"a\\u0000@b.test\"}".to_vec(), "NUL"),
        (b"{\"em\\u0000ail\":\"a@b.test\"}".to_vec(), "NUL"),
        // Two readers of one document could see two requests.
        (b"{\"email\":\"a@b.test\",\"email\":\"c@d.test\"}".to_vec(), "twice"),
    ];
    for path in JSON {
        for (body, words) in &bodies {
            let call = world.front_end().call(Method::POST, path).body("application/json", body.clone());
            let problem = call.send().await.problem(400, "malformed");
            assert!(problem.detail().contains(words), "{path}: {words:?} is not in {}", problem.json);
        }
    }
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn json_of_wrong_types_names_every_field() {
    let world = World::start().await;
    let before = world.snapshot().await;
    for wrong in [json!(1), json!(true), json!([]), json!({}), json!(1.5), json!(["a"])] {
        let body = json!({ "email": wrong, "password": wrong, "name": wrong });
        world.front_end().post("register", body).await.problem(422, "invalid_input").at(&[
            ("email", "wrong_type"),
            ("password", "wrong_type"),
            ("name", "wrong_type"),
        ]);
        let body = json!({ "email": wrong, "token": wrong, "code": wrong });
        world.front_end().post("verify-email", body).await.problem(422, "invalid_input").at(&[
            ("token", "wrong_type"),
            ("email", "wrong_type"),
            ("code", "wrong_type"),
        ]);
    }
    let (front_end, _) = world.person("alice").verified().await.front_end().await;
    let body = json!({ "current_password": 1, "password": null, "end_other_sessions": "yes" });
    let refused = front_end.post("change-password", body).await.problem(422, "invalid_input");
    refused.at(&[("current_password", "wrong_type"), ("end_other_sessions", "wrong_type")]);
    assert_eq!(world.snapshot().await["outgoing_mail"], before["outgoing_mail"]);
}
