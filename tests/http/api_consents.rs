//! `/api/v1/auth/consents`, `signet user consents`, `signet user withdraw`: what a withdrawal ends, on every node.

use chrono::TimeDelta;
use serde_json::json;
use signet::domain::clients::GrantType;

use crate::world::{Client, Person, World, together, unverified};

const CODE_ONLY: &[GrantType] = &[GrantType::AuthorizationCode];

async fn start() -> (World, Person) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    (world, alice)
}

/// A shop without refresh tokens: no row knows of its access tokens.
async fn without_family(world: &World) -> Client {
    world.client("shop").grants(CODE_ONLY).create().await
}

#[tokio::test]
async fn what_is_allowed_is_listed_with_its_use() {
    let (world, alice) = start().await;
    let (shop, forum) = (world.client("shop").create().await, world.client("forum").create().await);
    let orders = world.resource("orders", "").await;
    let begun = world.now();
    let request = shop.request().scope("openid email offline_access").with("resource", &orders.uri);
    let tokens = shop.tokens_for(&alice, &request).await;
    forum.tokens_of(&alice).await;
    let (front_end, _) = alice.front_end().await;
    let listed = front_end.consents().await;
    assert_eq!(listed.iter().map(|one| one["client_name"].as_str().unwrap()).collect::<Vec<_>>(), ["Forum", "Shop"]);
    assert_eq!((&listed[0]["while_away"], &listed[0]["resources"]), (&json!(false), &json!([])));
    let shops = &listed[1];
    assert_eq!((&shops["client_id"], &shops["first_party"]), (&json!(shop.id), &json!(false)));
    assert_eq!((&shops["scope"], &shops["while_away"]), (&json!("email offline_access openid"), &json!(true)));
    assert_eq!(shops["resources"], json!([orders.uri]));
    let at = |value: &serde_json::Value| value.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let (since, used) = (at(&shops["since"]), at(&shops["last_used_at"]));
    assert!(since >= begun - TimeDelta::seconds(1) && used >= since);

    world.advance(TimeDelta::minutes(5));
    shop.refresh(tokens.refresh()).await;
    let shops = front_end.consent_to(&shop).await.unwrap();
    assert_eq!(at(&shops["since"]), since);
    assert!(at(&shops["last_used_at"]) >= used + TimeDelta::minutes(5));
    let bob = world.person("bob").verified().await;
    assert_eq!(bob.front_end().await.0.consents().await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn an_access_token_without_a_refresh_token_ends_on_every_node() {
    let (world, alice) = start().await;
    let shop = without_family(&world).await;
    let api = world.client("api").with(|create| create.metadata.may_introspect = true).create().await;
    let (front_end, _) = alice.front_end().await;
    let tokens = shop.tokens_of(&alice).await;
    assert!(tokens.refresh.is_none());
    let other = world.second_node().await;
    shop.userinfo(&tokens.access).await.expect(200);
    api.finds_active(&tokens.access).await;
    front_end.withdraw_from(&shop).await;
    for node in [Some(world.clone()), other].into_iter().flatten() {
        node.userinfo(&tokens.access).await.refused(401, "invalid_token");
        api.at(&node).finds_inactive(&tokens.access).await;
        shop.at(&node).finds_inactive(&tokens.access).await;
    }
    assert_eq!(world.count_facts("consent.withdrawn").await, 1);
    assert_eq!(front_end.consent_to(&shop).await, None);
}

#[tokio::test]
async fn opaque_and_front_channel_tokens_end_too() {
    let world = World::configured(|config| config.oauth.implicit_and_hybrid = true).await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").grants(&[GrantType::AuthorizationCode, GrantType::Implicit]).with(|create| {
        create.metadata.response_types = vec!["code token".into()];
        create.metadata.access_token_format = signet::domain::clients::TokenFormat::Opaque;
    });
    let shop = shop.create().await;
    let (front_end, _) = alice.front_end().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(shop.request().with("response_type", "code token")).await.consent().await;
    let early = browser.arrival().parameters["access_token"].clone();
    let code = browser.code();
    shop.userinfo(&early).await.expect(200);
    front_end.withdraw_from(&shop).await;
    shop.userinfo(&early).await.refused(401, "invalid_token");
    shop.code_request(&code).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_code_on_its_way_is_worthless() {
    let (world, alice) = start().await;
    let shop = world.client("shop").create().await;
    let (front_end, _) = alice.front_end().await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.consent().await.code();
    front_end.withdraw_from(&shop).await;
    shop.code_request(&code).send().await.refused(400, "invalid_grant");
    assert!(world.families().await.iter().all(|family| family.client_id.is_none()), "only the front end has one");
}

#[tokio::test]
async fn what_is_allowed_again_is_good_until_it_is_withdrawn_again() {
    let (world, alice) = start().await;
    let shop = world.client("shop").create().await;
    let (front_end, _) = alice.front_end().await;
    let request = shop.request().scope("openid email offline_access");
    let mut dead: Vec<crate::world::Tokens> = Vec::new();
    for epoch in 0..3 {
        let tokens = shop.tokens_for(&alice, &request).await;
        shop.userinfo(&tokens.access).await.expect(200);
        assert_eq!(unverified(&tokens.access).claims["consent_epoch"].as_i64().unwrap_or_default(), epoch);
        let next = shop.refresh(tokens.refresh()).await;
        shop.userinfo(&next.access).await.expect(200);
        for old in &dead {
            shop.userinfo(&old.access).await.refused(401, "invalid_token");
            shop.refresh_request(old.refresh()).send().await.refused(400, "invalid_grant");
            shop.finds_inactive(old.refresh()).await;
        }
        front_end.withdraw_from(&shop).await;
        shop.userinfo(&next.access).await.refused(401, "invalid_token");
        dead.push(next);
    }
    // Nothing of it is remembered: less is asked for, and the person is asked.
    let mut browser = alice.signed_in().await;
    browser.authorize(shop.request().scope("openid")).await.is_at("/consent");
    browser.consent().await.code();
    assert_eq!(front_end.consent_to(&shop).await.unwrap()["scope"], "openid");
}

#[tokio::test]
async fn the_operators_own_client_is_listed_while_it_holds_a_refresh_token() {
    let (world, alice) = start().await;
    let shop = world.client("shop").first_party().create().await;
    let (front_end, _) = alice.front_end().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope("openid offline_access")).await;
    let listed = front_end.consent_to(&shop).await.unwrap();
    assert_eq!((&listed["first_party"], &listed["scope"]), (&json!(true), &json!("offline_access openid")));
    front_end.withdraw(&listed).await.expect(204);
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
    shop.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
    front_end.withdraw(&listed).await.problem(404, "not_found");
    // It need not ask: the next time is a new beginning.
    let again = shop.tokens_for(&alice, &shop.request().scope("openid offline_access")).await;
    let next = shop.refresh(again.refresh()).await;
    shop.userinfo(&next.access).await.expect(200);
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn nobody_else_is_touched_and_nothing_is_told() {
    let (world, alice) = start().await;
    let bob = world.person("bob").verified().await;
    let (shop, forum) = (without_family(&world).await, world.client("forum").create().await);
    let (bobs, others) = (shop.tokens_of(&bob).await, forum.tokens_of(&alice).await);
    let (front_end, _) = alice.front_end().await;
    let (bobs_front_end, _) = bob.front_end().await;
    let foreign = bobs_front_end.consent_to(&shop).await.unwrap();
    let before = world.snapshot().await;
    front_end.withdraw(&foreign).await.problem(404, "not_found");
    for id in ["nonsense", "cli_00000000000000000000000000000000", &shop.id] {
        front_end.delete(&format!("consents/{id}")).await.problem(404, "not_found");
    }
    world.front_end().get("consents").await.problem(401, "not_signed_in");
    world.front_end().withdraw(&foreign).await.problem(401, "not_signed_in");
    assert_eq!(world.snapshot().await, before);
    shop.tokens_of(&alice).await;
    front_end.withdraw_from(&shop).await;
    shop.userinfo(&bobs.access).await.expect(200);
    forum.userinfo(&others.access).await.expect(200);
}

#[tokio::test]
async fn operators_list_and_withdraw_by_command() {
    let (world, alice) = start().await;
    let shop = without_family(&world).await;
    let tokens = shop.tokens_of(&alice).await;
    let listed = world.signet(&["user", "consents", &alice.email], "").await.done();
    assert_eq!((&listed[0]["client_id"], &listed[0]["scope"]), (&json!(shop.id), &json!("openid")));
    let withdraw = ["user", "withdraw", &alice.sub(), "--client-id", &shop.id];
    let done = world.signet(&withdraw, "").await.done();
    assert_eq!(done, json!({ "user_id": alice.sub(), "client_id": shop.id, "withdrawn": true }));
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
    let fact = alice.activity().await.into_iter().find(|fact| fact.name == "consent.withdrawn").unwrap();
    assert_eq!((fact.actor.as_str(), fact.session_id), ("operator", None));
    assert_eq!(world.signet(&["user", "consents", &alice.email], "").await.done(), json!([]));
    world.signet(&withdraw, "").await.refused();
    world.signet(&["user", "withdraw", &alice.email, "--client-id", "nobody"], "").await.refused();
    world.signet(&["user", "consents", "nobody@example.test"], "").await.refused();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_a_withdrawal_beside_redemptions_leaves_nothing_alive() {
    let (world, alice) = start().await;
    let shop = world.client("shop").create().await;
    let (front_end, _) = alice.front_end().await;
    let request = shop.request().scope("openid offline_access");
    let mut browser = alice.signed_in().await;
    let nodes: Vec<_> = [Some(world.clone()), world.second_node().await].into_iter().flatten().collect();
    for _ in 0..5 {
        let mut codes = vec![browser.authorize(&request).await.consent_if_asked().await.code()];
        for _ in 0..7 {
            codes.push(browser.authorize(&request).await.code());
        }
        let consent = front_end.consent_to(&shop).await.unwrap();
        let withdraw = {
            let front_end = front_end.clone();
            tokio::spawn(async move { front_end.withdraw(&consent).await })
        };
        let redeem = |(which, code): (usize, &String)| shop.code_request(code).at(&nodes[which % nodes.len()]).send();
        let answers = together(codes.iter().enumerate().map(redeem)).await;
        withdraw.await.unwrap().expect(204);
        for answer in answers {
            if answer.status == 200 {
                let tokens = answer.tokens(); // it was faster, or the withdrawal came in between
                shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
                shop.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
                shop.finds_inactive(tokens.refresh()).await;
            } else {
                answer.refused(400, "invalid_grant");
            }
        }
        assert_eq!(front_end.consent_to(&shop).await, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_beside_a_consent_form_brings_nothing_back() {
    let (world, alice) = start().await;
    let shop = world.client("shop").create().await;
    let (front_end, _) = alice.front_end().await;
    for _ in 0..8 {
        shop.tokens_for(&alice, &shop.request().scope("openid email")).await;
        let consent = front_end.consent_to(&shop).await.unwrap();
        let mut browser = alice.signed_in().await;
        browser.authorize(shop.request().scope("openid phone")).await.is_at("/consent");
        let answer = tokio::spawn(async move {
            browser.consent().await;
            browser
        });
        let withdrawn = front_end.withdraw(&consent).await;
        let browser = answer.await.unwrap();
        withdrawn.expect(204);
        match front_end.consent_to(&shop).await {
            None => {} // allowed first, or refused
            Some(allowed) => assert_eq!(allowed["scope"], "openid phone", "what was withdrawn is back"),
        }
        if browser.is_at_client() {
            let answer = shop.code_request(&browser.code()).send().await;
            let allowed = front_end.consent_to(&shop).await.is_some();
            assert_eq!(answer.status, if allowed { 200 } else { 400 });
        } else {
            assert_eq!(browser.page().status(), 410);
        }
        if let Some(rest) = front_end.consent_to(&shop).await {
            front_end.withdraw(&rest).await.expect(204);
        }
    }
}
