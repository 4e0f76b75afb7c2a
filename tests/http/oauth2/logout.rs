//! `/oauth2/logout` (OpenID Connect RP-Initiated Logout 1.0 §2, §3).

use chrono::TimeDelta;

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

async fn is_signed_in(browser: &mut Browser, person: &Person) -> bool {
    browser.open("/").await.page().text.contains(&person.email)
}

#[tokio::test]
async fn a_hint_of_this_very_session_needs_no_question() {
    let (world, alice, shop, mut browser, tokens) = start().await;
    let old = browser.cookies.value("__Host-signet_session").unwrap().to_owned();
    browser
        .arrive(&path(&[("id_token_hint", tokens.id()), ("post_logout_redirect_uri", BYE), ("state", "a b&c")]))
        .await;
    assert_eq!(browser.arrival().url.as_str(), BYE);
    assert_eq!(browser.arrival().parameters["state"], "a b&c");
    assert!(browser.cookies.value("__Host-signet_session").is_none());
    assert!(!is_signed_in(&mut browser, &alice).await);
    assert_eq!(world.count_facts("session.ended").await, 1);
    // The cookie is dead on the server, whoever kept it.
    browser.cookies.plant("__Host-signet_session", &old);
    assert!(!is_signed_in(&mut browser, &alice).await);
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn an_expired_hint_is_as_good() {
    let (world, _, _, mut browser, tokens) = start().await;
    world.advance(TimeDelta::hours(5));
    browser.arrive(&path(&[("id_token_hint", tokens.id())])).await;
    assert!(browser.page().text.contains("signed out"));
    assert_eq!(world.count_facts("session.ended").await, 1);
}

#[tokio::test]
async fn without_a_state_or_address_there_is_none() {
    let (_, _, _, mut browser, tokens) = start().await;
    browser.arrive(&path(&[("id_token_hint", tokens.id()), ("post_logout_redirect_uri", BYE)])).await;
    assert!(browser.arrival().parameters.is_empty());
    // Signed out already: nothing to ask, the way back is the same.
    browser.arrive(&path(&[("id_token_hint", tokens.id()), ("post_logout_redirect_uri", BYE)])).await;
    assert_eq!(browser.arrival().url.as_str(), BYE);
    browser.arrive("/oauth2/logout").await;
    assert!(browser.page().text.contains("signed out"));
}

#[tokio::test]
async fn without_a_hint_the_person_is_asked() {
    let (world, alice, shop, mut browser, _) = start().await;
    browser
        .arrive(&path(&[("client_id", &shop.id), ("post_logout_redirect_uri", BYE), ("state", "s")]))
        .await
        .is_at("/logout");
    assert!(browser.page().text.contains("Shop") && browser.page().text.contains(&alice.email));
    let mut stays = browser.clone();
    assert!(is_signed_in(&mut browser.clone(), &alice).await, "looking signs nobody out");
    stays.press("logout-cancel").await;
    assert!(stays.page().text.contains("still signed in"));
    assert!(is_signed_in(&mut stays, &alice).await);

    browser.arrive(&path(&[("client_id", &shop.id), ("post_logout_redirect_uri", BYE), ("state", "s")])).await;
    browser.press("logout-confirm").await;
    assert_eq!((browser.arrival().url.as_str(), browser.arrival().parameters["state"].as_str()), (BYE, "s"));
    assert_eq!(world.count_facts("session.ended").await, 1);
}

#[tokio::test]
async fn by_themselves_a_person_is_asked_too() {
    let (_, alice, _, mut browser, _) = start().await;
    browser.open("/oauth2/logout").await.is_at("/logout");
    browser.press("Sign out").await;
    assert!(browser.page().text.contains("signed out"));
    assert!(!is_signed_in(&mut browser, &alice).await);
}

#[tokio::test]
async fn a_hint_of_somebody_else_or_of_another_session_proves_nothing() {
    let (world, alice, shop, mut browser, _) = start().await;
    let bob = world.person("bob").verified().await;
    for other in [shop.tokens_of(&bob).await, shop.tokens_of(&alice).await] {
        browser.arrive(&path(&[("id_token_hint", other.id()), ("post_logout_redirect_uri", BYE)])).await;
        browser.is_at("/logout");
        assert!(is_signed_in(&mut browser, &alice).await);
    }
}

#[tokio::test]
async fn what_is_no_id_token_of_ours_is_refused() {
    let (_, alice, _, mut browser, tokens) = start().await;
    let forged = format!("{}A", tokens.id());
    for hint in ["nonsense", "eyJhbGciOiJub25lIn0.e30.", &tokens.access, tokens.refresh(), &forged] {
        let page = browser.arrive(&path(&[("id_token_hint", hint)])).await.is_at("/oauth2/logout");
        assert_eq!(page.status(), 400);
        assert!(page.text.contains("id_token_hint"), "{}", page.text);
    }
    assert!(is_signed_in(&mut browser, &alice).await);
}

#[tokio::test]
async fn the_way_back_is_a_registered_one_byte_for_byte() {
    let (world, alice, shop, mut browser, tokens) = start().await;
    world.client("other").create().await;
    for uri in [
        "https://evil.example.test/",
        "https://other.example.test/bye",
        "https://shop.example.test/bye/",
        "https://shop.example.test/bye?x=1",
        "https://shop.example.test/cb",
        "https://shop.example.test:443/bye",
        "//shop.example.test/bye",
    ] {
        let pairs =
            [("id_token_hint", tokens.id()), ("client_id", shop.id.as_str()), ("post_logout_redirect_uri", uri)];
        let page = browser.arrive(&path(&pairs)).await.is_at("/oauth2/logout");
        assert!(page.status() == 400 && page.text.contains("post_logout_redirect_uri"), "{uri}: {}", page.text);
    }
    // Without a client there is nobody whose address it could be.
    let page = browser.arrive(&path(&[("post_logout_redirect_uri", BYE)])).await.is_at("/oauth2/logout");
    assert!(page.status() == 400 && page.text.contains("post_logout_redirect_uri"));
    let unknown = path(&[("client_id", "nobody"), ("post_logout_redirect_uri", BYE)]);
    assert_eq!(browser.arrive(&unknown).await.page().status(), 400);
    assert!(is_signed_in(&mut browser, &alice).await, "a refused logout signs nobody out");
}

#[tokio::test]
async fn hint_and_client_have_to_agree() {
    let (world, alice, _, mut browser, tokens) = start().await;
    let other = world.client("other").create().await;
    let page = browser.arrive(&path(&[("id_token_hint", tokens.id()), ("client_id", &other.id)])).await.page();
    assert!(page.status() == 400 && page.text.contains("id_token_hint"), "{}", page.text);
    assert!(is_signed_in(&mut browser, &alice).await);
}

#[tokio::test]
async fn no_parameter_stands_twice() {
    let (_, alice, _, mut browser, tokens) = start().await;
    let pairs = [("id_token_hint", tokens.id()), ("post_logout_redirect_uri", BYE), ("post_logout_redirect_uri", BYE)];
    assert_eq!(browser.arrive(&path(&pairs)).await.page().status(), 400);
    assert!(is_signed_in(&mut browser, &alice).await);
}

#[tokio::test]
async fn it_can_be_posted() {
    let (_, alice, _, mut browser, tokens) = start().await;
    let pairs = [("id_token_hint", tokens.id()), ("post_logout_redirect_uri", BYE)];
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    browser.arrive_by_post("/oauth2/logout", &pairs).await;
    assert_eq!(browser.arrival().url.as_str(), BYE);
    assert!(!is_signed_in(&mut browser, &alice).await);
}

#[tokio::test]
async fn the_confirmation_is_this_browsers_own() {
    let (_, alice, shop, mut browser, _) = start().await;
    browser.arrive(&path(&[("client_id", &shop.id), ("post_logout_redirect_uri", BYE)])).await.is_at("/logout");
    let address = browser.page().address.clone();
    let mut other = alice.signed_in().await;
    assert_eq!(other.open(&address).await.page().status(), 410);
    let form = [("decision".to_owned(), "confirm".to_owned()), ("csrf".to_owned(), "x".to_owned())];
    assert_eq!(browser.clone().arrive_by_post("/logout", &form).await.page().status(), 403);
    assert!(is_signed_in(&mut browser, &alice).await);
}

#[tokio::test]
async fn other_sessions_of_the_person_go_on() {
    let (_, alice, _, mut browser, tokens) = start().await;
    let mut phone = alice.signed_in().await;
    browser.arrive(&path(&[("id_token_hint", tokens.id())])).await;
    assert!(is_signed_in(&mut phone, &alice).await);
}
