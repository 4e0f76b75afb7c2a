//! Everything at once: one code, one refresh token, one consent form, many requests.

use std::collections::HashSet;

use crate::world::{Answer, World, together};

/// The nodes of a deployment: two where they can share their state.
async fn nodes(world: &World) -> Vec<World> {
    [Some(world.clone()), world.second_node().await].into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_forty_redemptions_of_one_code_have_one_winner() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let nodes = nodes(&world).await;
    for _ in 0..3 {
        let code = alice.browser().authorize(&shop).await.sign_in().await.code();
        let request = |which: usize| shop.code_request(&code).at(&nodes[which % nodes.len()]).send();
        let answers: Vec<Answer> = together((0..40).map(request)).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!((won.len(), lost.len()), (1, 39));
        for answer in lost {
            answer.refused(400, "invalid_grant");
        }
        // Thirty-nine were replays: what the winner got is revoked (RFC 6749 §4.1.2), however the requests overlapped.
        let tokens = won.into_iter().next().unwrap().tokens();
        shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
        shop.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_twenty_uses_of_one_refresh_token_are_one_line() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope("openid offline_access")).await;
    let nodes = nodes(&world).await;
    let mut token = tokens.refresh().to_owned();
    for round in 1..=5 {
        let request = |which: usize| shop.refresh_request(&token).at(&nodes[which % nodes.len()]).send();
        let answers: Vec<Answer> = together((0..20).map(request)).await;
        let successors: HashSet<_> = answers.into_iter().map(|answer| answer.tokens().refresh().to_owned()).collect();
        assert_eq!(successors.len(), 1, "every answer has the same successor");
        token = successors.into_iter().next().unwrap();
        let families = world.families().await;
        assert_eq!((families.len(), families[0].generation), (1, round));
        assert!(families[0].revoked_at.is_none());
    }
    assert_eq!(world.count_facts("refresh_token.replayed").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_form_sent_ten_times_gives_one_code() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.browser();
    browser.authorize(&shop).await.sign_in().await.is_at("/consent");
    let send = |_| {
        let mut tab = browser.clone();
        async move {
            tab.consent().await;
            tab
        }
    };
    let tabs = together((0..10).map(send)).await;
    let (answered, ended): (Vec<_>, Vec<_>) = tabs.into_iter().partition(|tab| tab.is_at_client());
    assert_eq!(answered.len(), 1);
    for tab in ended {
        assert_eq!(tab.page().status(), 410);
    }
    assert_eq!(world.count_facts("authorization.granted").await, 1);
    assert_eq!(world.count_facts("consent.granted").await, 1);
    shop.token(&answered[0].code()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spent_refresh_token_sent_many_times_is_told_once() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope("openid offline_access")).await;
    let second = shop.refresh(tokens.refresh()).await;
    shop.refresh(second.refresh()).await;
    let answers: Vec<Answer> = together((0..10).map(|_| shop.refresh_request(tokens.refresh()).send())).await;
    for answer in answers {
        answer.refused(400, "invalid_grant");
    }
    assert_eq!(world.count_facts("refresh_token.replayed").await, 1);
    assert_eq!(world.count_mails("refresh_reuse").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_ends_is_over_on_the_other() {
    let world = World::start().await;
    let Some(other) = world.second_node().await else { return }; // needs a shared store
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let mut browser = alice.signed_in().await;
    let tokens = shop.token(&browser.authorize(&shop).await.code()).await;
    let mut elsewhere = browser.clone();
    elsewhere.world = other.clone();
    elsewhere.open("/").await;
    assert!(elsewhere.page().text.contains(&alice.email));
    other.userinfo(&tokens.access).await.expect(200);
    browser.open("/logout").await.press("logout-confirm").await;
    other.userinfo(&tokens.access).await.refused(401, "invalid_token");
    elsewhere.open("/").await;
    assert!(!elsewhere.page().text.contains(&alice.email));
    // A flow begun on one node goes on on the other, and a code issued there is taken here.
    let mut browser = alice.browser();
    browser.authorize(&shop).await.is_at("/login");
    browser.world = other;
    let code = browser.sign_in().await.code();
    shop.token(&code).await;
}
