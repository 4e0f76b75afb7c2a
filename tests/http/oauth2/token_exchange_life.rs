//! Exchanged tokens (RFC 8693): what they come of, how long they live, and what ends them.

use chrono::TimeDelta;
use serde_json::json;
use signet::domain::clients::{DeleteClient, GrantType, SubjectType, TokenFormat};

use super::estate::{ALL, Estate, ORDERS, from_orders};
use crate::world::{token_type, unverified};

#[tokio::test]
async fn whatever_ends_the_old_token_ends_the_new_one() {
    for end in 0..7 {
        let estate = Estate::start().await;
        let portal = estate.world.client("shop").scope(ALL).create().await;
        let request = portal.request().scope("openid orders:read").with("resource", ORDERS);
        let mut browser = estate.alice.browser();
        let code = browser.authorize(&request).await.sign_in().await.consent_if_asked().await.code();
        let subject = portal.token(&code).await;
        let gateway = estate.acting("gateway", &from_orders("")).await;
        let worker = estate.acting("worker", &from_orders(",depth=2,mode=impersonation")).await;
        let first = gateway.exchange(&subject.access).send().await.exchanged("access_token");
        let second = worker.exchange(&first).send().await.exchanged("access_token");
        gateway.finds_active(&first).await;
        worker.finds_active(&second).await;
        match end {
            0 => drop(portal.revoke(subject.refresh()).await.expect(200)),
            1 => drop(portal.revoke(&subject.access).await.expect(200)),
            2 => drop(browser.open("/").await.press("Sign out").await),
            3 => estate.alice.lock().await,
            4 => estate.world.operator(DeleteClient { client_id: portal.id.clone() }).await.unwrap(),
            5 => drop(portal.code_request(&code).send().await.refused(400, "invalid_grant")),
            _ => drop(browser.open("/").await.press("Withdraw access of Shop").await),
        }
        gateway.finds_inactive(&first).await;
        worker.finds_inactive(&second).await;
        gateway.exchange(&subject.access).send().await.refused(400, "invalid_request");
        worker.exchange(&first).send().await.refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn what_came_of_a_token_dies_with_it_and_not_the_other_way_round() {
    let estate = Estate::start().await;
    let subject = estate.for_orders().await;
    let gateway = estate.acting("gateway", &from_orders("")).await;
    let worker = estate.acting("worker", &from_orders(",depth=2")).await;
    let first = gateway.exchange(&subject.access).send().await.exchanged("access_token");
    let second = worker.exchange(&first).send().await.exchanged("access_token");
    worker.revoke(&second).await.expect(200);
    worker.finds_inactive(&second).await;
    gateway.finds_active(&first).await;
    let second = worker.exchange(&first).send().await.exchanged("access_token");
    estate.world.operator(DeleteClient { client_id: gateway.id.clone() }).await.unwrap();
    worker.finds_inactive(&second).await;
    estate.portal.finds_active(&subject.access).await;
}

#[tokio::test]
async fn nobody_lives_longer_by_an_exchange() {
    let estate = Estate::start().await;
    let subject = estate.for_orders().await;
    let gateway = estate.service("gateway").may_act(&[&from_orders("")]);
    let gateway = gateway.with(|create| create.access_token_ttl = Some(3600)).create().await;
    estate.world.advance(TimeDelta::seconds(400));
    let answer = gateway.exchange(&subject.access).send().await;
    assert!((150..=200).contains(&answer.json()["expires_in"].as_i64().unwrap()), "{}", answer.text());
    let claims = estate.claims(&answer.exchanged("access_token")).await;
    let end = |token: &str| unverified(token).claims["exp"].clone();
    assert_eq!(claims["exp"], end(&subject.access));
    // Nor than the actor: a fresh subject token, and an actor whose own is about to end.
    let short = estate.service("desk").may_act(&[&from_orders("")]);
    let short = short.with(|create| create.access_token_ttl = Some(60)).create().await;
    let own = short.token_request("client_credentials").send().await.tokens();
    let fresh = estate.for_orders().await;
    let delegated = short.exchange(&fresh.access).with("actor_token", &own.access);
    let delegated = delegated.with("actor_token_type", &token_type("access_token"));
    assert!(end(&delegated.send().await.exchanged("access_token")).as_i64() <= end(&own.access).as_i64());
}

#[tokio::test]
async fn a_client_exchanges_its_own_refresh_and_id_tokens() {
    let estate = Estate::start().await;
    let rule = format!("audience={ORDERS},scope=orders:read");
    let own = estate.world.client("own").first_party().scope(ALL).with(|create| {
        create.grants.push(GrantType::TokenExchange);
        create.metadata.may_act = vec![rule.parse().unwrap()];
    });
    let own = own.create().await;
    let tokens = own.tokens_for(&estate.alice, &own.request().scope(ALL)).await;
    for (kind, token) in [("refresh_token", tokens.refresh()), ("id_token", tokens.id())] {
        let exchanged = own.exchange_of(kind, token).with("audience", ORDERS).send().await.exchanged("access_token");
        let claims = estate.claims(&exchanged).await;
        assert_eq!((&claims["scope"], &claims["aud"]), (&json!("orders:read"), &json!(ORDERS)), "{kind}");
        own.finds_active(&exchanged).await;
        // An ID token is for nobody's API: whom it is exchanged for has to be said.
        own.exchange_of("id_token", tokens.id()).send().await.refused(400, "invalid_target");
    }
    // Exchanging a refresh token spends nothing; a spent one is worth nothing, and that is no replay.
    let next = own.refresh(tokens.refresh()).await;
    own.exchange_of("refresh_token", tokens.refresh())
        .with("audience", ORDERS)
        .send()
        .await
        .refused(400, "invalid_request");
    let exchanged = own.exchange_of("refresh_token", next.refresh()).with("audience", ORDERS);
    let exchanged = exchanged.send().await.exchanged("access_token");
    own.revoke(next.refresh()).await.expect(200);
    own.finds_inactive(&exchanged).await;
    own.exchange_of("id_token", tokens.id()).with("audience", ORDERS).send().await.refused(400, "invalid_request");
    assert_eq!(estate.world.count_facts("refresh_token.replayed").await, 0);
}

#[tokio::test]
async fn an_api_of_opaque_tokens_gets_opaque_ones() {
    let estate = Estate::start().await;
    let opaque =
        estate.world.resource_with("vault", "vault:open", |create| create.access_token_format = TokenFormat::Opaque);
    let vault = opaque.await.uri;
    let portal = estate.world.client("shop").first_party().scope("openid vault:open").create().await;
    let request = portal.request().scope("openid vault:open").with("resource", &vault);
    let subject = portal.tokens_for(&estate.alice, &request).await;
    let rule = format!("audience={vault},from={vault}");
    let gateway = estate.world.client("gateway").scope("vault:open").may_act(&[&rule]).create().await;
    let token = gateway.exchange(&subject.access).send().await.exchanged("access_token");
    assert!(token.starts_with("sgt_at_"));
    assert_eq!(gateway.finds_active(&token).await["act"], json!({ "sub": gateway.id }));
    let jwt = gateway.exchange(&subject.access).with("requested_token_type", &token_type("jwt"));
    jwt.send().await.refused(400, "invalid_request");
    // As it is no JWT, it is not presented as one.
    gateway.exchange_of("jwt", &subject.access).send().await.refused(400, "invalid_request");
    // Where tokens are JWTs, one may be asked for.
    let subject = estate.for_orders().await;
    let worker = estate.acting("worker", &from_orders("")).await;
    worker.exchange(&subject.access).with("requested_token_type", &token_type("jwt")).send().await.exchanged("jwt");
}

#[tokio::test]
async fn a_service_acts_for_a_service() {
    let estate = Estate::start().await;
    let robot =
        estate.world.client("robot").grants(&[GrantType::ClientCredentials]).scope("orders:read").redirects(&[]);
    let robot = robot.create().await;
    let own = robot.token_request("client_credentials").with("resource", ORDERS).send().await.tokens();
    let gateway = estate.acting("gateway", &from_orders("")).await;
    let worker = estate.acting("worker", &from_orders(",depth=2")).await;
    let first = gateway.exchange(&own.access).send().await.exchanged("access_token");
    let claims = estate.claims(&first).await;
    assert_eq!((&claims["sub"], &claims["act"]["sub"]), (&json!(robot.id), &json!(gateway.id)));
    assert!(claims.get("sid").is_none() && claims.get("grant_id").is_none());
    let second = worker.exchange(&first).send().await.exchanged("access_token");
    assert_eq!(worker.finds_active(&second).await["sub"], robot.id);
    robot.revoke(&own.access).await.expect(200);
    gateway.finds_inactive(&first).await;
    worker.finds_inactive(&second).await;
    assert_eq!(estate.world.count_facts("token.exchanged").await, 2);
}

#[tokio::test]
async fn core_8_a_person_has_the_name_that_the_acting_client_knows() {
    let estate = Estate::start().await;
    let subject = estate.for_orders().await;
    let pairwise = estate.world.client("desk").first_party().scope(ALL).with(|create| {
        create.grants.push(GrantType::TokenExchange);
        create.metadata.subject_type = SubjectType::Pairwise;
        create.metadata.may_act = vec![from_orders("").parse().unwrap()];
    });
    let desk = pairwise.create().await;
    let token = desk.exchange(&subject.access).send().await.exchanged("access_token");
    let claims = estate.claims(&token).await;
    let own = unverified(desk.tokens_of(&estate.alice).await.id()).claims["sub"].clone();
    assert_eq!(claims["sub"], own);
    assert!(!claims.to_string().contains(&estate.alice.sub()));
    desk.finds_active(&token).await;
}

#[tokio::test]
async fn what_one_node_ends_is_over_on_the_other() {
    let estate = Estate::start().await;
    let Some(second) = estate.world.second_node().await else { return };
    let subject = estate.for_orders().await;
    let gateway = estate.acting("gateway", &from_orders("")).await;
    let token = gateway.at(&second).exchange(&subject.access).send().await.exchanged("access_token");
    gateway.finds_active(&token).await;
    estate.portal.revoke(&subject.access).await.expect(200);
    gateway.at(&second).finds_inactive(&token).await;
}

#[tokio::test]
async fn a_withdrawal_reaches_what_came_of_a_grant_without_refresh_tokens() {
    let estate = Estate::start().await;
    let rule = format!("audience={ORDERS},scope=orders:read");
    let guest = estate.world.client("guest").scope(ALL).with(|create| {
        create.grants = vec![GrantType::AuthorizationCode, GrantType::TokenExchange];
        create.metadata.may_act = vec![rule.parse().unwrap()];
    });
    let guest = guest.create().await;
    let gateway = estate.acting("gateway", &from_orders("")).await;
    let request = guest.request().scope("openid orders:read").with("resource", ORDERS);
    let mut browser = estate.alice.signed_in().await;
    let mut former = None;
    // Before and after: what is allowed anew is another epoch, and what is exchanged belongs to it.
    for _ in 0..2 {
        let code = browser.authorize(&request).await.consent().await.code();
        let tokens = guest.token(&code).await;
        let by_id = guest.exchange_of("id_token", tokens.id()).with("audience", ORDERS);
        let own = by_id.clone().send().await.exchanged("access_token");
        let passed = gateway.exchange(&tokens.access).send().await.exchanged("access_token");
        guest.finds_active(&own).await;
        gateway.finds_active(&passed).await;
        if let Some((own, passed)) = former.replace((own.clone(), passed.clone())) {
            guest.finds_inactive(&own).await;
            gateway.finds_inactive(&passed).await;
            continue;
        }
        browser.open("/").await.press("Withdraw access of Guest").await;
        guest.finds_inactive(&own).await;
        gateway.finds_inactive(&passed).await;
        by_id.send().await.refused(400, "invalid_request");
        gateway.exchange(&tokens.access).send().await.refused(400, "invalid_request");
    }
}
