//! Clients hear through the browser that a session is over (OpenID Connect Front-Channel Logout 1.0).

use scraper::{Html, Selector};

use crate::world::{Browser, Client, ISSUER, PASSWORD, Page, Person, Tokens, World, query, unverified};

const BYE: &str = "https://shop.example.test/bye";

async fn listening(world: &World, name: &str, uri: &str) -> Client {
    let client = world.client(name).first_party().redirects(&[&uri.replace("/out", "/cb")]);
    let uri = uri.to_owned();
    client.with(|create| create.metadata.frontchannel_logout_uri = Some(uri)).create().await
}

async fn start() -> (World, Person, Client, Browser, Tokens) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = listening(&world, "shop", "https://shop.example.test/out?x=1").await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    let tokens = shop.token(&code).await;
    (world, alice, shop, browser, tokens)
}

/// One attribute of every such element.
fn attributes(page: &Page, selector: &str, name: &str) -> Vec<String> {
    let html = Html::parse_document(&page.answer.text());
    let selector = Selector::parse(selector).unwrap();
    html.select(&selector).map(|element| element.attr(name).unwrap_or_default().to_owned()).collect()
}

fn frames(page: &Page) -> Vec<String> {
    attributes(page, "iframe", "src")
}

fn frame_sources(page: &Page) -> Vec<String> {
    let policy = page.answer.header("content-security-policy");
    let sources = policy.split(';').find_map(|each| each.trim().strip_prefix("frame-src "));
    sources.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

fn sid(tokens: &Tokens) -> String {
    unverified(tokens.id()).claims["sid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn section_3_discovery_says_so() {
    let world = World::start().await;
    let document = world.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(document["frontchannel_logout_supported"], true);
    assert_eq!(document["frontchannel_logout_session_supported"], true);
}

#[tokio::test]
async fn section_2_the_address_is_loaded_with_issuer_and_session() {
    let (_, _, _, mut browser, tokens) = start().await;
    let page = browser.open("/").await.press("Sign out").await.page().clone();
    assert!(page.text.contains("signed out"));
    let expected = query(&[("iss", ISSUER), ("sid", &sid(&tokens))]);
    assert_eq!(frames(&page), [format!("https://shop.example.test/out?x=1&{expected}")]);
    assert_eq!(frame_sources(&page), ["https://shop.example.test"]);
    assert_eq!(attributes(&page, "iframe", "hidden"), [""]);
    assert!(browser.cookies.value("__Host-signet_session").is_none());
    assert!(!browser.open("/").await.page().text.contains("Sign out"));
}

#[tokio::test]
async fn then_the_browser_goes_on_to_the_client() {
    let (_, _, shop, mut browser, tokens) = start().await;
    let asked = [("id_token_hint", tokens.id()), ("post_logout_redirect_uri", BYE), ("state", "a b&\"c")];
    let page = browser.arrive(&format!("/oauth2/logout?{}", query(&asked))).await.page().clone();
    assert_eq!(frames(&page).len(), 1);
    let target = format!("{BYE}?{}", query(&[("state", "a b&\"c")]));
    let refresh = attributes(&page, "head meta[http-equiv=refresh]", "content");
    assert_eq!(refresh.len(), 1, "a page without scripts");
    let (wait, url) = refresh[0].split_once(";url=").unwrap();
    assert!((1..=5).contains(&wait.parse::<u32>().unwrap()));
    assert_eq!(url, target);
    assert!(page.links.contains(&(format!("Back to {}", shop.name), target)), "{:?}", page.links);
    // Again: nobody is signed in, nothing is loaded, the way back is direct.
    browser.arrive(&format!("/oauth2/logout?{}", query(&asked))).await;
    assert_eq!(browser.arrival().url.as_str(), BYE);
}

#[tokio::test]
async fn the_same_after_a_question() {
    let (_, _, shop, mut browser, _) = start().await;
    let asked = [("client_id", shop.id.as_str()), ("post_logout_redirect_uri", BYE)];
    let page = browser.arrive(&format!("/oauth2/logout?{}", query(&asked))).await.is_at("/logout").clone();
    assert!(frames(&page).is_empty(), "not before the person's word");
    let mut stays = browser.clone();
    assert!(frames(stays.press("logout-cancel").await.page()).is_empty());
    browser.arrive(&format!("/oauth2/logout?{}", query(&asked))).await;
    let page = browser.press("logout-confirm").await.page().clone();
    assert_eq!(frames(&page).len(), 1);
    assert_eq!(attributes(&page, "meta[http-equiv=refresh]", "content"), [format!("3;url={BYE}")]);
}

#[tokio::test]
async fn only_those_who_had_the_session_are_loaded_and_only_they_may_be() {
    let (world, alice, shop, mut browser, _) = start().await;
    let forum = listening(&world, "forum", "https://forum.example.test:8443/out").await;
    let _stranger = listening(&world, "stranger", "https://stranger.example.test/out").await;
    let elsewhere = listening(&world, "elsewhere", "https://elsewhere.example.test/out").await;
    let silent = world.client("silent").first_party().create().await;
    for client in [&forum, &silent, &shop] {
        browser.authorize(client).await.code();
    }
    alice.signed_in().await.authorize(&elsewhere).await.code();
    let page = browser.open("/").await.press("Sign out").await.page().clone();
    let mut sources = frame_sources(&page);
    sources.sort();
    assert_eq!(sources, ["https://forum.example.test:8443", "https://shop.example.test"]);
    assert_eq!(frames(&page).len(), 2);
    // Any other page frames nobody.
    let login = browser.open("/login").await.page();
    assert!(
        frame_sources(login).is_empty()
            && login.answer.header("content-security-policy").contains("default-src 'none'")
    );
}

#[tokio::test]
async fn choosing_another_account_signs_this_one_out_everywhere() {
    let (world, _, shop, mut browser, _) = start().await;
    browser.authorize(shop.request().with("prompt", "select_account")).await.is_at("/select-account");
    let page = browser.press("account-other").await.page().clone();
    assert_eq!(frames(&page).len(), 1);
    let onward = page.links.iter().find(|(words, _)| words == "Continue").unwrap().1.clone();
    assert_eq!(attributes(&page, "meta[http-equiv=refresh]", "content"), [format!("3;url={onward}")]);
    let bob = world.person("bob").verified().await;
    assert!(browser.of(&bob).open(&onward).await.sign_in().await.is_at_client());
}

#[tokio::test]
async fn somebody_else_who_signs_in_signs_the_first_person_out_everywhere() {
    let (world, _, shop, mut browser, tokens) = start().await;
    let bob = world.person("bob").verified().await;
    browser.authorize(shop.request().with("prompt", "login")).await.is_at("/login");
    browser.fill("E-mail address", &bob.email).fill("Password", PASSWORD);
    let page = browser.press("Sign in").await.page().clone();
    let expected = query(&[("iss", ISSUER), ("sid", &sid(&tokens))]);
    assert_eq!(frames(&page), [format!("https://shop.example.test/out?x=1&{expected}")]);
    assert_eq!(frame_sources(&page), ["https://shop.example.test"]);
    assert!(page.text.contains("signed in"), "{}", page.text);
    let onward = page.links.iter().find(|(words, _)| words == "Continue").unwrap().1.clone();
    assert_eq!(attributes(&page, "meta[http-equiv=refresh]", "content"), [format!("3;url={onward}")]);
    let code = browser.open(&onward).await.code();
    assert_eq!(unverified(shop.token(&code).await.id()).claims["sub"], bob.sub());
    // The same person again is the same session: nothing to tell, nothing between.
    browser.authorize(shop.request().with("prompt", "login")).await.is_at("/login");
    browser.fill("E-mail address", &bob.email).fill("Password", PASSWORD);
    browser.press("Sign in").await.code();
}

#[tokio::test]
async fn a_wrong_password_signs_nobody_out() {
    let (world, _, shop, mut browser, _) = start().await;
    let bob = world.person("bob").verified().await;
    browser.authorize(shop.request().with("prompt", "login")).await.is_at("/login");
    browser.fill("E-mail address", &bob.email).fill("Password", "not the password");
    assert!(frames(browser.press("Sign in").await.page()).is_empty());
    assert_eq!(world.count_facts("session.ended").await, 0);
}
