//! Request objects by value and by reference (OpenID Connect Core §6, RFC 9101).

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::world::{Browser, Client, ISSUER, NewClient, Request, Signer, Site, World, not_signed};

/// A client with this key.
fn holder(world: &World, name: &str, signer: &Signer) -> NewClient {
    let jwks = signer.jwks();
    world.client(name).first_party().with(|create| create.metadata.jwks = Some(jwks))
}

/// Everything that the client asks for, as claims.
fn claims(client: &Client) -> Value {
    let mut claims = json!({ "iss": client.id, "aud": ISSUER });
    for (name, value) in client.request().pairs() {
        claims[name] = value.clone().into();
    }
    claims
}

/// The short request of RFC 9101 §5: all the rest stands in the object.
fn short(client: &Client, object: &str) -> Request {
    Request::default().with("client_id", &client.id).with("request", object)
}

/// The request of OpenID Connect Core §6.1, with what has to stand outside.
fn openid(client: &Client, object: &str) -> Request {
    short(client, object).with("response_type", "code").with("scope", "openid")
}

/// The claims with some changed or added.
fn with(claims: &Value, change: &Value) -> Value {
    let mut claims = claims.as_object().unwrap().clone();
    claims.extend(change.as_object().unwrap().clone());
    claims.into()
}

/// The claims without some.
fn without(claims: &Value, names: &[&str]) -> Value {
    let mut claims = claims.as_object().unwrap().clone();
    claims.retain(|name, _| !names.contains(&name.as_str()));
    claims.into()
}

async fn told(browser: &mut Browser, client: &Client, object: &str) -> String {
    browser.authorize(openid(client, object).with("redirect_uri", &client.redirect_uri).with("state", "outer")).await;
    assert_eq!(browser.arrival().parameters["state"], "outer");
    assert_eq!(browser.arrival().parameters["iss"], ISSUER);
    browser.error().to_owned()
}

#[tokio::test]
async fn journey_a_signed_request_comes_to_tokens() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.signed_in().await;
    for (which, algorithm) in ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"].into_iter().enumerate() {
        let signer = Signer::new(algorithm);
        let shop = holder(&world, &format!("c{which}"), &signer).create().await;
        let object = with(&claims(&shop), &json!({ "max_age": 3600, "claims": {"id_token": {"email": null}} }));
        let code = browser.authorize(&short(&shop, &signer.sign(&object))).await.code();
        assert_eq!(browser.arrival().parameters["state"], shop.request().value("state").unwrap());
        let id = world.jwks().await.verify(shop.token(&code).await.id()).claims;
        assert_eq!(id["nonce"], shop.request().value("nonce").unwrap());
        assert_eq!(id["email"], alice.email);
        // With its own type (RFC 9101 §4), and as OpenID Connect Core §6.1 has it.
        for typ in ["oauth-authz-req+jwt", "JWT"] {
            browser.authorize(&openid(&shop, &signer.sign_as(Some(typ), &object))).await.code();
        }
    }
}

#[tokio::test]
async fn what_stands_outside_never_overrides() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("ES256");
    let shop = holder(&world, "shop", &signer).create().await;
    let mut browser = alice.signed_in().await;
    let object = signer.sign(&claims(&shop));
    let outside = openid(&shop, &object)
        .scope("openid email")
        .with("redirect_uri", "https://evil.example.test/cb")
        .with("state", "evil")
        .with("nonce", "evil")
        .with("code_challenge", &"A".repeat(43));
    let code = browser.authorize(&outside).await.code();
    assert_eq!(browser.arrival().url.as_str(), shop.redirect_uri);
    assert_eq!(browser.arrival().parameters["state"], shop.request().value("state").unwrap());
    let tokens = shop.token(&code).await;
    assert_eq!(tokens.scope, "openid");
    let id = world.jwks().await.verify(tokens.id()).claims;
    assert_eq!(id["nonce"], shop.request().value("nonce").unwrap());
}

#[tokio::test]
async fn an_openid_request_is_completed_from_outside_and_another_is_not() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("ES256");
    let shop = holder(&world, "shop", &signer).create().await;
    let mut browser = alice.signed_in().await;
    let object = signer.sign(&without(&claims(&shop), &["state"]));
    // OpenID Connect Core §6.3.3.
    browser.authorize(openid(&shop, &object).with("state", "outside")).await.code();
    assert_eq!(browser.arrival().parameters["state"], "outside");
    // RFC 9101 §6.3.
    browser.authorize(short(&shop, &object).with("state", "outside").with("prompt", "login")).await.code();
    assert!(!browser.arrival().parameters.contains_key("state"));

    let metadata = |create: &mut signet::domain::clients::CreateClient| {
        create.metadata.require_signed_request_object = true;
    };
    let strict = holder(&world, "strict", &signer).with(metadata).create().await;
    let object = signer.sign(&without(&claims(&strict), &["state"]));
    browser.authorize(openid(&strict, &object).with("state", "outside")).await.code();
    assert!(!browser.arrival().parameters.contains_key("state"));
    browser.authorize(&strict).await; // RFC 9101 §10.5
    assert_eq!(browser.error(), "invalid_request");
}

