//! `/oauth2/par`: pushed authorization requests (RFC 9126).

use axum::http::{Method, header};
use chrono::TimeDelta;
use serde_json::json;
use signet::domain::clients::AuthMethod;

use crate::world::{Client, ISSUER, Request, World, together};

const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

async fn shop(world: &World) -> Client {
    world.client("shop").first_party().create().await
}

#[tokio::test]
async fn journey_a_pushed_request_comes_to_tokens() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let request = shop.request().scope("openid email").with("resource", ISSUER);
    let answer = shop.push(&request).await.expect(201); // §2.2
    assert_eq!((answer.header("cache-control"), answer.header("content-type")), ("no-store", "application/json"));
    let json = answer.json();
    let request_uri = json["request_uri"].as_str().unwrap();
    assert!(request_uri.strip_prefix(PREFIX).unwrap().len() >= 43, "256 random bits");
    assert_eq!(json["expires_in"], 60);

    let short = Request::default().with("client_id", &shop.id).with("request_uri", request_uri);
    let mut browser = alice.browser();
    let code = browser.authorize(&short).await.sign_in().await.consent().await.code();
    assert_eq!(browser.arrival().parameters["state"], request.value("state").unwrap());
    assert_eq!(browser.arrival().parameters["iss"], ISSUER);
    let tokens = shop.token(&code).await;
    assert_eq!(tokens.scope, "email openid");
    let id = world.jwks().await.verify(tokens.id()).claims;
    assert_eq!((&id["sub"], &id["nonce"]), (&json!(alice.sub()), &json!(request.value("nonce").unwrap())));
}

#[tokio::test]
async fn what_stands_beside_the_reference_does_not_count() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = shop(&world).await;
    let mut browser = alice.signed_in().await;
    let short = shop.pushed(&shop.request()).await;
    let widened = short
        .with("redirect_uri", "https://evil.example.test/cb")
        .with("scope", "openid email profile")
        .with("state", "other")
        .with("prompt", "none")
        .with("response_mode", "form_post")
        .with("response_type", "id_token");
    let code = browser.authorize(&widened).await.code();
    assert_eq!(browser.arrival().url.as_str(), shop.redirect_uri);
    assert_eq!(browser.arrival().parameters["state"], shop.request().value("state").unwrap());
    assert_eq!(shop.token(&code).await.scope, "openid");
}

#[tokio::test]
async fn a_request_is_used_once() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = shop(&world).await;
    let short = shop.pushed(&shop.request()).await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&short).await.code();
    let page = browser.authorize(&short).await.is_at("/oauth2/authorize");
    assert_eq!(page.status(), 400);
    assert!(page.text.contains("request_uri"), "{}", page.text);

    // A refusal is an answer, too.
    let short = shop.pushed(&shop.request().with("prompt", "none")).await;
    let mut stranger = world.browser();
    stranger.authorize(&short).await;
    assert_eq!(stranger.error(), "login_required");
    stranger.authorize(&short).await.is_at("/oauth2/authorize");

    let careful = world.client("careful").create().await;
    let short = careful.pushed(&careful.request()).await;
    browser.authorize(&short).await.press("consent-deny").await;
    assert_eq!(browser.error(), "access_denied");
    browser.authorize(&short).await.is_at("/oauth2/authorize");
}

#[tokio::test]
async fn a_request_that_failed_at_a_page_can_be_resumed() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = shop(&world).await;
    let short = shop.pushed(&shop.request()).await;
    let mut first = alice.browser();
    first.authorize(&short).await.is_at("/login");
    first.fill("E-mail address", &alice.email).fill("Password", "wrong").press("Sign in").await.is_at("/login");
    let mut second = alice.browser();
    second.authorize(&short).await.is_at("/login");
    let code = second.sign_in().await.code();
    shop.token(&code).await;
    // The other tab finds it completed, and gets no second code.
    let page = first.sign_in().await.page();
    assert!(page.status() >= 400 && page.text.contains("completed"), "{}", page.text);
}

#[tokio::test]
async fn a_request_waits_for_a_minute_and_the_sign_in_may_take_longer() {
    let world = World::start().await;
    if world.on_redis() {
        return; // its clock cannot be turned
    }
    let alice = world.person("alice").verified().await;
    let shop = shop(&world).await;
    let (begun, waiting) = (shop.pushed(&shop.request()).await, shop.pushed(&shop.request()).await);
    let mut browser = alice.browser();
    browser.authorize(&begun).await.is_at("/login");
    world.advance(TimeDelta::seconds(61));
    browser.sign_in().await.code();
    assert_eq!(browser.authorize(&begun).await.is_at("/oauth2/authorize").status(), 400);
    assert_eq!(browser.authorize(&waiting).await.is_at("/oauth2/authorize").status(), 400);
}

#[tokio::test]
async fn a_request_is_of_the_client_that_pushed_it() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = shop(&world).await;
    let other = world.client("other").first_party().create().await;
    let short = shop.pushed(&shop.request()).await;
    let mut browser = alice.signed_in().await;
    let stolen = short.clone().with("client_id", &other.id);
    assert_eq!(browser.authorize(&stolen).await.is_at("/oauth2/authorize").status(), 400);
    // Where the address names a good place of that client, it is told (RFC 9101 §7).
    browser.authorize(&stolen.with("redirect_uri", &other.redirect_uri)).await;
    assert_eq!(browser.error(), "invalid_request_uri");
    let made_up = short.clone().with("request_uri", &format!("{PREFIX}made-up"));
    assert_eq!(browser.authorize(&made_up).await.is_at("/oauth2/authorize").status(), 400);
    // Nobody else's attempt used it up.
    browser.authorize(&short).await.code();
}

