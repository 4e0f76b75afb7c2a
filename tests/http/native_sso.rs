//! Native SSO for mobile apps (draft 07): apps of one vendor share a sign-in by an ID token and its device secret.

use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::domain::clients::GrantType;

use crate::world::{Answer, Browser, Client, Person, World, together, unverified};

const GRANTS: &[GrantType] = &[GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::TokenExchange];
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const DEVICE_SECRET: &str = "urn:openid:params:token-type:device-secret";
const ISSUER: &str = "https://id.example.test";

/// What one app keeps where the vendor's other apps find it.
#[derive(Clone)]
struct Pair {
    id_token: String,
    secret: String,
    answer: Value,
}

async fn start() -> (World, Person, Client, Client) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mail = app(&world, "mail", Some("acme")).await;
    let chat = app(&world, "chat", Some("acme")).await;
    (world, alice, mail, chat)
}

/// A vendor's app: native, without a secret, and the operator's own.
async fn app(world: &World, name: &str, vendor: Option<&str>) -> Client {
    let vendor = vendor.map(str::to_owned);
    let new = world.client(name).native().first_party().grants(GRANTS).scope("openid email offline_access device_sso");
    new.with(|create| create.metadata.native_sso_group = vendor).create().await
}

async fn signed_in(app: &Client, person: &Person, scope: &str) -> Pair {
    signed_in_by(&mut person.signed_in().await, app, scope).await
}

async fn signed_in_by(browser: &mut Browser, app: &Client, scope: &str) -> Pair {
    let code = browser.authorize(&app.request().scope(scope)).await.consent().await.code();
    let answer = app.code_request(&code).send().await.expect(200).json();
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    Pair { id_token: text("id_token"), secret: text("device_secret"), answer }
}

/// The exchange, with some parameters changed or, where they are empty, left out.
async fn exchange(app: &Client, pair: &Pair, changed: &[(&str, &str)]) -> Answer {
    let mut request = app.token_request(EXCHANGE);
    for (name, value) in [
        ("subject_token", pair.id_token.as_str()),
        ("subject_token_type", ID_TOKEN),
        ("actor_token", &pair.secret),
        ("actor_token_type", DEVICE_SECRET),
        ("audience", ISSUER),
        ("scope", "openid email"),
    ] {
        let value = changed.iter().find(|(each, _)| *each == name).map_or(value, |(_, value)| value);
        if !value.is_empty() {
            request = request.with(name, value);
        }
    }
    for (name, value) in changed.iter().filter(|(name, _)| ["requested_token_type", "resource"].contains(name)) {
        request = request.with(name, value);
    }
    request.send().await
}

fn claims(token: &str) -> Value {
    unverified(token).claims
}

