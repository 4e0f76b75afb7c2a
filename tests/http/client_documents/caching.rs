//! How long a document counts (§5.2), and what becomes of a client whose document changes or goes away (§8.4).

use chrono::TimeDelta;
use serde_json::json;

use super::{SCOPE, client, document, published, world};
use crate::world::{Site, World};

/// After how many seconds the document of this caching is read again, of those tried. Time goes on by itself, too: the first is early
/// enough for a machine that is busy.
async fn read_again(world: &World, caching: &str, seconds: &[i64]) -> Option<i64> {
    let site = Site::start().await;
    site.publish("/client", &document(&site, "/client", &json!({})), caching);
    let notebook = client(world, &site, "/client");
    world.browser().authorize(&notebook).await.is_at("/login");
    let mut before = 0;
    for after in seconds {
        world.advance(TimeDelta::seconds(after - before));
        before = *after;
        world.browser().authorize(&notebook).await.is_at("/login");
        if site.asked().len() > 1 {
            return Some(*after);
        }
    }
    None
}

#[tokio::test]
async fn section_5_2_as_its_server_says_between_five_minutes_and_a_day() {
    let world = world().await;
    assert_eq!(read_again(&world, "max-age=1000", &[900, 1000]).await, Some(1000));
    assert_eq!(read_again(&world, "no-store", &[200, 300]).await, Some(300));
    assert_eq!(read_again(&world, "max-age=0", &[200, 300]).await, Some(300));
    assert_eq!(read_again(&world, "max-age=31536000", &[86_000, 86_400]).await, Some(86_400));
    assert_eq!(read_again(&world, "public", &[3500, 3600]).await, Some(3600));
}

#[tokio::test]
async fn section_8_4_a_client_follows_its_document() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let (site, notebook) = published(&world).await;
    let tokens = notebook.tokens_for(&alice, &notebook.request().scope(SCOPE)).await;
    let moved = json!({ "client_name": "Notebook 2", "redirect_uris": ["https://new.example.test/cb"] });
    site.publish("/client", &document(&site, "/client", &moved), "max-age=600");
    // What was read counts until it is not fresh.
    world.browser().authorize(&notebook).await.is_at("/login");
    world.advance(TimeDelta::seconds(600));
    let next = notebook.refresh(tokens.refresh()).await;
    assert_eq!(world.count_facts("client.updated").await, 1);
    let mut browser = world.browser();
    browser.authorize(&notebook).await;
    assert_eq!(browser.page().status(), 400, "the old address is no longer its");
    let shown = world.signet(&["client", "show", &notebook.id], "").await.done();
    assert_eq!((&shown["client_name"], &shown["metadata_document"]), (&json!("Notebook 2"), &json!(true)));
    // Read again without a change, nothing is written but when.
    world.advance(TimeDelta::seconds(600));
    notebook.refresh(next.refresh()).await;
    assert_eq!((site.asked().len(), world.count_facts("client.updated").await), (3, 1));
}

#[tokio::test]
async fn a_document_that_is_gone_ends_the_refresh_tokens_of_its_client() {
    for (status, body) in [(404, ""), (410, ""), (200, "{}")] {
        let world = world().await;
        let alice = world.person("alice").verified().await;
        let (site, notebook) = published(&world).await;
        let tokens = notebook.tokens_for(&alice, &notebook.request().scope(SCOPE)).await;
        site.answer("/client", status, &[("content-type", "application/json")], body);
        world.advance(TimeDelta::seconds(500));
        let next = notebook.refresh(tokens.refresh()).await;
        world.advance(TimeDelta::seconds(100));
        notebook.refresh_request(next.refresh()).send().await.refused(401, "invalid_client");
        // Nothing was revoked: it may come back.
        site.publish("/client", &document(&site, "/client", &json!({})), "max-age=600");
        notebook.refresh(next.refresh()).await;
    }
}

#[tokio::test]
async fn while_its_server_is_away_the_last_document_counts_for_a_day() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let (site, notebook) = published(&world).await;
    let tokens = notebook.tokens_for(&alice, &notebook.request().scope(SCOPE)).await;
    site.put("/client", 503, "");
    world.advance(TimeDelta::hours(23));
    let next = notebook.refresh(tokens.refresh()).await;
    let next = notebook.refresh(next.refresh()).await;
    assert_eq!(site.asked().len(), 2, "it is not asked with every request");
    world.advance(TimeDelta::hours(1));
    notebook.refresh_request(next.refresh()).send().await.refused(401, "invalid_client");
    site.publish("/client", &document(&site, "/client", &json!({})), "max-age=600");
    notebook.refresh(next.refresh()).await;
}
