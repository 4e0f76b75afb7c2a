//! `/oauth2/authorize`: what is wrong with a request, and who is told (OpenID Connect Core §3.1.2.6, RFC 6749 §4.1.2.1).

use signet::domain::clients::GrantType;

use crate::world::{Browser, Client, ISSUER, Request, World};

/// Sends a request that the client is told about, and asserts that nothing of it was lost.
async fn told(browser: &mut Browser, request: &Request) -> String {
    browser.authorize(request).await;
    assert!(browser.is_at_client(), "{:?} leads to {}", request.pairs(), browser.page().address);
    let arrival = browser.arrival();
    assert_eq!(arrival.url.as_str(), request.value("redirect_uri").unwrap());
    assert_eq!(arrival.parameters.get("state").map(String::as_str), request.value("state"));
    assert_eq!(arrival.parameters["iss"], ISSUER); // RFC 9207 §2: in errors too
    // RFC 6749 §4.1.2.1: optional, and of these characters.
    let description = arrival.parameters.get("error_description").map_or("-", String::as_str);
    assert!(
        !description.is_empty() && description.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\')
    );
    browser.error().to_owned()
}

/// Sends a request that only the person is told about.
async fn shown(browser: &mut Browser, request: &Request) -> String {
    let page = browser.authorize(request).await.is_at("/oauth2/authorize");
    assert_eq!(page.status(), 400);
    page.text.clone()
}

async fn shop(world: &World) -> Client {
    world.client("shop").public().create().await
}

#[tokio::test]
async fn nobody_is_redirected_to_where_nothing_is_registered() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let browser = &mut world.browser();
    for uri in [
        "https://evil.example.test/cb",
        "https://shop.example.test/cb/",
        "https://shop.example.test/CB",
        "https://shop.example.test/cb?x=1",
        "https://shop.example.test/cb#x",
        "https://shop.example.test:443/cb",
        "https://SHOP.example.test/cb",
        "https://shop.example.test/x/../cb",
        "https://shop.example.test/%63b",
        "https://user@shop.example.test/cb",
        "http://shop.example.test/cb",
        "//shop.example.test/cb",
        "javascript:alert(1)",
        "shop",
    ] {
        let text = shown(browser, &shop.request().with("redirect_uri", uri)).await;
        assert!(text.contains("redirect_uri") && !text.contains("evil"), "{uri}: {text}");
    }
    assert!(shown(browser, &shop.request().without("redirect_uri")).await.contains("redirect_uri"));
    assert!(shown(browser, &shop.request().with("redirect_uri", "")).await.contains("redirect_uri"));
    let twice = shop.request().again("redirect_uri", &shop.redirect_uri);
    assert!(shown(browser, &twice).await.contains("redirect_uri"));
}

#[tokio::test]
async fn an_unknown_client_is_shown_to_the_person_only() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let browser = &mut world.browser();
    assert!(shown(browser, &shop.request().with("client_id", "nobody")).await.contains("client_id"));
    assert!(shown(browser, &shop.request().without("client_id")).await.contains("client_id"));
    assert!(shown(browser, &shop.request().again("client_id", &shop.id)).await.contains("client_id"));
    assert!(shown(browser, &Request::from(&shop).with("client_id", "usr_x")).await.contains("client_id"));
    // A client of another name with this address is not this client.
    let other = world.client("other").public().create().await;
    let text = shown(browser, &shop.request().with("client_id", &other.id)).await;
    assert!(text.contains("redirect_uri"));
}

