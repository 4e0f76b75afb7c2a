//! Clients hear from server to server that a session is over (OpenID Connect Back-Channel Logout 1.0).

use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::domain::{
    clients::SubjectType,
    notices::Told,
    oauth::logout::SendNotices,
    sessions::EndExpired,
    users::{DeleteUser, Whom},
};

use crate::world::{
    Browser, Client, ISSUER, Listener, PASSWORD, Person, Reader, Tokens, World, query, together, unverified,
    with_local_servers,
};

/// A person who is signed in to one application, whose server listens.
struct Stage {
    world: World,
    alice: Person,
    shop: Client,
    server: Listener,
    browser: Browser,
    tokens: Tokens,
}

async fn start() -> Stage {
    let world = World::configured(with_local_servers).await;
    let server = Listener::start().await;
    let alice = world.person("alice").verified().await;
    let shop = listening(&world, "shop", &server).await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    let tokens = shop.token(&code).await;
    Stage { world, alice, shop, server, browser, tokens }
}

async fn listening(world: &World, name: &str, server: &Listener) -> Client {
    let uri = format!("{}/{name}", server.origin);
    let client = world.client(name).first_party();
    client.with(|create| create.metadata.backchannel_logout_uri = Some(uri)).create().await
}

impl Stage {
    async fn send(&self) -> Told {
        self.world.job(SendNotices).await
    }

    /// The claims of every logout token that reached the server.
    fn tokens(&self) -> Vec<Value> {
        let posts = self.server.posts();
        posts.iter().map(|post| unverified(&post.fields[0].1).claims).collect()
    }

    /// Asserts that the client heard once that its session is over.
    #[track_caller]
    fn heard_once(&self, told: Told, cause: &str) {
        assert_eq!(told, Told { sent: 1, ..Told::default() }, "{cause}");
        let tokens = self.tokens();
        assert_eq!(tokens.len(), 1, "{cause}");
        assert_eq!(tokens[0]["sid"], unverified(self.tokens.id()).claims["sid"], "{cause}");
    }

    async fn sign_out(&mut self) {
        self.browser.open("/").await.press("Sign out").await;
    }