#[tokio::test]
async fn the_client_authenticates_as_at_the_token_endpoint() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let wrong = Client { secret: Some("x".repeat(40)), ..shop.clone() };
    let answer = wrong.push(&shop.request()).await.refused(401, "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic"));
    let bare = Client { method: AuthMethod::None, ..shop.clone() };
    bare.push(&shop.request()).await.refused(401, "invalid_client");
    let public = world.client("public").public().create().await;
    public.push(&public.request()).await.expect(201);
    // One client cannot push for another.
    shop.push(&public.request()).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_once() {
    let world = World::start().await;
    let shop = shop(&world).await;
    for (name, value, error) in [
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request"), // §2.1
        ("request_uri", "https://shop.example.test/request", "invalid_request"),
        ("redirect_uri", "https://evil.example.test/cb", "invalid_request"), // §2.3
        ("redirect_uri", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "none", "unauthorized_client"),
        ("scope", "made-up", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("response_mode", "web_message", "invalid_request"),
        ("id_token_hint", "nonsense", "invalid_request"),
        ("resource", "https://unknown.example.test", "invalid_target"),
        ("request", "nonsense", "invalid_request_object"),
    ] {
        shop.push(&shop.request().with(name, value)).await.refused(400, error);
    }
    shop.push(&shop.request().without("code_challenge").without("code_challenge_method"))
        .await
        .refused(400, "invalid_request");
    shop.push(&shop.request().again("nonce", "x")).await.refused(400, "invalid_request");
    let answer = world.get("/oauth2/par").await.refused(405, "invalid_request");
    assert_eq!(answer.header("allow"), "POST, OPTIONS");
    world.post_json("/oauth2/par", &json!({})).await.refused(415, "invalid_request");
    let large = format!("state={}", "x".repeat(70_000));
    let call = world.call(Method::POST, "/oauth2/par").body("application/x-www-form-urlencoded", large);
    call.send().await.refused(413, "invalid_request"); // §2.3
}

#[tokio::test]
async fn a_client_can_be_held_to_pushing() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let careful = world.client("careful").first_party().with(|create| {
        create.metadata.require_pushed_authorization_requests = true; // §6
    });
    let careful = careful.create().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&careful).await;
    assert_eq!(browser.error(), "invalid_request");
    browser.authorize(&careful.pushed(&careful.request()).await).await.code();
    // Others may do as they like.
    browser.authorize(&shop(&world).await).await.code();
}

#[tokio::test]
async fn everyone_can_be_held_to_pushing() {
    let world = World::configured(|config| config.oauth.require_pushed_authorization_requests = true).await;
    let alice = world.person("alice").verified().await;
    let shop = shop(&world).await;
    let document = world.get("/.well-known/openid-configuration").await.json();
    assert_eq!(document["require_pushed_authorization_requests"], true); // §5
    assert_eq!(document["pushed_authorization_request_endpoint"], format!("{ISSUER}/oauth2/par"));
    let mut browser = alice.signed_in().await;
    browser.authorize(&shop).await;
    assert_eq!(browser.error(), "invalid_request");
    browser.authorize(&shop.pushed(&shop.request()).await).await.code();
}

#[tokio::test]
async fn a_pushed_request_that_is_no_longer_good_is_told_to_the_client() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = shop(&world).await;
    let short = shop.pushed(&shop.request()).await;
    let delete = signet::domain::clients::DeleteClient { client_id: shop.id.clone() };
    world.operator(delete).await.unwrap();
    let mut browser = alice.signed_in().await;
    let page = browser.authorize(&short).await.is_at("/oauth2/authorize");
    assert!(page.text.contains("client_id"));
    // Made anew under the same name, it is another client.
    let again = world.client("shop").with(|create| create.client_id = Some(shop.id.clone())).create().await;
    browser.authorize(&short.with("redirect_uri", &again.redirect_uri)).await;
    assert_eq!(browser.error(), "invalid_request_uri");
}

#[tokio::test]
async fn scripts_of_the_client_may_push() {
    let world = World::start().await;
    let app = world.client("app").public().create().await;
    let push = |origin: &'static str| {
        let call = world.call(Method::POST, "/oauth2/par").header(header::ORIGIN, origin);
        call.form(app.request().pairs()).send()
    };
    let answer = push("https://app.example.test").await.expect(201);
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.test");
    assert_eq!(push("https://evil.example.test").await.header("access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_twenty_uses_of_one_pushed_request_have_one_answer() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = shop(&world).await;
    let browser = alice.signed_in().await;
    for _ in 0..3 {
        let short = shop.pushed(&shop.request()).await;
        let use_it = |_| {
            let (mut tab, short) = (browser.tab(), short.clone());
            async move { tab.authorize(&short).await.is_at_client() }
        };
        let answered = together((0..20).map(use_it)).await;
        assert_eq!(answered.into_iter().filter(|answered| *answered).count(), 1);
    }
}
