//! How long what a person allowed from elsewhere is good, and what ends it.

use signet::domain::{clients::DeleteClient, consents::WithdrawConsentOf, users::Whom};

use super::ciba::till;
use crate::world::{Browser, Client, Person, World};

async fn withdraw(world: &World, person: &Person, client: &Client) {
    let withdraw = WithdrawConsentOf { whom: Whom::Id(person.id), client_id: client.id.clone() };
    world.operator(withdraw).await.unwrap();
}

async fn sign_out(browser: &mut Browser) {
    browser.open("/logout").await.press("logout-confirm").await;
}

#[tokio::test]
async fn tokens_live_with_the_session_unless_they_are_for_while_the_person_is_away() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    // Signed out before the client came for them …
    for scope in ["openid", "openid offline_access"] {
        let asked = till.ask(&alice, scope).await;
        let mut browser = alice.browser();
        browser.allow_request().await;
        sign_out(&mut browser).await;
        till.collect(&asked).send().await.refused(400, "invalid_grant");
    }
    // … and after.
    let asked = till.ask(&alice, "openid").await;
    let mut browser = alice.browser();
    browser.allow_request().await;
    let tokens = till.collect(&asked).send().await.tokens();
    sign_out(&mut browser).await;
    till.userinfo(&tokens.access).await.refused(401, "invalid_token");
    till.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn what_is_withdrawn_or_locked_is_gone() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let asked = till.ask(&alice, "openid offline_access").await;
    alice.browser().allow_request().await;
    withdraw(&world, &alice, &till).await;
    till.collect(&asked).send().await.refused(400, "invalid_grant");

    let asked = till.ask(&alice, "openid offline_access").await;
    alice.browser().allow_request().await;
    alice.lock().await;
    till.collect(&asked).send().await.refused(400, "invalid_grant");
    till.asking(&alice, "openid").ask().send().await.refused(400, "unknown_user_id");
    alice.unlock().await;
    till.collect(&asked).send().await.refused(400, "invalid_grant");
    let asked = till.ask(&alice, "openid offline_access").await;
    alice.browser().allow_request().await;
    let tokens = till.collect(&asked).send().await.tokens();

    // It is listed with what the person allows applications, and withdrawn there.
    let mut browser = alice.signed_in().await;
    let page = browser.open("/account/consents").await.page();
    assert!(page.text.contains("Till"), "{}", page.text);
    browser.press("Withdraw access of Till").await;
    till.userinfo(&tokens.access).await.refused(401, "invalid_token");
    till.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn what_is_withdrawn_while_the_page_is_open_stays_withdrawn() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    till.ask(&alice, "openid").await;
    alice.browser().allow_request().await;
    let asked = till.ask(&alice, "openid").await;
    let mut browser = alice.signed_in().await;
    browser.look_at_request().await;
    withdraw(&world, &alice, &till).await;
    // The word is given after the withdrawal: it is a new one, and counts.
    browser.press("ciba-allow").await.is_at("/account/requests/done");
    till.collect(&asked).send().await.tokens();
}

#[tokio::test]
async fn it_is_asked_every_time() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = world.client("till").ciba().first_party().create().await;
    for _ in 0..2 {
        let asked = till.ask(&alice, "openid").await;
        till.collect(&asked).send().await.refused(400, "authorization_pending");
        alice.browser().allow_request().await;
        till.collect(&asked).send().await.tokens();
    }
}

#[tokio::test]
async fn a_deleted_client_takes_its_requests_along() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    till.ask(&alice, "openid").await;
    let mut browser = alice.signed_in().await;
    browser.look_at_request().await;
    world.operator(DeleteClient { client_id: till.id.clone() }).await.unwrap();
    browser.press("ciba-allow").await;
    assert_eq!(browser.page().status(), 410);
    browser.open("/account/requests").await.is_at("/account/requests");
}