#[tokio::test]
async fn an_object_that_is_not_good_is_refused() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (signer, other) = (Signer::new("RS256"), Signer::new("RS256"));
    let shop = holder(&world, "shop", &signer).create().await;
    let mut browser = alice.signed_in().await;
    let good = claims(&shop);
    let now = world.now().timestamp();
    let mut bad = vec![
        other.sign(&good),
        signer.posing_as("PS256").sign(&good), // the key is for another algorithm
        not_signed(&good),
        signer.sign_as(Some("at+jwt"), &good),
        signer.sign_as(Some("secevent+jwt"), &good),
        "nonsense".into(),
        "a.b.c.d.e".into(),
        signer.sign(&good).replace('.', ".."),
    ];
    for change in [
        json!({ "iss": "other" }),
        json!({ "aud": "https://other.example.test" }),
        json!({ "aud": [] }),
        json!({ "exp": now - 60 }),
        json!({ "exp": 1e300 }),
        json!({ "exp": "soon" }),
        json!({ "nbf": now + 60 }),
        json!({ "iat": now + 60 }),
        json!({ "sub": shop.id }), // a client assertion (RFC 9101 §10.8)
        json!({ "client_id": "other" }),
        json!({ "request": "eyJ" }),
        json!({ "request_uri": "https://shop.example.test/request" }),
        json!({ "scope": ["openid"] }),
        json!({ "state": 7 }),
        json!({ "redirect_uri": {} }),
    ] {
        bad.push(signer.sign(&with(&good, &change)));
    }
    for object in &bad {
        assert_eq!(told(&mut browser, &shop, object).await, "invalid_request_object", "{object}");
        // Without a good place outside, only the person is told: what stands in the object is not believed.
        let page = browser.authorize(&short(&shop, object)).await.is_at("/oauth2/authorize");
        assert_eq!(page.status(), 400);
    }
    let differing = signer.sign(&with(&good, &json!({ "response_type": "none" })));
    assert_eq!(told(&mut browser, &shop, &differing).await, "invalid_request_object");
    // Ten seconds are forgiven, and what is not there is not asked for.
    let late = with(&good, &json!({ "exp": now - 5, "nbf": now + 5 }));
    browser.authorize(&openid(&shop, &signer.sign(&late))).await.code();
    browser.authorize(&openid(&shop, &signer.sign(&without(&good, &["iss", "aud"])))).await.code();
}

#[tokio::test]
async fn what_is_wrong_in_the_request_itself_has_its_own_error() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("ES256");
    let shop = holder(&world, "shop", &signer).create().await;
    let mut browser = alice.signed_in().await;
    for (change, error) in [
        (json!({ "scope": "made-up" }), "invalid_scope"),
        (json!({ "prompt": "none login" }), "invalid_request"),
        (json!({ "max_age": -1 }), "invalid_request"),
        (
            json!({ "claims": {"id_token": {"acr": {"essential": true, "value": "phr"}}} }),
            "unmet_authentication_requirements",
        ),
    ] {
        browser.authorize(&short(&shop, &signer.sign(&with(&claims(&shop), &change)))).await;
        assert_eq!(browser.error(), error, "{change}");
        assert_eq!(browser.arrival().parameters["state"], shop.request().value("state").unwrap());
    }
    let evil = with(&claims(&shop), &json!({ "redirect_uri": "https://evil.example.test/cb" }));
    let request = openid(&shop, &signer.sign(&evil)).with("redirect_uri", &shop.redirect_uri);
    assert!(browser.authorize(&request).await.is_at("/oauth2/authorize").text.contains("redirect_uri"));
    let both = openid(&shop, "eyJ").with("request_uri", "https://shop.example.test/request");
    browser.authorize(both.with("redirect_uri", &shop.redirect_uri)).await;
    assert_eq!(browser.error(), "invalid_request"); // RFC 9101 §5
}

#[tokio::test]
async fn the_registered_algorithm_is_the_only_one() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.signed_in().await;
    let signer = Signer::new("ES256");
    let registered = |name: &'static str, algorithm: &'static str| {
        let set = |create: &mut signet::domain::clients::CreateClient| {
            create.metadata.request_object_signing_alg = Some(algorithm.into());
        };
        holder(&world, name, &signer).with(set).create()
    };
    let open = registered("open", "none").await;
    browser.authorize(&openid(&open, &not_signed(&claims(&open)))).await.code();
    assert_eq!(told(&mut browser, &open, &signer.sign(&claims(&open))).await, "invalid_request_object");
    let cut = not_signed(&claims(&open)) + "AAAA";
    assert_eq!(told(&mut browser, &open, &cut).await, "invalid_request_object");
    let fixed = registered("fixed", "ES256").await;
    browser.authorize(&openid(&fixed, &signer.sign(&claims(&fixed)))).await.code();
    let rsa = registered("rsa", "RS256").await;
    assert_eq!(told(&mut browser, &rsa, &signer.sign(&claims(&rsa))).await, "invalid_request_object");
    let keyless = world.client("keyless").first_party().create().await;
    assert_eq!(told(&mut browser, &keyless, &signer.sign(&claims(&keyless))).await, "invalid_request_object");
}

