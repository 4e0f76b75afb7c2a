//! `/oauth2/register/{client_id}`: clients look after their registration (RFC 7592, OpenID Connect Registration §4).

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    client_registration::with,
    world::{Answer, World, together},
};

/// A client that registered itself.
struct Own {
    world: World,
    path: String,
    answer: Value,
}

impl Own {
    async fn registered(world: &World, more: &Value) -> Self {
        let least = json!({ "redirect_uris": ["https://shop.example.test/cb"], "client_name": "Shop" });
        let answer = world.post_json("/oauth2/register", &with(&least, more)).await.expect(201).json();
        let path = format!("/oauth2/register/{}", answer["client_id"].as_str().unwrap());
        Self { world: world.clone(), path, answer }
    }

    fn token(&self) -> &str {
        self.answer["registration_access_token"].as_str().unwrap()
    }

    async fn read(&self, token: &str) -> Answer {
        self.world.call(Method::GET, &self.path).bearer(token).send().await
    }

    async fn update(&self, token: &str, metadata: &Value) -> Answer {
        self.world.call(Method::PUT, &self.path).bearer(token).json(metadata).send().await
    }

    /// What it would send to leave everything as it is.
    fn metadata(&self) -> Value {
        let mut metadata = self.answer.as_object().unwrap().clone();
        let ours =
            ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];
        metadata.retain(|name, _| !ours.contains(&name.as_str()));
        metadata.into()
    }
}

#[tokio::test]
async fn rfc7592_2_1_the_registration_can_be_read() {
    let world = World::start().await;
    let own = Own::registered(&world, &json!({ "contacts": ["ops@shop.example.test"] })).await;
    let read = own.read(own.token()).await.expect(200);
    assert_eq!(read.header("cache-control"), "no-store");
    let read = read.json();
    for (name, value) in own.answer.as_object().unwrap() {
        // The secret is kept as a digest only, so it cannot be shown again.
        if !["client_secret", "client_secret_expires_at"].contains(&name.as_str()) {
            assert_eq!(&read[name], value, "{name}");
        }
    }
}

#[tokio::test]
async fn rfc7592_2_1_nobody_else_may_look() {
    let world = World::start().await;
    let own = Own::registered(&world, &json!({})).await;
    let other = Own::registered(&world, &json!({})).await;
    let operators = world.client("operators").create().await;
    for (path, token) in [
        (&own.path, "sgt_ra_wrong"),
        (&own.path, other.token()),
        (&format!("/oauth2/register/{}", operators.id), own.token()),
        (&"/oauth2/register/unknown".to_owned(), own.token()),
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let call = world.call(method.clone(), path).bearer(token);
            let call = if method == Method::PUT { call.json(&own.metadata()) } else { call };
            let answer = call.send().await.refused(401, "invalid_token");
            assert!(answer.header("www-authenticate").contains("invalid_token"));
        }
    }
    let silent = world.call(Method::GET, &own.path).send().await.refused(401, "invalid_token");
    assert!(silent.header("www-authenticate").starts_with("Bearer "));
    assert!(!silent.header("www-authenticate").contains("error"));
    // A token in the address is none.
    world.get(&format!("{}?access_token={}", own.path, own.token())).await.expect(401);
    own.read(own.token()).await.expect(200);
}

#[tokio::test]
async fn rfc7592_2_2_an_update_replaces_everything_and_the_token() {
    let world = World::start().await;
    let own = Own::registered(&world, &json!({ "contacts": ["ops@shop.example.test"], "default_max_age": 60 })).await;
    let mut metadata = own.metadata();
    metadata["redirect_uris"] = json!(["https://shop.example.test/new"]);
    metadata.as_object_mut().unwrap().remove("contacts");
    metadata["default_max_age"] = Value::Null;
    let updated = own.update(own.token(), &metadata).await.expect(200).json();
    assert_eq!(updated["redirect_uris"], json!(["https://shop.example.test/new"]));
    assert!(updated.get("contacts").is_none() && updated.get("default_max_age").is_none());
    assert_eq!(updated["client_id"], own.answer["client_id"]);
    assert_eq!(updated["client_id_issued_at"], own.answer["client_id_issued_at"]);
    assert!(updated.get("client_secret").is_none(), "the secret stays");

    let fresh = updated["registration_access_token"].as_str().unwrap();
    assert_ne!(fresh, own.token());
    own.read(own.token()).await.refused(401, "invalid_token");
    assert_eq!(own.read(fresh).await.expect(200).json()["redirect_uris"], json!(["https://shop.example.test/new"]));
}

#[tokio::test]
async fn rfc7592_2_2_what_an_update_must_not_say() {
    let world = World::start().await;
    let own = Own::registered(&world, &json!({})).await;
    for change in [
        json!({ "client_id": "another" }),
        json!({ "client_id": null }),
        json!({ "client_secret": "another" }),
        json!({ "registration_access_token": own.token() }),
        json!({ "registration_client_uri": "https://id.example.test/" }),
        json!({ "client_secret_expires_at": 0 }),
        json!({ "client_id_issued_at": 1 }),
        json!({ "token_endpoint_auth_method": "magic" }),
    ] {
        own.update(own.token(), &with(&own.metadata(), &change)).await.refused(400, "invalid_client_metadata");
    }
    let elsewhere = json!({ "redirect_uris": ["http://evil.test/"] });
    own.update(own.token(), &with(&own.metadata(), &elsewhere)).await.refused(400, "invalid_redirect_uri");
    // Nothing changed, and the token is as good as before.
    assert_eq!(own.read(own.token()).await.expect(200).json()["redirect_uris"], own.answer["redirect_uris"]);
}

#[tokio::test]
async fn rfc7592_2_2_of_parallel_updates_one_wins() {
    let world = World::start().await;
    let own = Own::registered(&world, &json!({})).await;
    let metadata = own.metadata();
    let update = || world.call(Method::PUT, &own.path).bearer(own.token()).json(&metadata).send();
    let answers = together((0..6).map(|_| update())).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[tokio::test]
async fn rfc7592_2_2_a_client_that_becomes_confidential_is_given_a_secret() {
    let world = World::start().await;
    let own = Own::registered(&world, &json!({ "token_endpoint_auth_method": "none" })).await;
    assert!(own.answer.get("client_secret").is_none());
    let becomes = json!({ "token_endpoint_auth_method": "client_secret_post" });
    let updated = own.update(own.token(), &with(&own.metadata(), &becomes)).await.expect(200).json();
    let (id, secret) = (updated["client_id"].as_str().unwrap(), updated["client_secret"].as_str().unwrap());
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", id), ("client_secret", secret)];
    world.post("/oauth2/token", &form).await.refused(400, "unauthorized_client");
    let wrong = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", id), ("client_secret", "x")];
    world.post("/oauth2/token", &wrong).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn rfc7592_2_3_a_deleted_client_is_gone_with_its_tokens() {
    let world = World::start().await;
    let own = Own::registered(&world, &json!({ "grant_types": ["client_credentials"], "scope": "openid" })).await;
    let delete = || world.call(Method::DELETE, &own.path).bearer(own.token()).send();
    let gone = delete().await.expect(204);
    assert!(gone.body.is_empty());
    own.read(own.token()).await.refused(401, "invalid_token");
    delete().await.refused(401, "invalid_token");
    let id = own.answer["client_id"].as_str().unwrap();
    let secret = own.answer["client_secret"].as_str().unwrap();
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    world.post("/oauth2/token", &form).await.refused(401, "invalid_client");
}
