//! `/oauth2/authorize` for applications on the person's device (RFC 8252).

use crate::world::World;

#[tokio::test]
async fn the_system_chooses_the_loopback_port() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tool = world.client("tool").native().redirects(&["http://127.0.0.1/cb", "http://[::1]/cb"]).create().await;
    let mut browser = alice.signed_in().await;
    for uri in ["http://127.0.0.1:51004/cb", "http://127.0.0.1/cb", "http://[::1]:61023/cb"] {
        let request = tool.request().with("redirect_uri", uri);
        let code = browser.authorize(&request).await.consent().await.code();
        // RFC 6749 §4.1.3: the address of the request, port included.
        let mut moved = tool.code_request(&code).with("redirect_uri", "http://127.0.0.1:1/cb");
        if uri.contains("51004") {
            moved.clone().send().await.refused(400, "invalid_grant");
        } else {
            moved = moved.with("redirect_uri", uri);
            moved.send().await.tokens();
        }
    }
}

#[tokio::test]
async fn only_the_port_may_differ() {
    let world = World::start().await;
    let tool = world.client("tool").native().create().await;
    let web = world.client("web").public().redirects(&["http://127.0.0.1:3000/cb"]).create().await;
    let mut browser = world.browser();
    for uri in [
        "http://localhost:51004/cb",
        "http://127.0.0.2:51004/cb",
        "http://127.0.0.1:51004/other",
        "http://127.0.0.1:51004/cb?x=1",
        "https://127.0.0.1:51004/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:80@evil.example.test/cb",
        "http://127.0.0.1.evil.example.test/cb",
    ] {
        let page = browser.authorize(&tool.request().with("redirect_uri", uri)).await.is_at("/oauth2/authorize");
        assert!(page.status() == 400 && page.text.contains("redirect_uri"), "{uri}");
    }
    // A web client's port is its own.
    let moved = web.request().with("redirect_uri", "http://127.0.0.1:3001/cb");
    assert_eq!(browser.authorize(&moved).await.is_at("/oauth2/authorize").status(), 400);
    browser.authorize(&web).await.is_at("/login");
}

#[tokio::test]
async fn an_application_that_cannot_prove_itself_is_asked_about_every_time() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tool = world.client("tool").native().first_party().create().await;
    let phone = world.client("phone").native().redirects(&["com.example.phone:/cb"]).create().await;
    let mut browser = alice.signed_in().await;
    for client in [&tool, &phone] {
        for _ in 0..2 {
            browser.authorize(client).await.consent().await.code();
        }
        // RFC 8252 §8.6: another application may listen there; no page, no answer.
        browser.authorize(&client.request().with("prompt", "none")).await;
        assert_eq!(browser.error(), "consent_required");
    }
    // An https address belongs to the application: it is remembered.
    let claimed = world.client("claimed").native().redirects(&["https://app.example.test/cb"]).create().await;
    browser.authorize(&claimed).await.consent().await.code();
    browser.authorize(&claimed.request().with("prompt", "none")).await.code();
}
