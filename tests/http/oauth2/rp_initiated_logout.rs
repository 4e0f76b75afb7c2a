//! The parameters of a logout request that are hints (OpenID Connect RP-Initiated Logout 1.0 §2).

use crate::world::{Browser, Client, Person, Tokens, World, query};

const BYE: &str = "https://shop.example.test/bye";

async fn start() -> (World, Person, Client, Browser, Tokens) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    let tokens = shop.token(&code).await;
    (world, alice, shop, browser, tokens)
}

fn path(pairs: &[(&str, &str)]) -> String {
    format!("/oauth2/logout?{}", query(pairs))
}

#[tokio::test]
async fn a_logout_hint_for_somebody_else_is_asked_about() {
    let (world, alice, _, browser, tokens) = start().await;
    let (email, sub) = (alice.email.to_uppercase(), alice.sub());
    let ask = async |hint: &str| {
        let mut browser = browser.clone();
        let pairs = [("id_token_hint", tokens.id()), ("logout_hint", hint), ("post_logout_redirect_uri", BYE)];
        browser.arrive(&path(&pairs)).await;
        !browser.is_at_client()
    };
    for other in ["bob@example.test", "nonsense", "usr_00000000000000000000000000000000"] {
        assert!(ask(other).await, "{other}");
    }
    assert_eq!(world.count_facts("session.ended").await, 0);
    assert!(!ask(&sub).await, "the subject that the client knows");
    // The session is over; the next one begins afresh.
    let (_, _, _, mut browser, tokens) = start().await;
    let pairs = [("id_token_hint", tokens.id()), ("logout_hint", email.as_str()), ("post_logout_redirect_uri", BYE)];
    assert!(browser.arrive(&path(&pairs)).await.is_at_client(), "the address, in any spelling");
}

#[tokio::test]
async fn a_logout_hint_proves_nothing() {
    let (_, alice, shop, mut browser, _) = start().await;
    let pairs = [("client_id", shop.id.as_str()), ("logout_hint", &alice.email)];
    browser.arrive(&path(&pairs)).await.is_at("/logout");
}

#[tokio::test]
async fn languages_are_a_wish() {
    let (_, _, _, mut browser, tokens) = start().await;
    let pairs = [("id_token_hint", tokens.id()), ("ui_locales", "de-AT de en"), ("unknown", "x")];
    assert!(browser.arrive(&path(&pairs)).await.page().text.contains("signed out"));
}

#[tokio::test]
async fn the_application_is_named_in_the_language_that_is_wished_for() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let german = ("client_name#de".to_owned(), "Laden".to_owned());
    let shop = world.client("shop").first_party().with(|create| create.metadata.localized.extend([german]));
    let shop = shop.create().await;
    for (locales, name) in [("de-AT en", "Laden"), ("fr", "Shop")] {
        let mut browser = alice.signed_in().await;
        browser.authorize(&shop).await.code();
        let pairs = [("client_id", shop.id.as_str()), ("ui_locales", locales), ("post_logout_redirect_uri", BYE)];
        let asked = browser.arrive(&path(&pairs)).await.is_at("/logout").text.clone();
        assert!(asked.contains(&format!("{name} asks to sign you out")), "{asked}");
    }
}

#[tokio::test]
async fn a_posted_request_is_the_same_request() {
    let (world, _, _, mut browser, tokens) = start().await;
    let pairs = [("id_token_hint", tokens.id()), ("post_logout_redirect_uri", BYE), ("state", "s")];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    browser.arrive_by_post("/oauth2/logout", &pairs).await;
    assert_eq!((browser.arrival().url.as_str(), browser.arrival().parameters["state"].as_str()), (BYE, "s"));
    assert_eq!(world.count_facts("session.ended").await, 1);
}

#[tokio::test]
async fn every_parameter_stands_once() {
    let (_, _, _, mut browser, tokens) = start().await;
    for name in ["logout_hint", "client_id", "state", "ui_locales"] {
        let pairs = [("id_token_hint", tokens.id()), (name, "a"), (name, "b")];
        assert_eq!(browser.arrive(&path(&pairs)).await.page().status(), 400, "{name}");
    }
}