    /// What the command line says of the notices.
    async fn notices(&self) -> Vec<Value> {
        let listed = self.world.signet(&["session", "notices"], "").await.done();
        listed.as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn section_2_1_discovery_says_so() {
    let world = World::start().await;
    let document = world.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(document["backchannel_logout_supported"], true);
    assert_eq!(document["backchannel_logout_session_supported"], true);
}

#[tokio::test]
async fn section_2_4_the_logout_token() {
    let mut stage = start().await;
    stage.sign_out().await;
    stage.send().await;
    let posted = stage.server.posts().remove(0);
    assert_eq!(posted.headers["content-type"], "application/x-www-form-urlencoded");
    let [(name, token)] = &posted.fields[..] else { panic!("{posted:?}") };
    assert_eq!(name, "logout_token");
    let jwt = stage.world.jwks().await.verify(token);
    let id_token = unverified(stage.tokens.id());
    assert_eq!(jwt.header["typ"], "logout+jwt");
    assert_eq!(jwt.header["alg"], id_token.header["alg"], "§2.6: signed as the ID token was");
    for name in ["iss", "sub", "aud", "sid"] {
        assert_eq!(jwt.claims[name], id_token.claims[name], "{name}");
    }
    assert_eq!(jwt.claims["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    assert!(jwt.claims["jti"].as_str().is_some_and(|jti| jti.len() > 20));
    let (iat, exp) = (jwt.claims["iat"].as_i64().unwrap(), jwt.claims["exp"].as_i64().unwrap());
    assert!((stage.world.now().timestamp() - iat).abs() < 60 && exp > iat && exp - iat <= 120);
    assert!(jwt.claims.get("nonce").is_none(), "it must not pass for an ID token");
    // Nor does it here.
    let hinted = format!("/oauth2/logout?{}", query(&[("id_token_hint", token)]));
    assert_eq!(stage.browser.arrive(&hinted).await.page().status(), 400);
    stage.world.userinfo(token).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn section_2_4_it_is_encrypted_where_id_tokens_are() {
    let world = World::configured(with_local_servers).await;
    let (server, reader) = (Listener::start().await, Reader::new("ECDH-ES"));
    let alice = world.person("alice").verified().await;
    let (uri, jwks) = (format!("{}/shop", server.origin), reader.jwks());
    let shop = world.client("shop").first_party().with(|create| {
        create.metadata.backchannel_logout_uri = Some(uri);
        create.metadata.jwks = Some(jwks);
        create.metadata.encryption.id_token_encrypted_response_alg = Some(keys::EncryptionAlgorithm::EcdhEs);
    });
    let shop = shop.create().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&shop).await.code();
    browser.open("/").await.press("Sign out").await;
    assert_eq!(world.job(SendNotices).await, Told { sent: 1, ..Told::default() });
    let opened = reader.read(&server.posts().remove(0).fields[0].1);
    assert_eq!((&opened.header["cty"], &opened.header["iss"]), (&json!("JWT"), &json!(ISSUER)));
    assert_eq!(world.jwks().await.verify(&opened.content).header["typ"], "logout+jwt");
}

#[tokio::test]
async fn it_is_never_sent_inside_the_request() {
    let mut stage = start().await;
    stage.server.answers(503);
    stage.sign_out().await;
    assert!(stage.browser.page().text.contains("signed out"));
    assert!(stage.server.posts().is_empty());
    let notices = stage.notices().await;
    assert_eq!((notices.len(), &notices[0]["state"]), (1, &json!("pending")));
    assert_eq!(notices[0]["client_id"], stage.shop.id);
}

#[tokio::test]
async fn whoever_ends_the_session_the_client_hears_of_it() {
    let mut stage = start().await;
    stage.sign_out().await;
    stage.heard_once(stage.send().await, "signed out");

    let mut stage = start().await;
    let hint = [("id_token_hint", stage.tokens.id())];
    stage.browser.arrive(&format!("/oauth2/logout?{}", query(&hint))).await;
    stage.heard_once(stage.send().await, "at the client's wish");

    let mut stage = start().await;
    stage.browser.arrive("/oauth2/logout").await.press("logout-confirm").await;
    stage.heard_once(stage.send().await, "confirmed");

    let stage = start().await;
    let mut elsewhere = stage.alice.signed_in().await;
    elsewhere.press("Sign out Chrome on Linux").await;
    stage.heard_once(stage.send().await, "ended from another device");

    let stage = start().await;
    stage.alice.signed_in().await.press("Sign out other devices").await;
    stage.heard_once(stage.send().await, "with all others");

    let stage = start().await;
    stage.alice.lock().await;
    stage.heard_once(stage.send().await, "locked out");

    let stage = start().await;
    stage.world.operator(DeleteUser { whom: Whom::Id(stage.alice.id) }).await.unwrap();
    stage.heard_once(stage.send().await, "deleted");

    let mut stage = start().await;
    let bob = stage.world.person("bob").verified().await;
    stage.browser.authorize(stage.shop.request().with("prompt", "login")).await;
    stage.browser.fill("E-mail address", &bob.email).fill("Password", PASSWORD).press("Sign in").await.code();
    stage.heard_once(stage.send().await, "somebody else at the same browser");
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_clients_hear_of_it() {
    let stage = start().await;
    let mut elsewhere = stage.alice.signed_in().await;
    elsewhere
        .open("/account/password")
        .await
        .fill("current_password", PASSWORD)
        .fill("password", "teal lantern orchid");
    elsewhere.press("Change password").await.is_at("/account/password/done");
    stage.heard_once(stage.send().await, "changed, which ends all others");

    let stage = start().await;
    let mut browser = stage.alice.browser();
    browser.open("/forgot-password").await.fill("E-mail address", &stage.alice.email).press("Send the link").await;
    let link = stage.world.mail("reset_password", &stage.alice.email).await.link();
    browser.open(&link).await.fill("New password", "teal lantern orchid").press("Set new password").await;
    browser.is_at("/reset-password/done");
    stage.heard_once(stage.send().await, "reset by a mailed link");
}

#[tokio::test]
async fn a_session_that_runs_out_is_noticed() {
    let stage = start().await;
    assert_eq!(stage.world.job(EndExpired).await.ended, 0);
    stage.world.advance(TimeDelta::days(15));
    assert_eq!(stage.send().await, Told::default(), "nobody noticed yet");
    assert_eq!(stage.world.job(EndExpired).await.ended, 1);
    stage.heard_once(stage.send().await, "not used for too long");
    assert_eq!(stage.world.job(EndExpired).await.ended, 0);
    assert_eq!(stage.world.count_facts("session.ended").await, 1);
}

#[tokio::test]
async fn everyone_who_had_the_session_hears_of_it_and_nobody_else() {
    let mut stage = start().await;
    let forum = listening(&stage.world, "forum", &stage.server).await;
    let silent = stage.world.client("silent").first_party().create().await;
    let _stranger = listening(&stage.world, "stranger", &stage.server).await;
    for client in [&forum, &silent, &stage.shop] {
        stage.browser.authorize(client).await.code();
    }
    // Another session of the same person goes on.
    let mut elsewhere = stage.alice.signed_in().await;
    elsewhere.authorize(&forum).await.code();
    stage.sign_out().await;
    assert_eq!(stage.send().await, Told { sent: 2, ..Told::default() });
    let mut audiences: Vec<_> =
        stage.tokens().iter().map(|claims| claims["aud"].as_str().unwrap().to_owned()).collect();
    audiences.sort();
    let mut expected = [stage.shop.id.clone(), forum.id.clone()];
    expected.sort();
    assert_eq!(audiences, expected);
    let session = unverified(stage.tokens.id()).claims["sid"].clone();
    assert!(stage.tokens().iter().all(|claims| claims["sid"] == session));
    assert_eq!(stage.send().await, Told::default(), "once");
}

#[tokio::test]
async fn a_client_that_comes_back_after_a_lock_hears_again() {
    let stage = start().await;
    stage.alice.lock().await;
    assert_eq!(stage.send().await.sent, 1);
    stage.alice.unlock().await;
    assert_eq!(stage.send().await, Told::default(), "it has nothing of the session any more");

    let mut browser = stage.alice.signed_in().await;
    browser.authorize(&stage.shop).await.code();
    stage.alice.lock().await;
    stage.alice.unlock().await;
    browser.authorize(&stage.shop).await.sign_in().await.code();
    browser.open("/").await.press("Sign out").await;
    assert_eq!(stage.send().await.sent, 2);
}

#[tokio::test]
async fn a_client_that_fails_is_told_again_later_and_not_forever() {
    let mut stage = start().await;
    stage.server.answers(400); // §2.8: it could not
    stage.sign_out().await;
    assert_eq!(stage.send().await, Told { postponed: 1, ..Told::default() });
    assert_eq!(stage.send().await, Told::default(), "not at once");
    let notice = stage.notices().await.remove(0);
    assert_eq!((&notice["state"], &notice["attempts"]), (&json!("pending"), &json!(1)));
    assert!(notice["last_error"].as_str().unwrap().contains("400"), "{notice}");

    stage.server.answers(200);
    stage.world.advance(TimeDelta::minutes(1));
    assert_eq!(stage.send().await.sent, 1);
    let tokens = stage.tokens();
    assert_ne!(tokens[0]["jti"], tokens[1]["jti"], "a token of its own: the first one is too old");
    assert!(tokens[1]["exp"].as_i64() > tokens[0]["exp"].as_i64());
    assert_eq!(stage.notices().await[0]["state"], "sent");

    stage.browser = stage.alice.signed_in().await;
    stage.browser.authorize(&stage.shop).await.code();
    stage.sign_out().await;
    stage.server.answers(404);
    for _ in 0..9 {
        assert_eq!(stage.send().await.postponed, 1);
        stage.world.advance(TimeDelta::hours(2));
    }
    assert_eq!(stage.send().await.failed, 1);
    stage.world.advance(TimeDelta::days(1));
    assert_eq!(stage.send().await, Told::default());
    let failed = stage.world.signet(&["session", "notices", "--state", "failed"], "").await.done();
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert!(failed[0]["next_attempt_at"].is_null());
}

#[tokio::test]
async fn of_several_nodes_one_tells() {
    let mut stage = start().await;
    stage.sign_out().await;
    let nodes = [stage.world.clone(), stage.world.second_node().await.unwrap_or_else(|| stage.world.clone())];
    let told =
        together(nodes.iter().cycle().take(6).cloned().map(|node| async move { node.job(SendNotices).await })).await;
    assert_eq!(told.iter().map(|told| told.sent).sum::<u32>(), 1);
    assert_eq!(stage.server.posts().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_no_success() {
    let mut stage = start().await;
    stage.server.answers(307);
    stage.sign_out().await;
    assert_eq!(stage.send().await.postponed, 1);
    assert_eq!(stage.server.posts().len(), 1);
    stage.server.answers(204);
    stage.world.advance(TimeDelta::minutes(1));
    assert_eq!(stage.send().await.sent, 1, "what frameworks make of an empty 200");
}

#[tokio::test]
async fn addresses_inside_are_not_asked() {
    let world = World::start().await;
    let server = Listener::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party();
    // Registered while it was allowed, or a name that leads inside now.
    let shop =
        shop.with(|create| create.metadata.backchannel_logout_uri = Some("https://shop.example.test/out".into()));
    let shop = shop.create().await;
    world.change_metadata(&shop, "backchannel_logout_uri", json!(format!("{}/out", server.origin))).await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&shop).await.code();
    browser.open("/").await.press("Sign out").await;
    assert_eq!(world.job(SendNotices).await.postponed, 1);
    assert!(server.posts().is_empty());
}

#[tokio::test]
async fn a_client_that_took_its_address_back_is_not_told() {
    let mut stage = start().await;
    stage.sign_out().await;
    stage.world.change_metadata(&stage.shop, "backchannel_logout_uri", Value::Null).await;
    assert_eq!(stage.send().await, Told { failed: 1, ..Told::default() });
    assert!(stage.server.posts().is_empty());
}

#[tokio::test]
async fn a_pairwise_client_hears_of_the_subject_that_it_knows_and_its_hint_is_taken() {
    let world = World::configured(with_local_servers).await;
    let server = Listener::start().await;
    let alice = world.person("alice").verified().await;
    let uri = format!("{}/shop", server.origin);
    let shop = world.client("shop").first_party().with(|create| {
        create.metadata.backchannel_logout_uri = Some(uri);
        create.metadata.subject_type = SubjectType::Pairwise;
    });
    let shop = shop.create().await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    let tokens = shop.token(&code).await;
    let known = unverified(tokens.id()).claims["sub"].clone();
    assert_ne!(known, alice.sub());
    browser.arrive(&format!("/oauth2/logout?{}", query(&[("id_token_hint", tokens.id())]))).await;
    assert!(browser.page().text.contains("signed out"), "the hint proves who is meant");
    assert_eq!(world.job(SendNotices).await.sent, 1);
    assert_eq!(unverified(&server.posts()[0].fields[0].1).claims["sub"], known);
}
