//! The Identity Assertion JWT Authorization Grant (draft-ietf-oauth-identity-assertion-authz-grant): issued here for another
//! authorization server, and redeemed here by another's word.

use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::{
    config::{Issuer, Setting},
    domain::{
        clients::{GrantType, SubjectType},
        issuers::{CreateIssuer, LinkSubject, SubjectMapping, Use},
        users::Whom,
    },
};

use crate::world::{Client, ISSUER, Person, Tokens, World, changed, token_type, unverified};

const CHAT: &str = "https://id.example.test:8443";
const API: &str = "https://api.chat.example/";
const RULE: &str = "mode=id-jag,audience=https://id.example.test:8443,client-id=wiki-at-chat,scope=chat.read \
                    chat.history,resource=https://api.chat.example/";

/// The wiki, where Alice is signed in.
async fn start() -> (World, Person, Client, Tokens) {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let wiki = wiki(&world, SubjectType::Public).await.unwrap();
    let tokens = wiki.tokens_for(&alice, &wiki.request().scope("openid email")).await;
    (world, alice, wiki, tokens)
}

async fn wiki(world: &World, subject_type: SubjectType) -> signet::kernel::Result<Client> {
    let wiki = world.client("wiki").first_party().with(|create| {
        create.grants.push(GrantType::TokenExchange);
        create.metadata.may_act = vec![RULE.parse().unwrap()];
        create.metadata.subject_type = subject_type;
    });
    wiki.try_create().await
}

fn wanted(wiki: &Client, id_token: &str) -> crate::world::TokenRequest {
    let request = wiki.exchange_of("id_token", id_token).with("audience", CHAT);
    request.with("requested_token_type", &token_type("id-jag"))
}

#[tokio::test]
async fn section_4_3_an_id_token_is_exchanged_for_an_assertion() {
    let (world, alice, wiki, tokens) = start().await;
    let answer = wanted(&wiki, tokens.id()).with("scope", "chat.read").with("resource", API).send().await;
    let said = answer.json();
    assert_eq!((&said["expires_in"], &said["scope"]), (&json!(300), &json!("chat.read")));
    let jag = answer.exchanged("id-jag");
    let jwt = world.jwks().await.verify(&jag);
    assert_eq!(jwt.header["typ"], "oauth-id-jag+jwt");
    let id = unverified(tokens.id()).claims;
    let claims = jwt.claims;
    let expected = json!({
        "iss": ISSUER, "sub": alice.sub(), "aud": CHAT, "client_id": "wiki-at-chat", "scope": "chat.read", "resource": API,
        "email": alice.email, "email_verified": true,
        "auth_time": id["auth_time"], "acr": id["acr"], "amr": id["amr"],
        "iat": claims["iat"], "exp": claims["iat"].as_i64().unwrap() + 300, "jti": claims["jti"],
    });
    assert_eq!(claims, expected);
    let age = world.now().timestamp() - claims["iat"].as_i64().unwrap();
    assert!((0..60).contains(&age), "{age}"); // a busy machine is no defect
    assert!(claims["jti"].as_str().is_some_and(|jti| jti.starts_with("jag_")));
    // It is no access token, here or anywhere.
    wiki.finds_inactive(&jag).await;
    world.userinfo(&jag).await.refused(401, "invalid_token");
    let facts = alice.activity().await;
    let fact = facts.iter().find(|fact| fact.name == "token.exchanged").unwrap();
    assert_eq!((&fact.details["mode"], &fact.details["audience"]), (&json!("id-jag"), &json!([CHAT])));
}

#[tokio::test]
async fn section_4_3_1_only_by_rule_and_only_for_its_own_id_token() {
    let (world, alice, wiki, tokens) = start().await;
    let ask = |name: &str, value: &str| wanted(&wiki, tokens.id()).with(name, value).send();
    ask("audience", "https://elsewhere.example").await.refused(400, "invalid_target");
    ask("resource", "https://elsewhere.example/").await.refused(400, "invalid_target");
    ask("scope", "chat.write").await.refused(400, "invalid_scope");
    wanted(&wiki, tokens.id()).without("audience").send().await.refused(400, "invalid_target");
    let twice = wanted(&wiki, tokens.id()).again("audience", CHAT);
    twice.send().await.refused(400, "invalid_request");
    // Not an access token, in the place of one.
    wiki.exchange_of("id_token", tokens.id()).with("audience", CHAT).send().await.refused(400, "invalid_request");
    // An access token allows something; it says nothing about who signed in at the client.
    let access = wiki.exchange(&tokens.access).with("audience", CHAT);
    let access = access.with("requested_token_type", &token_type("id-jag"));
    access.send().await.refused(400, "invalid_request");
    // Another client's ID token, one of a client that does not exchange, and one that is over.
    let shop = world.client("shop").first_party().create().await;
    wanted(&wiki, shop.tokens_of(&alice).await.id()).send().await.refused(400, "invalid_request");
    wanted(&shop, tokens.id()).send().await.refused(400, "unauthorized_client");
    wanted(&wiki, tokens.id()).send().await.exchanged("id-jag");
    wiki.revoke(tokens.refresh()).await.expect(200);
    wanted(&wiki, tokens.id()).send().await.refused(400, "invalid_request");
    let tokens = wiki.tokens_of(&alice).await;
    alice.lock().await;
    wanted(&wiki, tokens.id()).send().await.refused(400, "invalid_request");
    alice.unlock().await;
    world.advance(TimeDelta::hours(2));
    wanted(&wiki, tokens.id()).send().await.refused(400, "invalid_request");
}

