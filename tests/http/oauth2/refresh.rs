//! `/oauth2/token` with `refresh_token`: rotation, lost answers and theft (RFC 6749 §6, RFC 9700 §4.14, OpenID Connect Core §12).

use chrono::TimeDelta;

use crate::world::{Client, Person, Tokens, World};

const AWAY: &str = "openid email offline_access";

async fn start(scope: &str) -> (World, Person, Client, Tokens) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let tokens = shop.tokens_for(&alice, &shop.request().scope(scope)).await;
    (world, alice, shop, tokens)
}

/// A refused use; the sentence is the same for every reason.
async fn refused(client: &Client, token: &str) {
    let answer = client.refresh_request(token).send().await.refused(400, "invalid_grant");
    assert!(answer.text().contains("unknown, spent, expired or of another client"), "{}", answer.text());
}

#[tokio::test]
async fn each_use_gives_a_successor() {
    let (world, _, shop, tokens) = start(AWAY).await;
    let mut seen = vec![tokens.refresh().to_owned()];
    for _ in 0..5 {
        let next = shop.refresh(seen.last().unwrap()).await;
        assert!(next.refresh().starts_with("sgt_rt_") && !seen.contains(&next.refresh().to_owned()));
        assert_eq!(next.scope, "email offline_access openid");
        shop.userinfo(&next.access).await.expect(200);
        seen.push(next.refresh().to_owned());
    }
    let families = world.families().await;
    assert_eq!((families.len(), families[0].generation), (1, 5));
}

#[tokio::test]
async fn the_new_id_token_is_about_the_same_sign_in() {
    let (world, alice, shop, tokens) = start(AWAY).await;
    world.advance(TimeDelta::minutes(20));
    let next = shop.refresh(tokens.refresh()).await;
    let jwks = world.jwks().await;
    let (before, after) = (jwks.verify(tokens.id()).claims, jwks.verify(next.id()).claims);
    for same in ["iss", "sub", "aud", "auth_time", "sid", "acr", "amr"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert_eq!(after["sub"], alice.sub());
    assert!(after["iat"].as_i64() > before["iat"].as_i64());
    assert!(after.get("nonce").is_none(), "OpenID Connect Core section 12.2");
    assert_eq!(after["at_hash"], crate::world::at_hash(&next.access));
}

#[tokio::test]
async fn a_lost_answer_is_given_again() {
    let (world, _, shop, tokens) = start(AWAY).await;
    let first = shop.refresh(tokens.refresh()).await;
    world.advance(TimeDelta::seconds(20));
    let again = shop.refresh(tokens.refresh()).await;
    assert_eq!(first.refresh(), again.refresh());
    assert_ne!(first.access, again.access);
    shop.refresh(first.refresh()).await;
    assert_eq!(world.families().await[0].generation, 2);
}

#[tokio::test]
async fn after_the_grace_period_there_is_one_replacement() {
    let (world, _, shop, tokens) = start(AWAY).await;
    let lost = shop.refresh(tokens.refresh()).await;
    world.advance(TimeDelta::seconds(31));
    let replaced = shop.refresh(tokens.refresh()).await;
    assert_ne!(lost.refresh(), replaced.refresh());
    world.advance(TimeDelta::seconds(5));
    assert_eq!(shop.refresh(tokens.refresh()).await.refresh(), replaced.refresh());
    shop.refresh(replaced.refresh()).await;
    assert_eq!(world.count_facts("refresh_token.replayed").await, 0);
    assert_eq!(world.count_facts("refresh_token.replaced").await, 1);
}

#[tokio::test]
async fn the_successor_that_was_replaced_is_spent() {
    let (world, _, shop, tokens) = start(AWAY).await;
    let lost = shop.refresh(tokens.refresh()).await;
    world.advance(TimeDelta::seconds(31));
    let replaced = shop.refresh(tokens.refresh()).await;
    refused(&shop, lost.refresh()).await;
    refused(&shop, replaced.refresh()).await;
    assert_eq!(world.count_facts("refresh_token.replayed").await, 1);
}

#[tokio::test]
async fn there_is_no_second_replacement() {
    let (world, _, shop, tokens) = start(AWAY).await;
    shop.refresh(tokens.refresh()).await;
    world.advance(TimeDelta::seconds(31));
    let replaced = shop.refresh(tokens.refresh()).await;
    world.advance(TimeDelta::seconds(31));
    refused(&shop, tokens.refresh()).await;
    refused(&shop, replaced.refresh()).await;
}

#[tokio::test]
async fn a_spent_token_ends_the_family_and_the_person_is_told() {
    let (world, alice, shop, tokens) = start(AWAY).await;
    let second = shop.refresh(tokens.refresh()).await;
    let third = shop.refresh(second.refresh()).await;
    // Not within the grace period of its own use: its successor was used, so somebody has both.
    refused(&shop, tokens.refresh()).await;
    refused(&shop, third.refresh()).await;
    for access in [&tokens.access, &second.access, &third.access] {
        shop.userinfo(access).await.refused(401, "invalid_token");
    }
    assert_eq!(world.count_mails("refresh_reuse").await, 1, "told once");
    let mail = world.mail("refresh_reuse", &alice.email).await;
    assert_eq!(mail.context["application"]["name"], "Shop");
    let activity = alice.activity().await;
    let facts: Vec<_> = activity.iter().filter(|row| row.name == "refresh_token.replayed").collect();
    assert_eq!(facts.len(), 1);
    assert!(facts[0].client_id.is_some() && facts[0].session_id.is_some());
    let family = &world.families().await[0];
    assert!(family.revoked_at.is_some() && family.revoke_reason.as_deref() == Some("replayed"));
}

#[tokio::test]
async fn another_family_of_the_same_person_goes_on() {
    let (_, alice, shop, tokens) = start(AWAY).await;
    let other = shop.tokens_for(&alice, &shop.request().scope(AWAY)).await;
    let second = shop.refresh(tokens.refresh()).await;
    shop.refresh(second.refresh()).await;
    refused(&shop, tokens.refresh()).await;
    shop.refresh(other.refresh()).await;
    shop.userinfo(&other.access).await.expect(200);
}

#[tokio::test]
async fn the_scope_can_be_narrowed_for_one_token() {
    let (_, _, shop, tokens) = start(AWAY).await;
    let narrow = shop.refresh_request(tokens.refresh()).with("scope", "openid").send().await.tokens();
    assert_eq!(narrow.scope, "openid");
    assert!(shop.userinfo(&narrow.access).await.expect(200).json().get("email").is_none());
    assert_eq!(shop.refresh(narrow.refresh()).await.scope, "email offline_access openid");
}

#[tokio::test]
async fn a_bad_request_does_not_spend_the_token() {
    let (_, _, shop, tokens) = start(AWAY).await;
    for scope in ["openid profile", "made_up", "openid \"", "openid\temail"] {
        let request = shop.refresh_request(tokens.refresh()).with("scope", scope);
        request.send().await.refused(400, "invalid_scope");
    }
    shop.refresh_request(tokens.refresh())
        .again("scope", "openid")
        .again("scope", "openid")
        .send()
        .await
        .refused(400, "invalid_request");
    let next = shop.refresh(tokens.refresh()).await;
    assert_eq!(next.scope, "email offline_access openid");
}

#[tokio::test]
async fn another_client_gets_nothing_and_ends_nothing() {
    let (world, _, shop, tokens) = start(AWAY).await;
    let thief = world.client("thief").create().await;
    let public = world.client("other").public().create().await;
    for client in [&thief, &public] {
        client.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
    }
    let next = shop.refresh(tokens.refresh()).await;
    // Nor with a spent one.
    shop.refresh(next.refresh()).await;
    public.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
    assert!(world.families().await[0].revoked_at.is_none());
}

#[tokio::test]
async fn a_confidential_client_has_to_authenticate() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").confidential().first_party().create().await;
    let tokens = shop.tokens_of(&alice).await;
    let bare = shop.refresh_request(tokens.refresh()).authorization(None).with("client_id", &shop.id);
    bare.send().await.refused(401, "invalid_client");
    shop.refresh_request(tokens.refresh()).basic(&shop.id, "wrong").send().await.refused(401, "invalid_client");
    shop.refresh(tokens.refresh()).await;
}

