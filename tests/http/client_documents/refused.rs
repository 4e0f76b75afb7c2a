//! What is no document, or not one that counts here: told to the person, never sent on.

use serde_json::{Value, json};
use signet::config::{HostPattern, Setting};

use super::{REDIRECT, client, configured, document, published, world};
use crate::world::{Client, Site, World};

/// What the page says to somebody whom an application sent.
async fn told(world: &World, client: &Client) -> String {
    let mut browser = world.browser();
    browser.authorize(client).await;
    assert!(!browser.is_at_client(), "nobody is sent to an address that nothing vouches for");
    assert_eq!(browser.page().status(), 400, "{}", browser.page().text);
    browser.page().text.clone()
}

#[tokio::test]
async fn off_by_default_and_advertised_where_it_is_on() {
    let off = World::configured(crate::world::with_local_servers).await;
    let (site, notebook) = published(&off).await;
    assert!(told(&off, &notebook).await.contains("is not known here"));
    assert!(site.asked().is_empty());
    let advertised = async |world: &World| {
        let document = world.get("/.well-known/oauth-authorization-server").await.expect(200).json();
        document["client_id_metadata_document_supported"].clone()
    };
    assert_eq!(advertised(&off).await, false);
    assert_eq!(advertised(&world().await).await, true);
}

#[tokio::test]
async fn section_4_what_a_document_must_not_say() {
    let (world, site) = (world().await, Site::start().await);
    let before = world.count("client").await;
    for (changes, why) in [
        (json!({ "client_id": null }), "client_id is not the address"),
        (json!({ "client_id": site.url("/other") }), "client_id is not the address"),
        (json!({ "client_id": site.url("/client/") }), "client_id is not the address"),
        (json!({ "client_secret": "s".repeat(40) }), "client_secret must not stand"),
        (json!({ "client_secret_expires_at": 0 }), "client_secret must not stand"),
        (json!({ "token_endpoint_auth_method": "client_secret_basic" }), "token_endpoint_auth_method"),
        (json!({ "token_endpoint_auth_method": "client_secret_jwt" }), "token_endpoint_auth_method"),
        (json!({ "token_endpoint_auth_method": "private_key_jwt" }), "jwks"),
        (json!({ "jwks": { "keys": [{ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA" }] } }), "jwks"),
        (json!({ "redirect_uris": [] }), "redirect_uris"),
        (json!({ "redirect_uris": ["http://app.example.test/cb"] }), "redirect_uris"),
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), "redirect_uris"),
        (json!({ "client_uri": "javascript:alert(1)" }), "client_uri"),
    ] {
        site.publish("/client", &document(&site, "/client", &changes), "max-age=600");
        let text = told(&world, &client(&world, &site, "/client")).await;
        assert!(text.contains(why), "{changes}: {text}");
    }
    // Nothing of it was kept: a good document counts at once (§5.2).
    site.publish("/client", &document(&site, "/client", &json!({})), "max-age=600");
    world.browser().authorize(&client(&world, &site, "/client")).await.is_at("/login");
    assert_eq!(world.count("client").await, before);
}

#[tokio::test]
async fn section_5_what_is_no_document() {
    let (world, site) = (world().await, Site::start().await);
    const JSON: (&str, &str) = ("content-type", "application/json");
    let good = document(&site, "/client", &json!({})).to_string();
    let large = document(&site, "/client", &json!({ "more": "x".repeat(16 * 1024) })).to_string();
    for (status, headers, body, why) in [
        (404, vec![JSON], good.as_str(), "status 404"),
        (201, vec![JSON], good.as_str(), "status 201"),
        (200, vec![], good.as_str(), "application/json"),
        (200, vec![("content-type", "text/html")], good.as_str(), "application/json"),
        (200, vec![JSON], "[]", "JSON object"),
        (200, vec![JSON], "{", "JSON object"),
        (200, vec![JSON], large.as_str(), "too large"),
        (503, vec![JSON], good.as_str(), "at the moment"),
    ] {
        site.answer("/client", status, &headers, body);
        let text = told(&world, &client(&world, &site, "/client")).await;
        assert!(text.contains(why), "{why}: {text}");
    }
    site.answer("/client", 200, &[("content-type", "application/oauth-client+json; charset=utf-8")], &good);
    world.browser().authorize(&client(&world, &site, "/client")).await.is_at("/login");
}

#[tokio::test]
async fn section_5_redirects_are_not_followed() {
    let (world, site) = (world().await, Site::start().await);
    site.publish("/elsewhere", &document(&site, "/client", &json!({})), "max-age=600");
    for status in [301, 302, 303, 307, 308] {
        site.answer("/client", status, &[("location", "/elsewhere"), ("content-type", "application/json")], "{}");
        told(&world, &client(&world, &site, "/client")).await;
    }
    assert!(site.asked().iter().all(|path| path == "/client"));
}

#[tokio::test]
async fn section_4_2_answers_go_to_listed_addresses_only() {
    let world = world().await;
    let (_site, notebook) = published(&world).await;
    for foreign in ["https://evil.example.test/cb", "https://app.example.test/cb/", "https://app.example.test/cb?x=1"] {
        told(&world, &Client { redirect_uri: foreign.into(), ..notebook.clone() }).await;
    }
    assert_eq!(notebook.redirect_uri, REDIRECT);
}

#[tokio::test]
async fn section_8_6_nothing_inside_is_read() {
    let world = configured(|config| config.http.allow_private_targets = false).await;
    let (site, notebook) = published(&world).await;
    let inside =
        ["http://localhost/client", "https://127.0.0.1/client", "https://10.0.0.1/client", "https://[::1]/client"];
    for id in
        inside.into_iter().chain([notebook.id.as_str(), "https://169.254.169.254/latest", "https://id.example.test/c"])
    {
        told(&world, &Client { id: id.into(), ..notebook.clone() }).await;
        let form = Client { id: id.into(), ..notebook.clone() }.code_request("x");
        form.send().await.refused(401, "invalid_client");
    }
    assert!(site.asked().is_empty());
}

#[tokio::test]
async fn hosts_are_admitted_by_name_and_what_is_taken_back_ends() {
    let hosts = |text: &str| <Vec<HostPattern>>::parse(text).unwrap();
    let elsewhere = configured(|config| config.registration.client_id_document_hosts = hosts("*.example.test")).await;
    let (site, notebook) = published(&elsewhere).await;
    assert!(told(&elsewhere, &notebook).await.contains("not admitted"));
    assert!(site.asked().is_empty());

    let world = configured(|config| config.registration.client_id_document_hosts = hosts("127.0.0.1")).await;
    let alice = world.person("alice").verified().await;
    let (_site, notebook) = published(&world).await;
    let tokens = notebook.tokens_for(&alice, &notebook.request().scope(super::SCOPE)).await;
    world.userinfo(&tokens.access).await.expect(200);
    let denied = world.reconfigured(|config| config.registration.client_id_document_hosts_denied = hosts("127.0.0.1"));
    let off = world.reconfigured(|config| config.registration.client_id_documents = false);
    for after in [denied.await, off.await] {
        after.userinfo(&tokens.access).await.refused(401, "invalid_token");
        let late = notebook.at(&after);
        late.refresh_request(tokens.refresh()).send().await.refused(401, "invalid_client");
        told(&after, &late).await;
    }
    let value: Value = notebook.refresh_request(tokens.refresh()).send().await.expect(200).json();
    assert!(value["access_token"].is_string(), "where it is admitted still");
}
