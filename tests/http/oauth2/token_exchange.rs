//! Token exchange (RFC 8693): who may act for whom, towards whom, and with what.

use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::domain::clients::GrantType;

use super::estate::{ALL, Estate, ORDERS, STOCK, from_orders};
use crate::world::{Client, Jwt, World, token_type, unverified};

#[tokio::test]
async fn section_2_2_1_a_delegated_token_says_for_whom_and_who_acts() {
    let estate = Estate::start().await;
    let subject = estate.for_orders().await;
    let gateway = estate.acting("gateway", &from_orders("")).await;
    let answer = gateway.exchange(&subject.access).send().await;
    let json = answer.json();
    let token = answer.exchanged("access_token");
    assert_eq!(json["scope"], "orders:read");
    let Jwt { header, claims } = estate.world.jwks().await.verify(&token);
    let before = unverified(&subject.access).claims;
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!((&claims["sub"], &claims["act"]), (&json!(estate.alice.sub()), &json!({ "sub": gateway.id })));
    assert_eq!((&claims["client_id"], &claims["aud"]), (&json!(gateway.id), &json!(ORDERS)));
    for same in ["iss", "sid", "grant_id", "auth_time", "acr", "amr", "scope"] {
        assert_eq!(claims[same], before[same], "{same}");
    }
    assert_ne!(claims["jti"], before["jti"]);
    // Introspection tells it as well (§7.3), and nothing of ours.
    let told = gateway.finds_active(&token).await;
    assert_eq!((&told["act"], &told["sub"]), (&claims["act"], &claims["sub"]));
    assert!(told.get("exchanged_from").is_none());
    // The portal learns nothing of it.
    estate.portal.finds_inactive(&token).await;
    let facts = estate.alice.activity().await;
    let fact = facts.iter().find(|fact| fact.name == "token.exchanged").unwrap();
    assert_eq!(
        fact.details,
        json!({
            "client_id": gateway.id, "mode": "delegation", "actors": [gateway.id], "from": [estate.portal.id],
            "audience": [ORDERS], "scope": "orders:read", "grant": claims["grant_id"],
        })
    );
}

#[tokio::test]
async fn section_4_1_a_chain_names_every_actor_and_has_an_end() {
    let estate = Estate::start().await;
    let subject = estate.for_orders().await;
    let gateway = estate.acting("gateway", &from_orders("")).await;
    let worker = estate.acting("worker", &from_orders(",depth=2")).await;
    let deep = estate.acting("deep", &from_orders(",depth=3")).await;
    let first = gateway.exchange(&subject.access).send().await.exchanged("access_token");
    let second = worker.exchange(&first).send().await.exchanged("access_token");
    let act = &estate.claims(&second).await["act"];
    assert_eq!(*act, json!({ "sub": worker.id, "act": { "sub": gateway.id } }));
    worker.exchange(&second).send().await.refused(400, "invalid_request");
    let third = deep.exchange(&second).send().await.exchanged("access_token");
    assert_eq!(estate.claims(&third).await["act"]["act"]["act"], json!({ "sub": gateway.id }));
    assert_eq!(estate.world.count_facts("token.exchanged").await, 3, "every hop is remembered");
}

#[tokio::test]
async fn section_1_1_an_impersonating_token_names_no_actor_and_hides_none() {
    let estate = Estate::start().await;
    let subject = estate.for_orders().await;
    let rule = from_orders(",mode=impersonation,depth=2");
    let batch = estate.acting("batch", &rule).await;
    let token = batch.exchange(&subject.access).send().await.exchanged("access_token");
    assert!(estate.claims(&token).await.get("act").is_none());
    // Whoever acted before stays named.
    let gateway = estate.acting("gateway", &from_orders("")).await;
    let delegated = gateway.exchange(&subject.access).send().await.exchanged("access_token");
    let token = batch.exchange(&delegated).send().await.exchanged("access_token");
    assert_eq!(estate.claims(&token).await["act"], json!({ "sub": gateway.id }));
    // An actor who wants to be named is not served by a rule for impersonation.
    let own = batch.token_request("client_credentials").send().await.tokens();
    let named = batch.exchange(&subject.access).with("actor_token", &own.access);
    let named = named.with("actor_token_type", &token_type("access_token"));
    named.send().await.refused(400, "invalid_request");
}