#[tokio::test]
async fn a_forged_token_ends_nothing() {
    let (world, _, shop, tokens) = start(AWAY).await;
    let token = tokens.refresh();
    let other = |c: char| if c == 'A' { 'B' } else { 'A' };
    // One character changed, in each third of it: family, secret, tag.
    for at in [10, 40, token.len() - 3] {
        let forged: String = token.chars().enumerate().map(|(i, c)| if i == at { other(c) } else { c }).collect();
        refused(&shop, &forged).await;
    }
    for made_up in
        ["x", "sgt_rt_", "sgt_rt_AAAA", &token[..token.len() - 4], &format!("{token}AAAA"), &token.to_lowercase()]
    {
        refused(&shop, made_up).await;
    }
    assert!(world.families().await[0].revoked_at.is_none());
    shop.refresh(token).await;
}

#[tokio::test]
async fn without_offline_access_it_dies_with_the_session() {
    let (_, alice, shop, _) = start("openid").await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    let tokens = shop.token(&code).await;
    let next = shop.refresh(tokens.refresh()).await;
    browser.open("/logout").await.press("logout-confirm").await;
    refused(&shop, next.refresh()).await;
    shop.userinfo(&next.access).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn with_offline_access_it_outlives_the_session() {
    let (_, alice, shop, _) = start("openid").await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop.request().scope(AWAY)).await.code();
    let tokens = shop.token(&code).await;
    browser.open("/logout").await.press("logout-confirm").await;
    shop.userinfo(&tokens.access).await.expect(200);
    let next = shop.refresh(tokens.refresh()).await;
    shop.userinfo(&next.access).await.expect(200);
}

#[tokio::test]
async fn a_lock_stops_it_and_an_unlock_lets_it_go_on() {
    let (_, alice, shop, tokens) = start(AWAY).await;
    alice.lock().await;
    refused(&shop, tokens.refresh()).await;
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
    alice.unlock().await;
    shop.refresh(tokens.refresh()).await;
}

#[tokio::test]
async fn it_ends_when_it_is_not_used() {
    let (world, _, shop, tokens) = start(AWAY).await;
    world.advance(TimeDelta::days(29));
    let next = shop.refresh(tokens.refresh()).await;
    world.advance(TimeDelta::days(29));
    let next = shop.refresh(next.refresh()).await;
    world.advance(TimeDelta::days(30) + TimeDelta::seconds(1));
    refused(&shop, next.refresh()).await;
}

#[tokio::test]
async fn it_ends_in_any_case() {
    let (world, _, shop, tokens) = start(AWAY).await;
    let mut token = tokens.refresh().to_owned();
    for _ in 0..4 {
        world.advance(TimeDelta::days(20));
        token = shop.refresh(&token).await.refresh().to_owned();
    }
    world.advance(TimeDelta::days(10) + TimeDelta::seconds(1));
    refused(&shop, &token).await;
}

#[tokio::test]
async fn a_deleted_person_has_no_tokens() {
    use signet::domain::users::{DeleteUser, Whom};
    let (world, alice, shop, tokens) = start(AWAY).await;
    world.operator(DeleteUser { whom: Whom::Id(alice.id) }).await.unwrap();
    refused(&shop, tokens.refresh()).await;
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
}
