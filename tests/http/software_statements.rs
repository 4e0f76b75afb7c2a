//! Software statements (RFC 7591 §2.3): what an issuer that the operator registered says of software that registers itself.

use axum::http::Method;
use serde_json::{Value, json};
use signet::domain::issuers::{SubjectMapping, Use};

use crate::world::{Answer, ISSUER, Idp, Signer, World, changed};

const CALLBACK: &str = "https://shop.example.test/cb";

async fn start(used: Use) -> (World, Idp) {
    let world = World::start().await;
    let directory = world.idp(&[used], SubjectMapping::Service, "").await;
    (world, directory)
}

fn said(directory: &Idp) -> Value {
    json!({ "iss": directory.issuer, "software_id": "4NRB1", "client_name": "Shop", "redirect_uris": [CALLBACK] })
}

async fn register(world: &World, statement: impl Into<Value>) -> Answer {
    let metadata = json!({
        "client_name": "Bank", "redirect_uris": ["https://elsewhere.example.test/cb"], "software_version": "2.1",
        "software_statement": statement.into(),
    });
    world.post_json("/oauth2/register", &metadata).await
}

#[tokio::test]
async fn section_2_3_the_statement_wins_and_is_repeated() {
    let (world, directory) = start(Use::SoftwareStatement).await;
    let statement = directory.signer.sign(&said(&directory));
    let client = register(&world, statement.clone()).await.expect(201).json();
    assert_eq!((&client["client_name"], &client["software_id"]), (&json!("Shop"), &json!("4NRB1")));
    assert_eq!((&client["redirect_uris"], &client["software_version"]), (&json!([CALLBACK]), &json!("2.1")));
    assert_eq!(client["software_statement"], statement, "unmodified (section 3.2.1)");
    assert!(client.get("iss").is_none());
    // What it says of itself as a JWT is no metadata, and it may last.
    let now = world.now().timestamp();
    let lasting =
        changed(said(&directory), &json!({ "aud": ISSUER, "exp": now + 86_400 * 365, "iat": now, "sub": "x" }));
    register(&world, directory.signer.sign(&lasting)).await.expect(201);
}

#[tokio::test]
async fn section_3_2_2_a_statement_that_is_not_good_is_refused() {
    let (world, directory) = start(Use::SoftwareStatement).await;
    let before = world.snapshot().await;
    let sign = |changes: Value| directory.signer.sign(&changed(said(&directory), &changes));
    let past = world.now().timestamp() - 60;
    for bad in [
        json!(7),
        json!({}),
        json!("a.b.c"),
        json!(sign(json!({ "iss": null }))),
        json!(sign(json!({ "exp": past }))),
        json!(sign(json!({ "nbf": past + 3600 }))),
        json!(sign(json!({ "aud": "https://elsewhere.test" }))),
        json!(Signer::new("ES256").sign(&said(&directory))),
    ] {
        register(&world, bad.clone()).await.refused(400, "invalid_software_statement");
    }
    let stranger = sign(json!({ "iss": "https://stranger.example.test" }));
    register(&world, stranger).await.refused(400, "unapproved_software_statement");
    // What it says is judged like anything else.
    let script = sign(json!({ "logo_uri": "javascript:alert(1)" }));
    register(&world, script).await.refused(400, "invalid_client_metadata");
    assert_eq!(world.snapshot().await, before, "nothing was registered");
}

#[tokio::test]
async fn an_issuer_of_something_else_says_nothing_about_software() {
    let (world, directory) = start(Use::JwtBearer).await;
    let statement = directory.signer.sign(&said(&directory));
    register(&world, statement).await.refused(400, "unapproved_software_statement");
}

#[tokio::test]
async fn rfc7592_2_2_an_update_is_held_to_its_statement() {
    let (world, directory) = start(Use::SoftwareStatement).await;
    let statement = directory.signer.sign(&said(&directory));
    let client = register(&world, statement.clone()).await.expect(201).json();
    let path = client["registration_client_uri"].as_str().unwrap().strip_prefix(ISSUER).unwrap().to_owned();
    let update = json!({ "client_id": client["client_id"], "client_name": "Bank", "software_statement": statement });
    let token = client["registration_access_token"].as_str().unwrap();
    let updated = world.call(Method::PUT, &path).bearer(token).json(&update).send().await.expect(200).json();
    assert_eq!((&updated["client_name"], &updated["software_statement"]), (&json!("Shop"), &json!(statement)));
}
