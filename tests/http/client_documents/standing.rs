//! Clients that describe themselves, and the operator.

use chrono::TimeDelta;
use serde_json::json;
use signet::domain::clients::{DeleteClient, UpdateClient};

use super::{SCOPE, client, document, published, world};
use crate::world::Site;

#[tokio::test]
async fn section_7_2_what_the_operator_registered_is_not_read() {
    let world = world().await;
    let (site, notebook) = published(&world).await;
    let registered = world.client("mine").public().with(|create| create.client_id = Some(notebook.id.clone()));
    let registered = registered.create().await;
    world.browser().authorize(&registered).await.is_at("/login");
    let mut browser = world.browser();
    browser.authorize(&notebook).await;
    assert_eq!(browser.page().status(), 400, "the document's redirect URI does not count");
    assert!(site.asked().is_empty());
}

#[tokio::test]
async fn an_operator_takes_a_client_over_by_changing_it() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let (site, notebook) = published(&world).await;
    let tokens = notebook.tokens_for(&alice, &notebook.request().scope(SCOPE)).await;
    let changes = json!({ "client_name": "Our notebook" }).as_object().cloned().unwrap();
    world.operator(UpdateClient { client_id: notebook.id.clone(), changes }).await.unwrap();
    site.put("/client", 404, "");
    world.advance(TimeDelta::days(2));
    notebook.refresh(tokens.refresh()).await;
    assert_eq!(site.asked().len(), 1, "it is not read any more");
    let shown = world.signet(&["client", "show", &notebook.id], "").await.done();
    assert_eq!(shown["client_name"], "Our notebook");
    assert!(shown.get("metadata_document").is_none());
}

#[tokio::test]
async fn deleted_it_loses_everything_and_has_to_be_allowed_again() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let (_site, notebook) = published(&world).await;
    let tokens = notebook.tokens_for(&alice, &notebook.request().scope(SCOPE)).await;
    world.operator(DeleteClient { client_id: notebook.id.clone() }).await.unwrap();
    world.userinfo(&tokens.access).await.refused(401, "invalid_token");
    notebook.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
    let mut browser = alice.signed_in().await;
    browser.authorize(&notebook).await.is_at("/consent");
    notebook.token(&browser.consent().await.code()).await;
}

#[tokio::test]
async fn scopes_of_apis_are_for_the_operator_to_open() {
    let world = super::configured(|config| config.registration.client_scopes = vec!["mcp:tools".into()]).await;
    let tools = world.resource("tools", "mcp:tools mcp:admin").await;
    let payroll = world.resource("payroll", "payroll:read").await;
    let alice = world.person("alice").verified().await;
    let site = Site::start().await;
    let greedy = json!({ "scope": "openid mcp:tools mcp:admin payroll:read", "first_party": true });
    site.publish("/client", &document(&site, "/client", &greedy), "max-age=600");
    let notebook = client(&world, &site, "/client");
    let request = notebook.request().scope("mcp:tools mcp:admin payroll:read").with("resource", &tools.uri);
    let tokens = notebook.tokens_for(&alice, &request).await;
    let claims = world.jwks().await.verify(&tokens.access).claims;
    assert_eq!((&claims["scope"], &claims["aud"]), (&json!("mcp:tools"), &json!(tools.uri)));
    let mut browser = alice.signed_in().await;
    browser.authorize(&notebook.request().with("resource", &payroll.uri)).await;
    assert_eq!(browser.error(), "invalid_target");
}
