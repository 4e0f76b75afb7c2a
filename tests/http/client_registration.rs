//! `/oauth2/register`: clients register themselves (RFC 7591, OpenID Connect Registration 1.0).

use axum::http::Method;
use serde_json::{Value, json};
use signet::{
    config::ClientRegistration,
    domain::clients::{CreateInitialToken, DeleteInitialToken, SweepRegistrations},
};

use crate::world::{Answer, Client, ISSUER, Signer, Site, World, together, with_local_servers};

/// The least that a web client says.
fn least() -> Value {
    json!({ "redirect_uris": ["https://shop.example.test/cb"] })
}

/// The metadata with some of it changed.
pub fn with(metadata: &Value, changes: &Value) -> Value {
    let mut metadata = metadata.as_object().unwrap().clone();
    metadata.extend(changes.as_object().unwrap().clone());
    metadata.into()
}

/// A world in this mode.
async fn mode(clients: ClientRegistration) -> World {
    World::configured(|config| config.registration.clients = clients).await
}

async fn register(world: &World, metadata: &Value) -> Answer {
    world.post_json("/oauth2/register", metadata).await
}

/// The client that an answer describes, as the tests know clients.
fn client(world: &World, answer: &Value) -> Client {
    let text = |name: &str| answer[name].as_str().map(str::to_owned);
    Client {
        world: world.clone(),
        id: text("client_id").unwrap(),
        name: text("client_name").unwrap(),
        secret: text("client_secret"),
        method: text("token_endpoint_auth_method").unwrap().parse().unwrap(),
        redirect_uri: answer["redirect_uris"][0].as_str().unwrap().to_owned(),
        verifier: signet::ports::random::token("").unwrap().expose().to_owned(),
    }
}