#[tokio::test]
async fn the_client_is_told_what_is_wrong() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let browser = &mut world.browser();
    let request = shop.request();
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "id_token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_type", "nonsense", "unsupported_response_type"),
        ("response_type", "none", "unauthorized_client"),
        ("response_mode", "web_message", "invalid_request"),
        ("scope", "nothing we know", "invalid_scope"),
        ("scope", "openid \"quoted\"", "invalid_scope"),
        ("scope", "openid ä", "invalid_scope"),
        ("request", "eyJhbGciOiJub25lIn0.e30.", "invalid_request_object"),
        ("request_uri", "https://shop.example.test/request", "invalid_request_uri"),
        ("resource", "https://unknown.example.test", "invalid_target"),
        ("registration", "{}", "registration_not_supported"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "none create", "invalid_request"),
        ("prompt", "LOGIN", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "1.5", "invalid_request"),
        ("max_age", "soon", "invalid_request"),
        ("max_age", "99999999999", "invalid_request"),
        ("display", "hologram", "invalid_request"),
        ("id_token_hint", "nonsense", "invalid_request"),
        ("id_token_hint", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "invalid_request"),
        ("claims", "nonsense", "invalid_request"),
        ("claims", "[]", "invalid_request"),
        ("claims", "{\"id_token\":7}", "invalid_request"),
        ("nonce", &"n".repeat(600), "invalid_request"),
        ("nonce", "bell\u{7}", "invalid_request"),
        ("login_hint", &"x".repeat(600), "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "s256", "invalid_request"),
        ("code_challenge", "tooshort", "invalid_request"),
        ("code_challenge", &"=".repeat(43), "invalid_request"),
    ] {
        assert_eq!(told(browser, &request.clone().with(name, value)).await, error, "{name}={value}");
    }
    for name in ["response_type", "code_challenge", "code_challenge_method"] {
        assert_eq!(told(browser, &request.clone().without(name)).await, "invalid_request", "without {name}");
    }
    // RFC 6749 §3.3: without a default, a missing scope is an invalid one.
    assert_eq!(told(browser, &request.clone().without("scope")).await, "invalid_scope");
}

#[tokio::test]
async fn without_state_the_answer_has_none() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let browser = &mut world.browser();
    told(browser, &shop.request().without("state").with("prompt", "none")).await;
    assert!(!browser.arrival().parameters.contains_key("state"));
}

#[tokio::test]
async fn a_repeated_parameter_is_refused() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let browser = &mut world.browser();
    for name in ["scope", "response_type", "nonce", "prompt", "code_challenge", "code_challenge_method", "unknown"] {
        let request = shop.request().with(name, "x").again(name, "x");
        assert_eq!(told(browser, &request).await, "invalid_request", "{name}");
    }
    // A state that stands twice cannot be repeated in the answer.
    browser.authorize(&shop.request().again("state", "other")).await;
    assert_eq!(browser.error(), "invalid_request");
    assert!(!browser.arrival().parameters.contains_key("state"));
}

#[tokio::test]
async fn errors_come_by_form_post_where_it_was_asked_for() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let mut browser = world.browser();
    let request = shop.request().with("response_mode", "form_post").with("prompt", "none");
    browser.authorize(&request).await.press("Continue").await;
    assert_eq!(browser.arrival().method, "POST");
    assert_eq!(browser.error(), "login_required");
    assert_eq!(browser.arrival().parameters["iss"], ISSUER);
}

#[tokio::test]
async fn a_client_without_the_code_grant_cannot_ask() {
    let world = World::start().await;
    let grants = [GrantType::ClientCredentials];
    let robot = world.client("robot").grants(&grants).create().await;
    let request = robot.request().with("redirect_uri", &robot.redirect_uri);
    assert_eq!(told(&mut world.browser(), &request).await, "unauthorized_client");
}

#[tokio::test]
async fn a_public_client_needs_pkce_and_a_confidential_one_by_default() {
    let world = World::start().await;
    let browser = &mut world.browser();
    let bare = |client: &Client| client.request().without("code_challenge").without("code_challenge_method");
    let public = shop(&world).await;
    let confidential = world.client("office").create().await;
    let lenient = world.client("old").pkce_optional().create().await;
    assert_eq!(told(browser, &bare(&public)).await, "invalid_request");
    assert_eq!(told(browser, &bare(&confidential)).await, "invalid_request");
    browser.authorize(&bare(&lenient)).await.is_at("/login");
}

#[tokio::test]
async fn malformed_encoding_is_a_page_and_never_our_fault() {
    let world = World::start().await;
    for query in ["client_id=%", "client_id=%zz", "client_id=%ff", "client_id=a%00b"] {
        let answer = world.get(&format!("/oauth2/authorize?{query}")).await.expect(400);
        assert!(answer.header("content-type").starts_with("text/html"), "{query}");
    }
    let many: String = (0..300).map(|i| format!("p{i}=1&")).collect();
    world.get(&format!("/oauth2/authorize?{many}")).await.expect(400);
    world.get(&format!("/oauth2/authorize?client_id={}", "x".repeat(20_000))).await.expect(414);
}