#[tokio::test]
async fn a_pairwise_client_is_not_told_what_people_are_called_elsewhere() {
    let world = World::start().await;
    assert!(wiki(&world, SubjectType::Pairwise).await.is_err());
}

/// The chat's own server: another Signet, which knows the wiki by another name and believes this one.
async fn chat(home: &World, mapping: SubjectMapping) -> (World, Client) {
    let chat = World::configured(|config| config.issuer = Issuer::parse(CHAT).unwrap()).await;
    chat.resource_with("api", "chat.read chat.history", |create| create.uri = API.into()).await;
    let wiki = chat.client("wiki").redeems().scope("openid chat.read chat.history");
    let wiki = wiki.with(|create| create.client_id = Some("wiki-at-chat".into())).create().await;
    let believed = CreateIssuer {
        issuer: ISSUER.into(),
        uses: vec![Use::IdJag],
        jwks: Some(home.jwks().await.0),
        jwks_uri: None,
        audiences: Vec::new(),
        subject_mapping: mapping,
        clients: Vec::new(),
        scope: "chat.read chat.history".into(),
        max_lifetime: 300,
    };
    chat.operator(believed).await.unwrap();
    (chat, wiki)
}

#[tokio::test]
async fn section_4_both_sides_one_sign_in_gives_access_at_another_server() {
    let (world, _, wiki, tokens) = start().await;
    let (chat, there) = chat(&world, SubjectMapping::Email).await;
    let alice = chat.person("alice").verified().await;
    let jag = wanted(&wiki, tokens.id()).with("scope", "chat.read").with("resource", API);
    let jag = jag.send().await.exchanged("id-jag");
    let given = there.assert(&jag).send().await.tokens();
    let claims = chat.jwks().await.verify(&given.access).claims;
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(CHAT), &json!(API)));
    assert_eq!((&claims["sub"], &claims["scope"]), (&json!(alice.sub()), &json!("chat.read")));
    there.finds_active(&given.access).await;
    // Once, and at no other server: not even at the one that issued it (§8.3).
    there.assert(&jag).send().await.refused(400, "invalid_grant");
    let here = world.client("here").redeems().scope("chat.read");
    let here = here.with(|create| create.client_id = Some("wiki-at-chat".into())).create().await;
    let jag = wanted(&wiki, tokens.id()).send().await.exchanged("id-jag");
    here.assert(&jag).send().await.refused(400, "invalid_grant");
    // Nor is the ID token itself a grant.
    there.assert(tokens.id()).send().await.refused(400, "invalid_grant");
    there.assert(&tokens.access).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn section_4_4_1_what_an_assertion_has_to_say() {
    let world = World::start().await;
    let api = world.resource("api", "chat.read chat.history").await.uri;
    world.resource("files", "files.read").await;
    let alice = world.person("alice").verified().await;
    let wiki = world.client("wiki").redeems().scope("chat.read chat.history files.read").create().await;
    let idp = world.idp(&[Use::IdJag], SubjectMapping::Link, "chat.read chat.history").await;
    let link = LinkSubject { issuer: idp.issuer.clone(), subject: "u1".into(), whom: Whom::Id(alice.id) };
    world.operator(link).await.unwrap();
    let now = world.now().timestamp();
    let good = |changes: &Value| {
        let own = json!({ "client_id": wiki.id, "scope": "chat.read", "resource": api });
        changed(changed(idp.claims("u1"), &own), changes)
    };
    let send = |typ: &str, changes: Value| wiki.assert(&idp.signer.sign_as(Some(typ), &good(&changes))).send();
    const TYPE: &str = "oauth-id-jag+jwt";
    for fine in [
        json!({}),
        json!({ "aud": [ISSUER] }),
        json!({ "resource": [api] }),
        json!({ "scope": "chat.read unknown files.read" }),
        json!({ "auth_time": now, "amr": ["pwd"], "tenant": "acme" }),
    ] {
        assert_eq!(send(TYPE, fine).await.tokens().scope, "chat.read");
    }
    assert_eq!(send(TYPE, json!({ "scope": null })).await.tokens().scope, "chat.history chat.read");
    for bad in [
        json!({ "client_id": null }),
        json!({ "client_id": "another" }),
        json!({ "client_id": [wiki.id] }),
        json!({ "aud": null }),
        json!({ "aud": [ISSUER, "https://elsewhere.test"] }),
        json!({ "aud": format!("{ISSUER}/oauth2/token") }),
        json!({ "iss": ISSUER }),
        json!({ "jti": null }),
        json!({ "iat": null }),
        json!({ "exp": null }),
        json!({ "exp": now - 60 }),
        json!({ "exp": now + 4000 }),
        json!({ "sub": "u2" }),
        json!({ "scope": ["chat.read"] }),
        json!({ "resource": 7 }),
    ] {
        send(TYPE, bad).await.refused(400, "invalid_grant");
    }
    send(TYPE, json!({ "resource": "https://unknown.test" })).await.refused(400, "invalid_target");
    for other in ["JWT", "at+jwt", "id-jag+jwt"] {
        send(other, json!({})).await.refused(400, "invalid_grant");
    }
    // The request narrows what the assertion says, and never widens it.
    let request = |changes: Value| wiki.assert(&idp.signer.sign_as(Some(TYPE), &good(&changes)));
    request(json!({})).with("scope", "chat.history").send().await.refused(400, "invalid_scope");
    request(json!({})).with("resource", "https://files.example.test").send().await.refused(400, "invalid_target");
    request(json!({})).with("resource", ISSUER).send().await.refused(400, "invalid_target"); // nobody signed in
    request(json!({})).with("resource", &api).send().await.tokens();
}