#[tokio::test]
async fn an_object_can_be_pushed() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("EdDSA");
    let shop = holder(&world, "shop", &signer).create().await;
    let mut browser = alice.signed_in().await;
    let object = signer.sign(&without(&claims(&shop), &["state"]));
    // RFC 9126 §3: what stands outside is not looked at.
    let pushed = shop.pushed(&openid(&shop, &object).scope("openid email").with("state", "outside")).await;
    let code = browser.authorize(&pushed).await.code();
    assert!(!browser.arrival().parameters.contains_key("state"));
    assert_eq!(shop.token(&code).await.scope, "openid");
    let foreign = Signer::new("EdDSA").sign(&claims(&shop));
    shop.push(&short(&shop, &foreign)).await.refused(400, "invalid_request_object");
}

#[tokio::test]
async fn an_object_is_fetched_from_a_registered_address() {
    let world = World::configured(|config| config.http.allow_private_targets = true).await;
    let alice = world.person("alice").verified().await;
    let site = Site::start().await;
    let signer = Signer::new("RS256");
    let registered = vec![site.url("/request#first"), site.url("/gone"), site.url("/busy")];
    let shop = holder(&world, "shop", &signer).with(|create| create.metadata.request_uris = registered).create().await;
    let mut browser = alice.signed_in().await;
    let by = |reference: &str| {
        let request = Request::default().with("client_id", &shop.id).with("request_uri", reference);
        request.with("redirect_uri", &shop.redirect_uri)
    };
    site.put("/request", 200, &signer.sign(&claims(&shop)));
    browser.authorize(&by(&site.url("/request#first"))).await.code();
    assert_eq!(browser.arrival().parameters["state"], shop.request().value("state").unwrap());
    assert_eq!(site.asked(), ["/request"]);

    // Another fragment is another version (OpenID Connect Core §6.2): no copy of the old one is used.
    let newer = with(&claims(&shop), &json!({ "state": "second" }));
    site.put("/request", 200, &signer.sign(&newer));
    browser.authorize(&by(&site.url("/request#second"))).await.code();
    assert_eq!(browser.arrival().parameters["state"], "second");

    site.put("/busy", 500, "");
    for unread in ["/gone", "/busy"] {
        browser.authorize(&by(&site.url(unread))).await;
        assert_eq!(browser.error(), "invalid_request_uri", "{unread}");
    }
    let before = site.asked().len();
    for foreign in
        [site.url("/other"), site.url("/request?x"), "https://evil.example.test/request".into(), "nonsense".into()]
    {
        browser.authorize(&by(&foreign)).await;
        assert_eq!(browser.error(), "invalid_request_uri", "{foreign}");
    }
    assert_eq!(site.asked().len(), before, "nobody is asked who is not registered");
    site.put("/request", 200, &Signer::new("RS256").sign(&newer));
    browser.authorize(&by(&site.url("/request"))).await;
    assert_eq!(browser.error(), "invalid_request_object");
}

#[tokio::test]
async fn what_is_switched_off_is_said_and_not_advertised() {
    let world = World::configured(|config| {
        config.oauth.request_objects = false;
        config.oauth.request_objects_by_reference = false;
    })
    .await;
    let shop = world.client("shop").create().await;
    let document = world.get("/.well-known/openid-configuration").await.json();
    assert_eq!(document["request_parameter_supported"], false);
    assert_eq!(document["request_uri_parameter_supported"], false);
    assert!(document.get("request_object_signing_alg_values_supported").is_none());
    let mut browser = world.browser();
    browser.authorize(shop.request().with("request", "eyJhbGciOiJub25lIn0.e30.")).await;
    assert_eq!(browser.error(), "request_not_supported");
    browser.authorize(shop.request().with("request_uri", "https://shop.example.test/request")).await;
    assert_eq!(browser.error(), "request_uri_not_supported");
    shop.push(&shop.request().with("request", "eyJ")).await.refused(400, "request_not_supported");
}

#[tokio::test]
async fn an_object_does_not_outlive_its_expiry() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("ES256");
    let shop = holder(&world, "shop", &signer).create().await;
    let mut browser = alice.signed_in().await;
    let expiring = with(&claims(&shop), &json!({ "exp": world.now().timestamp() + 60 }));
    let object = signer.sign(&expiring);
    browser.authorize(&openid(&shop, &object)).await.code();
    world.advance(TimeDelta::seconds(80));
    assert_eq!(told(&mut browser, &shop, &object).await, "invalid_request_object");
}