#[tokio::test]
async fn a_new_token_never_allows_more_than_the_old_one() {
    let estate = Estate::start().await;
    let subject = estate.for_orders().await;
    let gateway = estate.acting("gateway", &format!("audience={ORDERS},audience={STOCK},from={ORDERS}")).await;
    let ask = |name: &str, value: &str| gateway.exchange(&subject.access).with(name, value).send();
    // Another scope of the same API, an API that the token is not for, the issuer, and nobody.
    ask("scope", "orders:write").await.refused(400, "invalid_scope");
    ask("scope", "orders:read stock:read").await.refused(400, "invalid_scope");
    ask("scope", "a\"b").await.refused(400, "invalid_scope");
    ask("resource", STOCK).await.refused(400, "invalid_target");
    ask("audience", STOCK).await.refused(400, "invalid_target");
    ask("audience", crate::world::ISSUER).await.refused(400, "invalid_target");
    ask("audience", "https://unknown.example.test").await.refused(400, "invalid_target");
    ask("audience", "orders").await.refused(400, "invalid_target");
    ask("audience", ORDERS).await.exchanged("access_token");
    // Of a token for two, one; and less of what it allows.
    let both = estate.for_both().await;
    let narrow = gateway.exchange(&both.access).with("resource", ORDERS).with("scope", "orders:write");
    let claims = estate.claims(&narrow.send().await.exchanged("access_token")).await;
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!(ORDERS), &json!("orders:write")));
    let two = gateway.exchange(&both.access).with("audience", STOCK).with("resource", ORDERS);
    assert_eq!(estate.claims(&two.send().await.exchanged("access_token")).await["aud"], json!([ORDERS, STOCK]));
    // What the rule does not say, or the acting client is not registered for, is not given either.
    let narrow = estate.acting("narrow", &format!("audience={ORDERS},from={ORDERS},scope=orders:read")).await;
    narrow
        .exchange(&both.access)
        .with("resource", ORDERS)
        .with("scope", "orders:write")
        .send()
        .await
        .refused(400, "invalid_scope");
    narrow.exchange(&both.access).with("resource", STOCK).send().await.refused(400, "invalid_target");
    let reader = estate.service("reader").scope("orders:read").may_act(&[&from_orders("")]).create().await;
    let token = reader.exchange(&both.access).with("resource", ORDERS).send().await.exchanged("access_token");
    assert_eq!(estate.claims(&token).await["scope"], "orders:read");
}

#[tokio::test]
async fn an_operator_may_add_what_the_person_allowed_the_application() {
    let estate = Estate::start().await;
    let rule = format!("audience={STOCK},from={ORDERS},adds=stock:read");
    let orders = estate.acting("orders", &rule).await;
    let subject = estate.for_orders().await;
    let token = orders.exchange(&subject.access).with("resource", STOCK).send().await.exchanged("access_token");
    let claims = estate.claims(&token).await;
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!(STOCK), &json!("stock:read")));
    // An application that has to ask: what Alice did not allow it, nobody adds.
    let guest = estate.world.client("guest").scope(ALL).create().await;
    let asked = guest.request().scope("openid orders:read").with("resource", ORDERS);
    let subject = guest.tokens_for(&estate.alice, &asked).await;
    orders.exchange(&subject.access).with("resource", STOCK).send().await.refused(400, "invalid_target");
    let asked = guest.request().scope("openid orders:read stock:read").with("resource", ORDERS);
    guest.tokens_for(&estate.alice, &asked).await;
    orders.exchange(&subject.access).with("resource", STOCK).send().await.exchanged("access_token");
}