#[tokio::test]
async fn the_next_app_is_signed_in_without_a_browser() {
    let (world, alice, mail, chat) = start().await;
    let pair = signed_in(&mail, &alice, "openid email device_sso").await;
    assert!(pair.secret.starts_with("sgt_ds_"), "{}", pair.answer);
    let first = claims(&pair.id_token);
    assert_eq!(first["ds_hash"].as_str().map(str::len), Some(43));

    let answer = exchange(&chat, &pair, &[]).await.expect(200).json();
    assert_eq!(answer["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
    assert_eq!((&answer["scope"], answer.get("device_secret")), (&json!("email openid"), None));
    let second = claims(answer["id_token"].as_str().unwrap());
    for same in ["sub", "sid", "auth_time", "amr", "ds_hash"] {
        assert_eq!(first[same], second[same], "{same}");
    }
    assert_eq!(second["aud"], json!(chat.id));
    let access = answer["access_token"].as_str().unwrap();
    assert_eq!(chat.userinfo(access).await.expect(200).json()["email"], json!(alice.email.to_string()));
    let next = chat.refresh(answer["refresh_token"].as_str().unwrap()).await;
    assert_eq!(claims(next.id())["ds_hash"], first["ds_hash"], "the pair goes on after a refresh");
    let facts = alice.activity().await;
    let fact = facts.iter().find(|fact| fact.name == "token.exchanged").unwrap();
    assert_eq!((&fact.details["mode"], &fact.details["from"]), (&json!("native-sso"), &json!([mail.id])));
    // And the third by what the second has.
    let third = app(&world, "maps", Some("acme")).await;
    let pair = Pair { id_token: answer["id_token"].as_str().unwrap().into(), ..pair };
    exchange(&third, &pair, &[]).await.expect(200);
}

#[tokio::test]
async fn an_id_token_may_have_expired_and_the_session_may_not() {
    let (world, alice, mail, chat) = start().await;
    let mut browser = alice.signed_in().await;
    let pair = signed_in_by(&mut browser, &mail, "openid offline_access device_sso").await;
    let lifetime = claims(&pair.id_token);
    let lifetime = lifetime["exp"].as_i64().unwrap() - lifetime["iat"].as_i64().unwrap();
    world.advance(TimeDelta::seconds(lifetime + 60));
    let tokens = exchange(&chat, &pair, &[("scope", "openid offline_access")]).await.expect(200).json();
    browser.open("/").await.press("Sign out").await;
    exchange(&chat, &pair, &[]).await.refused(400, "invalid_grant");
    // What was granted for while the person is away goes on.
    chat.refresh(tokens["refresh_token"].as_str().unwrap()).await;
}

#[tokio::test]
async fn without_offline_access_what_came_of_it_ends_with_the_session() {
    let (_, alice, mail, chat) = start().await;
    let mut browser = alice.signed_in().await;
    let pair = signed_in_by(&mut browser, &mail, "openid device_sso").await;
    let tokens = exchange(&chat, &pair, &[]).await.expect(200).json();
    let access = tokens["access_token"].as_str().unwrap();
    chat.userinfo(access).await.expect(200);
    browser.open("/").await.press("Sign out").await;
    chat.userinfo(access).await.refused(401, "invalid_token");
    chat.refresh_request(tokens["refresh_token"].as_str().unwrap()).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn half_a_pair_is_worth_nothing() {
    let (_, alice, mail, chat) = start().await;
    let pair = signed_in(&mail, &alice, "openid device_sso").await;
    let other = signed_in(&mail, &alice, "openid device_sso").await;
    let plain = signed_in(&mail, &alice, "openid").await;
    assert_eq!((plain.secret.as_str(), claims(&plain.id_token).get("ds_hash")), ("", None));
    let forged = format!("{}x", &pair.id_token[..pair.id_token.len() - 1]);
    for changed in [
        ("actor_token", other.secret.as_str()),
        ("actor_token", "sgt_ds_nothing"),
        ("subject_token", &plain.id_token),
        ("subject_token", &other.id_token),
        ("subject_token", &forged),
        ("subject_token", "nothing"),
        ("subject_token", pair.answer["access_token"].as_str().unwrap()),
    ] {
        exchange(&chat, &pair, &[changed]).await.refused(400, "invalid_grant");
    }
    for changed in [
        ("actor_token", ""),
        ("subject_token", ""),
        ("subject_token_type", ""),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:id-jag"),
        ("audience", ""),
    ] {
        exchange(&chat, &pair, &[changed]).await.refused(400, "invalid_request");
    }
    exchange(&chat, &pair, &[("audience", "https://elsewhere.test")]).await.refused(400, "invalid_target");
    exchange(&chat, &pair, &[("scope", "open\"id")]).await.refused(400, "invalid_scope");
    exchange(&chat, &pair, &[]).await.expect(200);
}

#[tokio::test]
async fn only_apps_of_the_same_vendor_share() {
    let (world, alice, mail, _) = start().await;
    let pair = signed_in(&mail, &alice, "openid device_sso").await;
    for vendor in [None, Some("globex")] {
        let stranger = app(&world, "game", vendor).await;
        exchange(&stranger, &pair, &[]).await.refused(400, "invalid_grant");
    }
    // Without a vendor there is no secret either, and the scope is not given.
    let alone = app(&world, "solo", None).await;
    let solo = signed_in(&alone, &alice, "openid device_sso").await;
    assert_eq!((solo.secret.as_str(), &solo.answer["scope"]), ("", &json!("openid")));
    // A public client exchanges nothing else.
    let other = [("actor_token", ""), ("actor_token_type", "")];
    exchange(&mail, &pair, &other).await.refused(400, "unauthorized_client");
    // When the app goes that the pair is of, it is worth nothing.
    let chat = app(&world, "chat2", Some("acme")).await;
    world.operator(signet::domain::clients::DeleteClient { client_id: mail.id.clone() }).await.unwrap();
    exchange(&chat, &pair, &[]).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn what_a_person_would_have_to_be_asked_is_not_given() {
    let (world, alice, mail, _) = start().await;
    let pair = signed_in(&mail, &alice, "openid device_sso").await;
    let asking = world.client("asking").native().grants(GRANTS).scope("openid email offline_access");
    let asking = asking.with(|create| create.metadata.native_sso_group = Some("acme".into())).create().await;
    exchange(&asking, &pair, &[]).await.refused(400, "invalid_scope");
    asking.tokens_for(&alice, &asking.request().scope("openid")).await;
    exchange(&asking, &pair, &[]).await.refused(400, "invalid_scope");
    let tokens = exchange(&asking, &pair, &[("scope", "openid")]).await.expect(200).json();
    // And a withdrawal reaches it.
    let (front_end, _) = alice.front_end().await;
    front_end.withdraw_from(&asking).await;
    asking.userinfo(tokens["access_token"].as_str().unwrap()).await.refused(401, "invalid_token");
    exchange(&asking, &pair, &[("scope", "openid")]).await.refused(400, "invalid_scope");
}

#[tokio::test]
async fn a_locked_person_shares_nothing() {
    let (_, alice, mail, chat) = start().await;
    let pair = signed_in(&mail, &alice, "openid device_sso").await;
    alice.lock().await;
    exchange(&chat, &pair, &[]).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn journey_exchanges_beside_a_sign_out_leave_nothing_alive() {
    let (_, alice, mail, chat) = start().await;
    let mut browser = alice.signed_in().await;
    let pair = signed_in_by(&mut browser, &mail, "openid device_sso").await;
    browser.open("/").await;
    let sign_out = browser.send("/sign-out", &browser.fields("/sign-out"));
    let exchanges = (0..8).map(|_| {
        let (chat, pair) = (chat.clone(), pair.clone());
        async move { exchange(&chat, &pair, &[]).await }
    });
    let (answers, gone) = tokio::join!(together(exchanges.collect::<Vec<_>>()), sign_out.send());
    gone.expect(303);
    for answer in answers {
        match answer.status.as_u16() {
            200 => {
                let tokens = answer.json();
                chat.userinfo(tokens["access_token"].as_str().unwrap()).await.refused(401, "invalid_token");
                let refresh = tokens["refresh_token"].as_str().unwrap();
                chat.refresh_request(refresh).send().await.refused(400, "invalid_grant");
            }
            _ => drop(answer.refused(400, "invalid_grant")),
        }
    }
}

#[tokio::test]
async fn discovery_and_the_command_line_know_it() {
    let world = World::start().await;
    let document = world.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(document["native_sso_supported"], json!(true));
    assert!(document["scopes_supported"].as_array().unwrap().contains(&json!("device_sso")));
    let create = ["client", "create", "--name", "Mail", "--application-type", "native", "--public"];
    let more = ["--redirect-uri", "com.acme.mail:/cb", "--native-sso-group", "acme"];
    let made = world.signet(&[&create[..], &more[..]].concat(), "").await.done();
    assert_eq!(made["native_sso_group"], json!("acme"));
    assert!(made["scope"].as_str().unwrap().split(' ').any(|scope| scope == "device_sso"));
    assert!(made["grant_types"].as_array().unwrap().contains(&json!(EXCHANGE)));
}
