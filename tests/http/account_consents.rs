//! `/` and `/account/consents/withdraw`: the applications that a person allowed to use the account.

use crate::world::{Browser, Client, Person, Tokens, World, with, without};

const PATH: &str = "/account/consents/withdraw";

/// Alice, who allowed the shop some things for while she is away.
async fn start() -> (World, Person, Client, Browser, Tokens) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.signed_in().await;
    let request = shop.request().scope("openid email offline_access");
    let code = browser.authorize(&request).await.consent().await.code();
    let tokens = shop.token(&code).await;
    browser.open("/").await;
    (world, alice, shop, browser, tokens)
}

#[tokio::test]
async fn what_was_allowed_is_listed_in_words() {
    let (world, _, _, mut browser, _) = start().await;
    let page = browser.page();
    assert!(page.text.contains("Shop") && page.text.contains("shop.example.test"), "{}", page.text);
    assert!(page.text.contains("See your e-mail address"));
    let bob = world.person("bob").verified().await;
    assert!(!bob.signed_in().await.page().text.contains("shop.example.test"));
    browser.press("Sign out").await;
    assert!(!browser.open("/").await.page().text.contains("Shop"));
}

#[tokio::test]
async fn the_consent_page_says_so() {
    let (_, alice, shop, _, _) = start().await;
    let mut browser = alice.signed_in().await;
    let request = shop.request().scope("openid phone").with("prompt", "consent");
    assert!(browser.authorize(&request).await.is_at("/consent").text.contains("withdraw this later"));
}

#[tokio::test]
async fn what_is_withdrawn_is_gone_and_has_to_be_asked_for_again() {
    let (world, alice, shop, mut browser, tokens) = start().await;
    shop.userinfo(&tokens.access).await.expect(200);
    browser.press("Withdraw access of Shop").await.is_at("/");
    assert!(browser.page().text.contains("may no longer use your account"));
    assert!(!browser.page().text.contains("See your e-mail address"));
    shop.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
    let facts = alice.activity().await;
    let fact = facts.iter().find(|fact| fact.name == "consent.withdrawn").unwrap();
    assert_eq!(
        (fact.details["client_id"].as_str(), fact.details["refresh_tokens"].as_u64()),
        (Some(&*shop.id), Some(1))
    );
    assert_eq!(world.families().await[0].revoke_reason.as_deref(), Some("consent_withdrawn"));
    // The session here goes on; the application asks as if for the first time.
    browser.authorize(shop.request().scope("openid email")).await.is_at("/consent");
}

#[tokio::test]
async fn nobody_elses_consent_is_touched() {
    let (world, alice, shop, mut browser, tokens) = start().await;
    let bob = world.person("bob").verified().await;
    let bobs = shop.tokens_for(&bob, &shop.request().scope("openid offline_access")).await;
    let forum = world.client("forum").create().await;
    let others = forum.tokens_for(&alice, &forum.request().scope("openid offline_access")).await;
    browser.press("Withdraw access of Shop").await;
    shop.refresh(bobs.refresh()).await;
    forum.refresh(others.refresh()).await;
    shop.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn what_was_never_allowed_cannot_be_withdrawn() {
    let (world, _, shop, browser, _) = start().await;
    let forum = world.client("forum").create().await;
    let fields = browser.fields(PATH);
    for other in [forum.id.as_str(), "nobody", ""] {
        let answer = browser.send(PATH, &with(&fields, "application", other)).send().await;
        assert_eq!(answer.status, 404, "{other}: {}", answer.text());
    }
    browser.send(PATH, &fields).send().await.expect(303);
    browser.send(PATH, &fields).send().await.expect(404);
    assert_eq!(world.count_facts("consent.withdrawn").await, 1);
    drop(shop);
}

#[tokio::test]
async fn only_the_persons_own_form_counts() {
    let (world, alice, _, browser, tokens) = start().await;
    let fields = browser.fields(PATH);
    for forged in [without(&fields, "csrf"), with(&fields, "csrf", "AAAA")] {
        browser.send(PATH, &forged).send().await.expect(403);
    }
    let foreign = alice.signed_in().await;
    foreign.send(PATH, &fields).send().await.expect(403);
    let nobody = world.browser();
    assert_eq!(nobody.send(PATH, &fields).send().await.expect(303).header("location"), "/login");
    assert_eq!(world.count_facts("consent.withdrawn").await, 0);
    drop(tokens);
}

#[tokio::test]
async fn a_page_says_all_that_each_of_them_may_do() {
    let (world, alice, shop, mut browser, _) = start().await;
    let orders = world.resource("orders", "").await;
    let request = shop.request().scope("openid phone").with("resource", &orders.uri);
    let page = browser.authorize(&request).await.is_at("/consent").text.clone();
    assert!(page.contains(&orders.name) && page.contains(&orders.uri), "{page}");
    browser.consent().await.code();
    browser.open("/").await.follow("See what each of them may do").await.is_at("/account/consents");
    for words in ["Shop", "shop.example.test", "See your e-mail address", "offline_access", "phone", &orders.uri] {
        assert!(browser.page().text.contains(words), "{words}: {}", browser.page().text);
    }
    assert!(browser.page().text.contains("also while you are away"));
    browser.press("Withdraw access of Shop").await.is_at("/account/consents");
    assert!(browser.page().text.contains("may no longer use your account"));
    assert!(browser.page().text.contains("will be listed here"));
    let mut nobody = alice.browser();
    nobody.open("/account/consents").await.is_at("/login");
    nobody.sign_in().await.is_at("/account/consents");
}

#[tokio::test]
async fn an_api_that_was_not_named_before_is_asked_for() {
    let (world, _, shop, mut browser, _) = start().await;
    let (orders, stock) = (world.resource("orders", "").await, world.resource("stock", "").await);
    let named = |uri: &str| shop.request().scope("openid").with("resource", uri);
    browser.authorize(named(&orders.uri)).await.is_at("/consent");
    browser.consent().await.code();
    browser.authorize(named(&orders.uri)).await.code();
    browser.authorize(named(&stock.uri).with("prompt", "none")).await;
    assert_eq!(browser.error(), "consent_required");
    browser.authorize(named(&stock.uri)).await.is_at("/consent");
}
