//! `/oauth2/authorize`: good requests, and the way to their answer (OpenID Connect Core §3.1.2).

use axum::http::Method;

use crate::world::{ISSUER, World};

#[tokio::test]
async fn the_answer_carries_code_state_and_issuer() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.browser();
    browser.authorize(&shop).await.sign_in().await.consent().await;
    let arrival = browser.arrival();
    assert_eq!((&arrival.method, arrival.url.as_str()), (&Method::GET, "https://shop.example.test/cb"));
    let names: Vec<_> = arrival.parameters.keys().map(String::as_str).collect();
    assert_eq!(names, ["code", "iss", "session_state", "state"]);
    assert_eq!(arrival.parameters["iss"], ISSUER);
    assert_eq!(arrival.parameters["state"], shop.request().value("state").unwrap());
    assert!(browser.code().starts_with("sgt_ac_"));
}

#[tokio::test]
async fn the_redirect_uris_own_query_is_kept() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").redirects(&["https://shop.example.test/cb?tenant=%2F7&x"]).create().await;
    let mut browser = alice.browser();
    browser.authorize(&shop).await.sign_in().await.consent().await;
    assert_eq!(browser.arrival().parameters["tenant"], "/7");
    shop.token(&browser.code()).await;
}

#[tokio::test]
async fn form_post_brings_the_answer_in_a_body() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let request = shop.request().with("response_mode", "form_post").with("state", "\"><script>x</script>");
    let mut browser = alice.browser();
    browser.authorize(&request).await.sign_in().await.consent().await;
    let page = browser.page();
    assert!(!page.answer.text().contains("<script>x"), "the state is not escaped");
    assert_eq!(page.forms[0].action, shop.redirect_uri);
    let policy = page.answer.header("content-security-policy").to_owned();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(page.answer.text().contains(&format!("<script nonce=\"{nonce}\">")), "{policy}");
    browser.press("Continue").await;
    assert_eq!(browser.arrival().method, Method::POST);
    assert_eq!(browser.arrival().parameters["state"], "\"><script>x</script>");
    shop.token(&browser.code()).await;
}

#[tokio::test]
async fn response_mode_query_is_the_default_said_aloud() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.browser();
    browser.authorize(&shop.request().with("response_mode", "query")).await.sign_in().await;
    shop.token(&browser.code()).await;
}

#[tokio::test]
async fn a_posted_request_is_as_good_and_finds_the_session() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.signed_in().await;
    // Posted by another site, without our cookies (SameSite=Lax); the answer still knows who is signed in.
    browser.arrive_by_post("/oauth2/authorize", shop.request().with("prompt", "none").pairs()).await;
    shop.token(&browser.code()).await;
    let mut stranger = world.browser();
    stranger.arrive_by_post("/oauth2/authorize", shop.request().pairs()).await.is_at("/login");
}

#[tokio::test]
async fn unknown_parameters_and_scopes_are_ignored() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").scope("openid email").create().await;
    let request = shop
        .request()
        .with("vendor_extension", "1")
        .with("ui_locales", "xx de-CH fr")
        .with("display", "popup")
        .with("acr_values", "urn:mace:incommon:iap:silver aal1")
        .scope("openid email profile made_up")
        .again("resource_hint", "")
        .again("resource_hint", "");
    let mut browser = alice.browser();
    let code = browser.authorize(&request).await.sign_in().await.consent().await.code();
    assert_eq!(shop.token(&code).await.scope, "email openid");
}

#[tokio::test]
async fn login_hint_fills_the_name() {
    let world = World::start().await;
    let shop = world.client("shop").create().await;
    let mut browser = world.browser();
    browser.authorize(&shop.request().with("login_hint", "a\"lice@example.test")).await;
    let page = browser.is_at("/login");
    assert_eq!(page.field("E-mail address").unwrap().value, "a\"lice@example.test");
    assert_eq!(page.field("Password").unwrap().value, "");
    assert!(page.text.contains("Shop"));
}

#[tokio::test]
async fn denied_is_told_to_the_client_and_nothing_is_remembered() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.browser();
    browser.authorize(&shop).await.sign_in().await.press("consent-deny").await;
    assert_eq!(browser.error(), "access_denied");
    assert_eq!(browser.arrival().parameters["state"], shop.request().value("state").unwrap());
    assert_eq!(browser.arrival().parameters["iss"], ISSUER);
    assert_eq!((world.count_facts("consent.denied").await, world.count_facts("consent.granted").await), (1, 0));
    browser.authorize(&shop).await.is_at("/consent");
}

#[tokio::test]
async fn an_unverified_address_stops_until_it_is_proved() {
    let world = World::start().await;
    let alice = world.person("alice").unverified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.browser();
    browser.authorize(&shop).await.sign_in().await.is_at("/verify-email");
    browser.authorize(&shop.request().with("prompt", "none")).await;
    assert_eq!(browser.error(), "interaction_required");

    browser.authorize(&shop).await.is_at("/verify-email");
    browser.fill("E-mail address", &alice.email).press("Send another code").await.is_at("/verify-email");
    let code = world.mail("verify_email", &alice.email).await.code();
    browser.fill("6-digit code", &code).press("Confirm address").await.is_at("/verify-email/done");
    let code = browser.follow("Continue to Shop").await.consent().await.code();
    shop.token(&code).await;
}

#[tokio::test]
async fn an_unverified_address_is_enough_where_the_operator_says_so() {
    let world = World::configured(|config| config.verification.required = false).await;
    let alice = world.person("alice").unverified().await;
    let shop = world.client("shop").create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope("openid email")).await;
    assert_eq!(shop.userinfo(&tokens.access).await.json()["email_verified"], false);
}

#[tokio::test]
async fn a_locked_person_gets_no_code() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.signed_in().await;
    alice.lock().await;
    browser.authorize(&shop.request().with("prompt", "none")).await;
    assert_eq!(browser.error(), "login_required");
    browser.authorize(&shop).await.sign_in().await.is_at("/login");
    alice.unlock().await;
    browser.sign_in().await;
    shop.token(&browser.code()).await;
}