#[tokio::test]
async fn section_2_2_2_a_token_that_is_not_good_is_an_invalid_request() {
    let estate = Estate::start().await;
    let tokens = estate.for_orders().await;
    let gateway = estate.acting("gateway", &from_orders("")).await;
    let refused = async |kind: &str, token: &str| {
        gateway.exchange_of(kind, token).with("audience", ORDERS).send().await.refused(400, "invalid_request");
    };
    let (signed, signature) = tokens.access.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    refused("access_token", &format!("{signed}.{other}{}", &signature[1..])).await;
    refused("access_token", "nonsense").await;
    // A token of one kind is none of another, and others' refresh and ID tokens are theirs (RFC 8725 §3.11).
    refused("access_token", tokens.id()).await;
    refused("access_token", tokens.refresh()).await;
    refused("id_token", &tokens.access).await;
    refused("id_token", tokens.id()).await;
    refused("jwt", tokens.id()).await;
    refused("refresh_token", tokens.refresh()).await;
    refused("refresh_token", &tokens.access).await;
    for kind in ["saml2", "id-jag", "made-up"] {
        refused(kind, &tokens.access).await;
    }
    let request = || gateway.exchange(&tokens.access);
    for missing in ["subject_token", "subject_token_type"] {
        request().without(missing).send().await.refused(400, "invalid_request");
    }
    request().again("subject_token", &tokens.access).send().await.refused(400, "invalid_request");
    for alone in ["actor_token", "actor_token_type"] {
        request().with(alone, &token_type("access_token")).send().await.refused(400, "invalid_request");
    }
    for wanted in ["refresh_token", "id_token", "saml1", "id-jag"] {
        request().with("requested_token_type", &token_type(wanted)).send().await.refused(400, "invalid_request");
    }
    request().send().await.exchanged("access_token");
    gateway.exchange_of("jwt", &tokens.access).send().await.exchanged("access_token");
    estate.world.advance(TimeDelta::seconds(600));
    request().send().await.refused(400, "invalid_request");
}

#[tokio::test]
async fn who_may_exchange() {
    let estate = Estate::start().await;
    let subject = estate.for_orders().await;
    // Without the grant type, without a rule, and without a proof of who asks.
    estate.portal.exchange(&subject.access).send().await.refused(400, "unauthorized_client");
    let idle = estate.service("idle").may_act(&[]).create().await;
    idle.exchange(&subject.access).send().await.refused(400, "unauthorized_client");
    let public = estate.service("app").public().grants(&[GrantType::TokenExchange]).redirects(&[]).create().await;
    public.exchange(&subject.access).send().await.refused(400, "unauthorized_client");
    let rules = estate.service("app").may_act(&[&from_orders("")]).public();
    assert!(rules.grants(&[GrantType::TokenExchange]).try_create().await.is_err(), "anyone could pose as it");
    let wrong = Client { secret: Some("wrong".into()), ..estate.acting("gateway", &from_orders("")).await };
    wrong.exchange(&subject.access).send().await.refused(401, "invalid_client");
    // Another's tokens, without a rule that names them.
    let stranger = estate.acting("stranger", &format!("audience={ORDERS}")).await;
    stranger.exchange(&subject.access).send().await.refused(400, "invalid_request");
    // The API that the token is for, by its name; and whoever it was issued to.
    let api = estate.service("api").may_act(&[&format!("audience={ORDERS}")]);
    let api = api.with(|create| create.client_id = Some(ORDERS.into())).create().await;
    api.exchange(&subject.access).send().await.exchanged("access_token");
    let rule = format!("audience={ORDERS}");
    let own = estate.world.client("own").first_party().scope(ALL).with(|create| {
        create.grants.push(GrantType::TokenExchange);
        create.metadata.may_act = vec![rule.parse().unwrap()];
    });
    let own = own.create().await;
    let request = own.request().scope("openid orders:read").with("resource", ORDERS);
    let tokens = own.tokens_for(&estate.alice, &request).await;
    own.exchange(&tokens.access).send().await.exchanged("access_token");
    assert_eq!(estate.world.count_facts("token.exchanged").await, 2);
}

