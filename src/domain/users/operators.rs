//! What operators do with people, against a database.

use serde_json::Map;

use super::*;
use crate::{
    domain::testing::{PASSWORD, World},
    kernel::{Code, secret::Secret},
};

fn create(email: &str) -> CreateUser {
    CreateUser {
        email: email.into(),
        name: "Ada".into(),
        password: Some(Secret::new(PASSWORD)),
        password_hash: None,
        verified: true,
        admin: false,
        claims: Map::new(),
    }
}

#[tokio::test]
async fn a_created_person_is_found_by_id_and_by_any_spelling_and_can_sign_in() {
    let world = World::start().await;
    let ada = world.app.perform(world.operator(), create("Ada@example.test")).await.unwrap();
    let show = async |text: &str| world.app.perform(world.operator(), ShowUser { whom: Whom::from(text) }).await;
    assert_eq!(show(&ada.id.to_string()).await.unwrap(), ada);
    assert_eq!(show("ADA@EXAMPLE.TEST").await.unwrap(), ada);
    assert_eq!(show("bob@example.test").await.unwrap_err().refusal().unwrap().code, Code::NotFound);
    assert_eq!(world.ask(World::sign_in("ada@example.test", PASSWORD)).await.unwrap().user, ada);
}

#[tokio::test]
async fn one_address_is_one_person() {
    let world = World::start().await;
    world.app.perform(world.operator(), create("ada@example.test")).await.unwrap();
    let again = world.app.perform(world.operator(), create("ADA@example.test")).await.unwrap_err();
    assert_eq!(again.refusal().unwrap().code, Code::Conflict);
    assert_eq!(world.facts().await, ["user.created"]);
}

#[tokio::test]
async fn everything_wrong_is_said_at_once() {
    let world = World::start().await;
    let wrong = CreateUser {
        password: Some(Secret::new("short")),
        password_hash: Some("md5".into()),
        name: String::new(),
        ..create("ada")
    };
    let error = world.app.perform(world.operator(), wrong).await.unwrap_err();
    let fields: Vec<_> = error.refusal().unwrap().fields.iter().map(|field| (field.field, field.code)).collect();
    let expected = [
        ("email", "invalid"),
        ("name", "invalid"),
        ("password", "too_short"),
        ("password_hash", "unknown"),
        ("password_hash", "ambiguous"),
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn people_are_listed_page_by_page() {
    let world = World::start().await;
    let mut made = Vec::new();
    for name in ["a", "b", "c"] {
        made.push(world.app.perform(world.operator(), create(&format!("{name}@example.test"))).await.unwrap());
    }
    let page = async |after, limit| world.app.perform(world.operator(), ListUsers { after, limit }).await.unwrap();
    assert_eq!(page(None, 2).await, made[..2]);
    assert_eq!(page(Some(made[1].id), 2).await, made[2..]);
}

#[tokio::test]
async fn operators_only() {
    let world = World::start().await;
    let error = world.ask(create("ada@example.test")).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().code, Code::Forbidden);
}
