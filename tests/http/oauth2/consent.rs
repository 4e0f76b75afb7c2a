//! `/consent` within `/oauth2/authorize`: asked once per scope set, in words, and remembered.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn it_is_remembered_per_scope_set() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&shop.request().scope("openid email")).await.consent().await.code();
    browser.authorize(&shop.request().scope("openid email")).await.code();
    browser.authorize(&shop.request().scope("email openid")).await.code();
    browser.authorize(&shop.request().scope("openid")).await.code();
    browser.authorize(&shop.request().scope("openid profile")).await.consent().await.code();
    // What was allowed stays allowed: both together need no question.
    browser.authorize(&shop.request().scope("openid profile email")).await.code();
    // In another session too, but not for another client or person.
    alice.signed_in().await.authorize(&shop.request().scope("openid profile email")).await.code();
    let forum = world.client("forum").create().await;
    browser.authorize(&forum).await.is_at("/consent");
    let bob = world.person("bob").verified().await;
    bob.signed_in().await.authorize(&shop).await.is_at("/consent");
    assert_eq!(world.count_facts("consent.granted").await, 2);
}

#[tokio::test]
async fn it_says_who_asks_for_what() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world
        .client("shop")
        .scope("openid email orders:read")
        .with(|create| {
            create.logo_uri = Some("https://shop.example.test/logo.png".into());
            create.policy_uri = Some("https://shop.example.test/privacy".into());
            create.tos_uri = Some("https://shop.example.test/terms".into());
        })
        .create()
        .await;
    let mut browser = alice.signed_in().await;
    let page = browser.authorize(&shop.request().scope("openid email orders:read")).await.is_at("/consent").clone();
    for words in ["Allow Shop", "See your e-mail address", "orders:read", "shop.example.test", &alice.email] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let has = |address: &str| page.links.iter().any(|(_, href)| href == address);
    assert!(has("https://shop.example.test/privacy") && has("https://shop.example.test/terms"));
    assert!(page.answer.text().contains("https://shop.example.test/logo.png"));
    assert!(page.has_button("Allow") && page.has_button("consent-deny"));
}

#[tokio::test]
async fn our_own_clients_are_not_asked_about() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let ours = world.client("ours").first_party().create().await;
    let request = ours.request().scope("openid profile email offline_access");
    let code = alice.browser().authorize(&request).await.sign_in().await.code();
    assert_eq!(ours.token(&code).await.scope, "email offline_access openid profile");
}

#[tokio::test]
async fn access_while_away_needs_consent_like_any_scope() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&shop).await.consent().await.code();
    browser.authorize(&shop.request().scope("openid offline_access")).await.is_at("/consent");
    assert!(browser.page().text.contains("while you are away"));
    let code = browser.consent().await.code();
    assert_eq!(shop.token(&code).await.scope, "offline_access openid");
}

#[tokio::test]
async fn claims_asked_for_one_by_one_are_asked_about_too() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&shop).await.consent().await.code();
    let claims = json!({"userinfo": {"email": null}}).to_string();
    browser.authorize(&shop.request().with("claims", &claims)).await.is_at("/consent");
    assert!(browser.page().text.contains("See your e-mail address"));
}

#[tokio::test]
async fn a_nameless_answer_is_refused() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.browser();
    browser.authorize(&shop).await.sign_in().await.is_at("/consent");
    let flow = browser.page().field("flow").unwrap().value.clone();
    let csrf = browser.page().field("csrf").unwrap().value.clone();
    let cookie = format!(
        "__Host-signet_session={}; __Host-signet_browser={}",
        browser.cookies.value("__Host-signet_session").unwrap(),
        browser.cookies.value("__Host-signet_browser").unwrap()
    );
    for decision in ["", "maybe", "ALLOW"] {
        let form = [("flow", flow.as_str()), ("csrf", csrf.as_str()), ("decision", decision)];
        let call = world.call(axum::http::Method::POST, "/consent").header("cookie", &cookie).form(&form);
        call.send().await.expect(422);
    }
    browser.consent().await.code();
}