#[tokio::test]
async fn section_4_4_a_token_says_who_may_act_with_it() {
    let estate = Estate::start().await;
    let gateway = estate.acting("gateway", &from_orders("")).await;
    let worker = estate.acting("worker", &from_orders(",depth=2")).await;
    let id = gateway.id.clone();
    let shop = estate.world.client("shop").first_party().scope(ALL);
    let shop = shop.with(|create| create.metadata.delegate = Some(id)).create().await;
    let request = shop.request().scope("openid orders:read").with("resource", ORDERS);
    let tokens = shop.tokens_for(&estate.alice, &request).await;
    assert_eq!(estate.claims(&tokens.access).await["may_act"], json!({ "sub": gateway.id }));
    assert_eq!(shop.finds_active(&tokens.access).await["may_act"], json!({ "sub": gateway.id }));
    worker.exchange(&tokens.access).send().await.refused(400, "invalid_request");
    let token = gateway.exchange(&tokens.access).send().await.exchanged("access_token");
    // What it passes on is its own affair.
    assert!(estate.claims(&token).await.get("may_act").is_none());
    worker.exchange(&token).send().await.exchanged("access_token");
}

#[tokio::test]
async fn section_2_1_an_actor_token_names_the_actor() {
    let estate = Estate::start().await;
    let subject = estate.for_orders().await;
    let desk = estate.world.client("desk").first_party().scope(ALL).with(|create| {
        create.grants.push(GrantType::TokenExchange);
        create.metadata.may_act = vec![from_orders(",depth=2").parse().unwrap()];
    });
    let desk = desk.create().await;
    let bob = estate.world.person("bob").verified().await;
    let of_bob = desk.tokens_of(&bob).await;
    let acting = |kind: &str, token: &str| {
        let request = desk.exchange(&subject.access).with("actor_token", token);
        request.with("actor_token_type", &token_type(kind)).send()
    };
    for (kind, token) in [("access_token", of_bob.access.as_str()), ("id_token", of_bob.id()), ("jwt", of_bob.id())] {
        let token = acting(kind, token).await.exchanged("access_token");
        let claims = estate.claims(&token).await;
        assert_eq!((&claims["sub"], &claims["act"]["sub"]), (&json!(estate.alice.sub()), &json!(bob.sub())), "{kind}");
    }
    // Nobody acts by another client's token, by one that is itself delegated, or by one that is over.
    acting("access_token", &estate.portal.tokens_of(&bob).await.access).await.refused(400, "invalid_request");
    acting("refresh_token", of_bob.refresh()).await.refused(400, "invalid_request");
    let delegated = desk.exchange(&subject.access).send().await.exchanged("access_token");
    acting("access_token", &delegated).await.refused(400, "invalid_request");
    // When the actor may not act any more, nobody acts for them by what was exchanged before.
    let by_bob = acting("id_token", of_bob.id()).await.exchanged("access_token");
    let given_back = desk.tokens_of(&bob).await.access;
    let by_token = acting("access_token", &given_back).await.exchanged("access_token");
    for token in [&by_bob, &by_token] {
        desk.finds_active(token).await;
    }
    desk.revoke(&given_back).await.expect(200);
    desk.finds_inactive(&by_token).await;
    desk.finds_active(&by_bob).await;
    bob.lock().await;
    desk.finds_inactive(&by_bob).await;
    acting("access_token", &of_bob.access).await.refused(400, "invalid_request");
    acting("id_token", of_bob.id()).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn no_client_gives_itself_the_right_to_act() {
    let world = World::start().await;
    let register = async |members: Value| world.post_json("/oauth2/register", &members).await;
    for grant in [GrantType::TokenExchange, GrantType::JwtBearer] {
        let members = json!({ "grant_types": [grant], "redirect_uris": ["https://a.test/cb"], "client_name": "A" });
        assert_eq!(register(members).await.status, 400, "{grant}");
    }
    let greedy = json!({
        "redirect_uris": ["https://a.test/cb"], "may_act": [{ "audience": [ORDERS] }], "delegate": "a",
    });
    let answer = register(greedy).await.expect(201).json();
    assert!(answer.get("may_act").is_none() && answer.get("delegate").is_none());
    let shown = world.signet(&["client", "show", answer["client_id"].as_str().unwrap()], "").await.done();
    assert!(shown.get("may_act").is_none() && shown.get("delegate").is_none(), "{shown}");
}