#[tokio::test]
async fn rfc7591_3_2_1_the_answer_says_everything_that_was_registered() {
    let world = World::start().await;
    let before = world.now().timestamp();
    let answer = register(&world, &least()).await.expect(201);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    for (name, value) in [
        ("redirect_uris", json!(["https://shop.example.test/cb"])),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("grant_types", json!(["authorization_code"])),
        ("response_types", json!(["code"])),
        ("application_type", json!("web")),
        ("subject_type", json!("public")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("client_secret_expires_at", json!(0)),
        ("require_auth_time", json!(false)),
    ] {
        assert_eq!(json[name], value, "{name}");
    }
    let issued_at = json["client_id_issued_at"].as_i64().unwrap();
    assert!((before..=world.now().timestamp()).contains(&issued_at));
    let id = json["client_id"].as_str().unwrap();
    assert_eq!(json["registration_client_uri"], format!("{ISSUER}/oauth2/register/{id}"));
    assert!(json["registration_access_token"].as_str().unwrap().starts_with("sgt_ra_"));
    assert!(json["client_secret"].as_str().unwrap().starts_with("sgt_cs_"));
}

#[tokio::test]
async fn journey_a_client_registers_and_signs_somebody_in() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let metadata = with(
        &least(),
        &json!({ "client_name": "Corner Shop", "grant_types": ["authorization_code", "refresh_token"] }),
    );
    let shop = client(&world, &register(&world, &metadata).await.expect(201).json());
    // It is not held to PKCE (OpenID Connect Core knows none), and consent is asked.
    let request = shop.request().without("code_challenge").without("code_challenge_method").scope("openid email");
    let mut browser = alice.browser();
    browser.authorize(&request).await.sign_in().await;
    assert!(browser.page().text.contains("Corner Shop"));
    let code = browser.consent().await.code();
    let tokens = shop.code_request(&code).without("code_verifier").send().await.tokens();
    assert_eq!(world.jwks().await.verify(tokens.id()).claims["aud"], shop.id);
    assert_eq!(shop.userinfo(&tokens.access).await.expect(200).json()["email"], "alice@example.test");
    // A challenge that it sends counts all the same (RFC 9700 §2.1.1).
    let code = alice.browser().authorize(&shop.request()).await.sign_in().await.consent_if_asked().await.code();
    shop.code_request(&code).without("code_verifier").send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn registration_2_everything_is_echoed() {
    let world = World::configured(|config| config.oauth.implicit_and_hybrid = true).await;
    let metadata = json!({
        "redirect_uris": ["https://shop.example.test/cb", "https://shop.example.test/cb2"],
        "post_logout_redirect_uris": ["https://shop.example.test/bye"],
        "response_types": ["code", "code id_token"], "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "application_type": "web", "contacts": ["ops@shop.example.test"], "client_name": "Shop", "client_name#de": "Laden",
        "logo_uri": "https://shop.example.test/logo.png", "client_uri": "https://shop.example.test/",
        "policy_uri": "https://shop.example.test/privacy", "policy_uri#de": "https://shop.example.test/datenschutz",
        "tos_uri": "https://shop.example.test/terms", "jwks": Signer::new("ES256").jwks(),
        "subject_type": "pairwise", "id_token_signed_response_alg": "ES256", "userinfo_signed_response_alg": "RS256",
        "introspection_signed_response_alg": "ES256",
        "request_object_signing_alg": "ES256", "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256", "default_max_age": 3600, "require_auth_time": true,
        "default_acr_values": ["urn:a"], "initiate_login_uri": "https://shop.example.test/login",
        "request_uris": ["https://shop.example.test/request.jwt"], "require_pushed_authorization_requests": true,
        "require_signed_request_object": true, "dpop_bound_access_tokens": true,
        "backchannel_logout_uri": "https://shop.example.test/back", "backchannel_logout_session_required": true,
        "frontchannel_logout_uri": "https://shop.example.test/front", "frontchannel_logout_session_required": true,
        "software_id": "4NRB1-0XZABZI9E6-5SM3R", "software_version": "2.1", "scope": "email openid",
    });
    let answer = register(&world, &metadata).await.expect(201).json();
    for (name, value) in metadata.as_object().unwrap() {
        assert_eq!(&answer[name], value, "{name}");
    }
    assert!(answer.get("client_secret").is_none(), "a client with a key needs no secret");
    let unknown = register(&world, &with(&least(), &json!({ "unknown": 1 }))).await.expect(201).json();
    assert!(unknown.get("unknown").is_none(), "what is not known is not registered");
}

#[tokio::test]
async fn rfc7591_3_2_2_what_is_refused_and_how() {
    let world = World::start().await;
    let before = world.count("client").await;
    for (metadata, error) in [
        (json!({}), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["https://shop.example.test/cb#f"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://shop.example.test/cb"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["com.example.app:/cb"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [7] }), "invalid_redirect_uri"),
        (with(&least(), &json!({ "token_endpoint_auth_method": "magic" })), "invalid_client_metadata"),
        (with(&least(), &json!({ "grant_types": ["password"] })), "invalid_client_metadata"),
        (with(&least(), &json!({ "response_types": ["id_token"] })), "invalid_client_metadata"),
        (with(&least(), &json!({ "logo_uri": "javascript:alert(1)" })), "invalid_client_metadata"),
        (with(&least(), &json!({ "jwks_uri": "https://169.254.169.254/" })), "invalid_client_metadata"),
        (with(&least(), &json!({ "id_token_signed_response_alg": "none" })), "invalid_client_metadata"),
        (with(&least(), &json!({ "id_token_encrypted_response_alg": "RSA-OAEP" })), "invalid_client_metadata"),
    ] {
        register(&world, &metadata).await.refused(400, error);
    }
    for body in ["", "{", "[]", "null", "{\"redirect_uris\":[\"\\u0000\"]}", "{}{}"] {
        let call = world.call(Method::POST, "/oauth2/register").body("application/json", body);
        call.send().await.refused(400, "invalid_request");
    }
    let form = world.call(Method::POST, "/oauth2/register").form(&[("redirect_uris", "https://shop.example.test/cb")]);
    form.send().await.expect(415);
    assert_eq!(world.count("client").await, before, "nothing was kept");
}

#[tokio::test]
async fn rfc7591_2_a_client_gives_itself_no_privileges() {
    let world = World::start().await;
    let greedy = json!({
        "client_id": "mine", "client_secret": "x".repeat(40), "first_party": true, "may_introspect": true,
        "access_token_ttl": 86_400, "scope": "openid orders:write admin",
    });
    let answer = register(&world, &with(&least(), &greedy)).await.expect(201).json();
    assert_ne!(answer["client_id"], "mine");
    assert_ne!(answer["client_secret"], "x".repeat(40));
    assert_eq!(answer["scope"], "openid");
    let shown = world.signet(&["client", "show", answer["client_id"].as_str().unwrap()], "").await.done();
    assert_eq!((&shown["first_party"], &shown["may_introspect"]), (&json!(false), &json!(false)));
    assert!(shown.get("access_token_ttl").is_none());
}

#[tokio::test]
async fn rfc7591_3_registration_is_off_unless_it_is_switched_on() {
    let world = mode(ClientRegistration::Off).await;
    register(&world, &least()).await.expect(404);
    let discovery = world.get("/.well-known/openid-configuration").await.json();
    assert!(discovery.get("registration_endpoint").is_none());
    let open = mode(ClientRegistration::Open).await;
    let discovery = open.get("/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["registration_endpoint"], format!("{ISSUER}/oauth2/register"));
    assert_eq!(discovery["subject_types_supported"], json!(["public", "pairwise"]));
}

#[tokio::test]
async fn rfc7591_3_with_an_initial_access_token() {
    let world = mode(ClientRegistration::Token).await;
    let answer = register(&world, &least()).await.refused(401, "invalid_token");
    assert!(answer.header("www-authenticate").starts_with("Bearer "));
    let send = |token: String| world.call(Method::POST, "/oauth2/register").bearer(&token).json(&least()).send();
    let answer = send("sgt_ia_unknown".into()).await.refused(401, "invalid_token");
    assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));

    let twice = CreateInitialToken { uses: Some(2), ttl: None };
    let made = world.operator(twice).await.unwrap();
    let token = made.initial_access_token.expose().to_owned();
    send(token.clone()).await.expect(201);
    // What is refused uses nothing up.
    let bad = world.call(Method::POST, "/oauth2/register").bearer(&token).json(&json!({}));
    bad.send().await.refused(400, "invalid_redirect_uri");
    let answers = together((0..5).map(|_| send(token.clone()))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "one use was left");
    send(token).await.refused(401, "invalid_token");

    let short = CreateInitialToken { uses: None, ttl: Some(std::time::Duration::from_secs(60)) };
    let short = world.operator(short).await.unwrap().initial_access_token.expose().to_owned();
    send(short.clone()).await.expect(201);
    world.advance(chrono::TimeDelta::seconds(60));
    send(short).await.refused(401, "invalid_token");

    let made = world.operator(CreateInitialToken { uses: None, ttl: None }).await.unwrap();
    world.operator(DeleteInitialToken { id: made.about.id }).await.unwrap();
    send(made.initial_access_token.expose().to_owned()).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn registration_5_the_sector_identifier_is_fetched_and_has_to_agree() {
    let world = World::configured(with_local_servers).await;
    let site = Site::start().await;
    let uris = json!(["https://shop.example.test/cb", "https://shop.example.org/cb"]);
    let asked = |path: &str| json!({ "redirect_uris": uris, "subject_type": "pairwise", "sector_identifier_uri": site.url(path) });
    let send = |path: &'static str| {
        let metadata = asked(path);
        let world = world.clone();
        async move { register(&world, &metadata).await }
    };
    site.put("/good", 200, &uris.to_string());
    site.put("/fewer", 200, r#"["https://shop.example.test/cb"]"#);
    site.put("/other", 200, r#"{"redirect_uris":[]}"#);
    site.put("/gone", 410, &uris.to_string());
    send("/good").await.expect(201);
    for path in ["/fewer", "/other", "/gone", "/missing"] {
        let refused = send(path).await.refused(400, "invalid_client_metadata");
        assert!(refused.text().contains("sector_identifier_uri"), "{}", refused.text());
    }
    // Without one, several hosts have no sector.
    let without = json!({ "redirect_uris": uris, "subject_type": "pairwise" });
    register(&world, &without).await.refused(400, "invalid_client_metadata");
}

#[tokio::test]
async fn registration_2_1_texts_are_shown_in_the_language_that_is_asked_for() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let names = json!({ "client_name": "Corner Shop", "client_name#de": "Eckladen" });
    let shop = client(&world, &register(&world, &with(&least(), &names)).await.expect(201).json());
    let mut browser = alice.browser();
    browser.authorize(shop.request().with("ui_locales", "de-AT en")).await;
    assert!(browser.page().text.contains("Eckladen"), "{}", browser.page().text);
    browser.sign_in().await;
    assert!(browser.page().text.contains("Eckladen"), "{}", browser.page().text);
    let mut browser = alice.browser();
    browser.authorize(shop.request().with("ui_locales", "fr")).await;
    assert!(browser.page().text.contains("Corner Shop"));
}

#[tokio::test]
async fn there_is_a_quota_and_unused_clients_are_swept() {
    let world = World::configured(|config| config.registration.client_quota = 2).await;
    let first = client(
        &world,
        &register(&world, &with(&least(), &json!({ "grant_types": ["client_credentials"] }))).await.expect(201).json(),
    );
    let second = register(&world, &least()).await.expect(201).json();
    register(&world, &least()).await.expect(403);
    let mine = world.client("mine").create().await;

    world.advance(chrono::TimeDelta::days(80));
    first.token_request("client_credentials").send().await.tokens();
    assert_eq!(world.job(SweepRegistrations).await, 0);
    world.advance(chrono::TimeDelta::days(15));
    assert_eq!(world.job(SweepRegistrations).await, 1, "the one that nobody used");
    first.token_request("client_credentials").send().await.tokens();
    mine.token_request("refresh_token").with("refresh_token", "x").send().await.refused(400, "invalid_grant");
    let gone = client(&world, &second);
    gone.token_request("refresh_token").with("refresh_token", "x").send().await.refused(401, "invalid_client");
    register(&world, &least()).await.expect(201);
}

#[tokio::test]
async fn mcp_a_client_registers_as_its_library_does() {
    let world = World::configured(|config| config.registration.client_scopes = vec!["mcp:tools".into()]).await;
    let tools = world.resource("tools", "mcp:tools").await;
    let alice = world.person("alice").verified().await;
    // What `@modelcontextprotocol/sdk` sends, with members of other standards.
    let metadata = json!({
        "redirect_uris": ["http://localhost:8090/callback"], "client_name": "Notebook", "client_uri": "https://notebook.example.test",
        "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"], "scope": "mcp:tools", "x_mcp": { "any": [1, null] },
    });
    let answer = register(&world, &metadata).await.expect(201).json();
    assert_eq!(answer["scope"], "mcp:tools");
    assert!(answer.get("client_secret").is_none());
    let notebook = client(&world, &answer);
    let request = notebook.request().without("scope").with("resource", &tools.uri);
    let tokens = notebook.tokens_for(&alice, &request).await;
    assert_eq!(world.jwks().await.verify(&tokens.access).claims["aud"], tools.uri);
    notebook.refresh_request(tokens.refresh()).with("resource", &tools.uri).send().await.tokens();
    // Without a word it may have what any client may have; without the setting, nothing of an API.
    let silent = with(&metadata, &json!({ "scope": null }));
    let answer = register(&world, &silent).await.expect(201).json();
    assert_eq!(answer["scope"], "address email mcp:tools offline_access openid phone profile");
    let closed = register(&World::start().await, &metadata).await.expect(201).json();
    assert_eq!(closed["scope"], "");
}
