//! Applications find out in the browser that the session changed (OpenID Connect Session Management 1.0).

use openssl::sha::sha256;

use crate::world::{Browser, Client, PASSWORD, Person, World};

const COOKIE: &str = "__Host-signet_state";

async fn start() -> (World, Person, Client, Browser) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let browser = alice.signed_in().await;
    (world, alice, shop, browser)
}

/// What the frame computes (§4.2): with the browser's cookie, for a page of this origin.
fn is_unchanged(browser: &Browser, client: &Client, origin: &str, session_state: &str) -> bool {
    let (digest, salt) = session_state.split_once('.').unwrap();
    let state = browser.cookies.value(COOKIE).unwrap_or_default();
    let bytes = sha256(format!("{} {origin} {state} {salt}", client.id).as_bytes());
    digest == bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
}

async fn session_state(browser: &mut Browser, client: &Client) -> String {
    browser.authorize(client).await;
    browser.arrival().parameters["session_state"].clone()
}

#[tokio::test]
async fn section_2_every_answer_tells_the_session_state() {
    let (_, _, shop, mut browser) = start().await;
    let state = session_state(&mut browser, &shop).await;
    assert!(!state.contains(' '));
    let origin = "https://shop.example.test";
    assert!(is_unchanged(&browser, &shop, origin, &state));
    assert!(!is_unchanged(&browser, &shop, "https://evil.example.test", &state));
    let again = session_state(&mut browser, &shop).await;
    assert_ne!(again, state, "salted");
    assert!(is_unchanged(&browser, &shop, origin, &again) && is_unchanged(&browser, &shop, origin, &state));

    browser.authorize(shop.request().with("response_mode", "form_post")).await;
    assert!(browser.page().field("session_state").is_some());
    browser.authorize(shop.request().with("prompt", "none").with("scope", "email")).await;
    if !browser.arrival().parameters.contains_key("code") {
        assert!(!browser.arrival().parameters.contains_key("session_state"), "an error says nothing of the session");
    }
}

#[tokio::test]
async fn the_state_changes_with_the_session() {
    let (world, _, shop, mut browser) = start().await;
    let origin = "https://shop.example.test";
    let state = session_state(&mut browser, &shop).await;
    // Proving oneself again is the same session.
    browser.authorize(shop.request().with("prompt", "login")).await.sign_in().await;
    assert!(is_unchanged(&browser, &shop, origin, &state));

    let bob = world.person("bob").verified().await;
    let mut bobs = browser.clone();
    bobs.authorize(shop.request().with("prompt", "login")).await;
    bobs.fill("E-mail address", &bob.email).fill("Password", PASSWORD).press("Sign in").await.code();
    assert!(!is_unchanged(&bobs, &shop, origin, &state), "somebody else");

    let (_, alice, shop, mut out) = start().await;
    let state = session_state(&mut out, &shop).await;
    out.open("/").await.press("Sign out").await;
    assert_eq!(out.cookies.value(COOKIE), None);
    assert!(!is_unchanged(&out, &shop, origin, &state), "signed out");
    out.authorize(shop.request().with("prompt", "none")).await;
    assert_eq!(out.error(), "login_required");
    assert!(!out.arrival().parameters.contains_key("session_state"));
    out.of(&alice).authorize(&shop).await.sign_in().await;
}

#[tokio::test]
async fn a_session_that_ended_elsewhere_is_noticed_at_the_next_visit() {
    let (_, alice, shop, mut browser) = start().await;
    let state = session_state(&mut browser, &shop).await;
    alice.signed_in().await.press("Sign out other devices").await;
    browser.open("/login").await;
    assert!(!is_unchanged(&browser, &shop, "https://shop.example.test", &state));
}

#[tokio::test]
async fn an_application_without_a_web_origin_is_told_nothing() {
    let (world, _, _, mut browser) = start().await;
    let app = world.client("app").native().first_party().redirects(&["com.example.app:/cb"]).create().await;
    browser.authorize(&app).await.consent_if_asked().await;
    assert!(!browser.arrival().parameters.contains_key("session_state"));
}

#[tokio::test]
async fn section_4_the_frame_may_be_framed_and_does_nothing_else() {
    let world = World::start().await;
    let document = world.get("/.well-known/openid-configuration").await.expect(200).json();
    let address =
        document["check_session_iframe"].as_str().unwrap().strip_prefix(crate::world::ISSUER).unwrap().to_owned();
    let frame = world.get(&address).await.expect(200);
    let policy = frame.header("content-security-policy");
    assert!(policy.contains("frame-ancestors *") && policy.contains("script-src 'self'"), "{policy}");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(frame.header("cross-origin-resource-policy"), "cross-origin");
    assert_eq!(frame.header("x-frame-options"), "");
    assert_eq!(frame.header("set-cookie"), "");
    let text = frame.text();
    assert!(text.contains(&format!("data-cookie=\"{COOKIE}\"")), "{text}");
    let script = text.split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    let script = world.get(script).await.expect(200);
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert!(script.text().contains("\"unchanged\"") && script.text().contains("\"changed\""));
}
