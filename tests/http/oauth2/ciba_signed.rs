//! Requests to people elsewhere that the client signed (OpenID CIBA Core §7.1.1).

use serde_json::{Value, json};
use signet::domain::clients::{AuthMethod, GrantType};

use crate::world::{Client, ISSUER, NewClient, Person, Signer, TokenRequest, World, changed, not_signed};

/// A client that signs its requests with this key.
fn signing(world: &World, signer: &Signer, algorithm: Option<&str>) -> NewClient {
    let (jwks, algorithm) = (signer.jwks(), algorithm.map(str::to_owned));
    world.client("till").ciba().with(|create| {
        create.metadata.jwks = Some(jwks);
        create.metadata.backchannel.backchannel_authentication_request_signing_alg = algorithm;
    })
}

/// What a good request says; never the same twice.
fn claims(world: &World, client: &Client, person: &Person) -> Value {
    let now = world.now().timestamp();
    let jti = signet::ports::random::token("").unwrap().expose().to_owned();
    json!({
        "iss": client.id, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 60, "jti": jti,
        "scope": "openid email", "login_hint": person.email, "binding_message": "W4SCT", "requested_expiry": 120,
    })
}

fn sending(client: &Client, object: &str) -> TokenRequest {
    client.token_request("").without("grant_type").with("request", object)
}

#[tokio::test]
async fn a_signed_request_is_asked() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let signer = Signer::new(algorithm);
        let till = signing(&world, &signer, Some(algorithm)).create().await;
        let object = signer.sign(&claims(&world, &till, &alice));
        let asked = sending(&till, &object).ask().send().await.asked();
        assert_eq!(asked.json["expires_in"], 120, "a number in JSON");
        let mut browser = alice.browser();
        let page = browser.look_at_request().await.page();
        assert!(page.text.contains("W4SCT"), "{}", page.text);
        browser.press("ciba-allow").await;
        assert_eq!(till.collect(&asked).send().await.tokens().scope, "email openid");
        // §7.1.1: a string does as well; and typ may say what it is.
        let object = changed(claims(&world, &till, &alice), &json!({ "requested_expiry": "60" }));
        let object = signer.sign_as(Some("oauth-authz-req+jwt"), &object);
        assert_eq!(sending(&till, &object).ask().send().await.asked().json["expires_in"], 60);
        browser.look_at_request().await.press("ciba-deny").await;
    }
}

#[tokio::test]
async fn what_is_not_as_it_has_to_be_is_refused() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("ES256");
    let till = signing(&world, &signer, Some("ES256")).create().await;
    let now = world.now().timestamp();
    let good = || claims(&world, &till, &alice);
    for change in [
        json!({ "iss": null }),
        json!({ "aud": null }),
        json!({ "exp": null }),
        json!({ "iat": null }),
        json!({ "nbf": null }),
        json!({ "jti": null }),
        json!({ "iss": "another" }),
        json!({ "aud": "https://other.example.test" }),
        json!({ "exp": now - 30 }),
        json!({ "exp": now + 7200 }),
        json!({ "nbf": now + 60 }),
        json!({ "sub": till.id }),
        json!({ "client_id": "another" }),
        json!({ "request": "eyJ" }),
        json!({ "login_hint": 7 }),
        json!({ "login_hint": null }),
    ] {
        let object = signer.sign(&changed(good(), &change));
        let answer = sending(&till, &object).ask().send().await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"), "{change}");
    }
    // Another key, none at all, another type, another algorithm than the registered one.
    let other = Signer::new("ES256").sign(&good());
    for object in [other, not_signed(&good()), signer.sign_as(Some("logout+jwt"), &good()), "x".into()] {
        sending(&till, &object).ask().send().await.refused(400, "invalid_request");
    }
    // Who registered that it signs does not ask without; and nothing stands beside what is signed.
    till.asking(&alice, "openid").ask().send().await.refused(400, "invalid_request");
    let object = signer.sign(&good());
    for (name, value) in [("scope", "openid profile"), ("login_hint", "eve@example.test"), ("unknown", "x")] {
        sending(&till, &object).with(name, value).ask().send().await.refused(400, "invalid_request");
    }
    sending(&till, &object).ask().send().await.asked();
    sending(&till, &object).ask().send().await.refused(400, "invalid_request"); // once
    assert_eq!(world.count_facts("backchannel.requested").await, 1);
}

#[tokio::test]
async fn another_algorithm_than_the_registered_one_is_none() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let signer = Signer::new("PS256");
    let till = signing(&world, &signer, Some("PS256")).create().await;
    let object = signer.posing_as("RS256").sign(&claims(&world, &till, &alice));
    sending(&till, &object).ask().send().await.refused(400, "invalid_request");
    // Without a registered one, any of ours will do.
    let free = signing(&world, &signer, None).create().await;
    sending(&free, &signer.sign(&claims(&world, &free, &alice))).ask().send().await.asked();
    free.ask(&alice, "openid").await;
}

#[tokio::test]
async fn registration_is_judged() {
    let world = World::start().await;
    let field = async |client: NewClient| {
        let error = client.try_create().await.err().unwrap();
        error.refusal().unwrap().fields.iter().map(|field| field.field).collect::<Vec<_>>()
    };
    let told = |address: &str| {
        let address = address.to_owned();
        let ping: signet::domain::clients::DeliveryMode = serde_json::from_str("\"ping\"").unwrap();
        world.client("till").ciba().with(|create| {
            create.metadata.backchannel.backchannel_token_delivery_mode = Some(ping);
            create.metadata.backchannel.backchannel_client_notification_endpoint = Some(address);
        })
    };
    let address = vec!["backchannel_client_notification_endpoint"];
    assert_eq!(field(told("http://shop.example.test/ping")).await, address);
    assert_eq!(field(told("https://127.0.0.1/ping")).await, address);
    assert_eq!(field(told("https://shop.example.test/ping#x")).await, address);
    told("https://shop.example.test/ping").create().await;
    let nowhere = told("").with(|create| {
        create.metadata.backchannel.backchannel_client_notification_endpoint = None;
    });
    assert_eq!(field(nowhere).await, address);
    let mode = vec!["backchannel_token_delivery_mode"];
    assert_eq!(field(world.client("till").grants(&[GrantType::Ciba]).redirects(&[])).await, mode);
    assert_eq!(field(world.client("till").ciba_too()).await, mode);
    assert_eq!(field(world.client("till").ciba().method(AuthMethod::None)).await, ["grant_types"]);
    let signer = Signer::new("ES256");
    let algorithm = vec!["backchannel_authentication_request_signing_alg"];
    for bad in ["none", "HS256"] {
        assert_eq!(field(signing(&world, &signer, Some(bad))).await, algorithm);
    }
    let keyless = signing(&world, &signer, Some("ES256")).with(|create| create.metadata.jwks = None);
    assert_eq!(field(keyless).await, ["jwks"]);
}

#[tokio::test]
async fn no_client_gives_it_to_itself() {
    let world = World::start().await;
    for (name, value) in [
        ("grant_types", json!(["urn:openid:params:grant-type:ciba"])),
        ("backchannel_user_code_parameter", json!(true)),
        ("backchannel_token_delivery_mode", json!("push")),
    ] {
        let mut asked = json!({ "redirect_uris": ["https://shop.example.test/cb"] });
        asked[name] = value;
        let answer = world.post_json("/oauth2/register", &asked).await.refused(400, "invalid_client_metadata");
        assert!(answer.text().contains(name), "{}", answer.text());
    }
}

#[tokio::test]
async fn the_command_line_registers_it() {
    let world = World::start().await;
    let create = ["client", "create", "--name", "Till", "--profile", "ciba"];
    let made = world.signet(&create, "").await.done();
    assert_eq!(made["grant_types"], json!(["urn:openid:params:grant-type:ciba", "refresh_token"]));
    assert_eq!(made["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!((&made["redirect_uris"], &made["backchannel_token_delivery_mode"]), (&json!([]), &json!("poll")));
    let notify = ["--ciba-notify", "https://till.example.test/ping"];
    let made = world.signet(&[&create[..], &notify].concat(), "").await.done();
    assert_eq!(made["backchannel_token_delivery_mode"], "ping");
    assert_eq!(made["backchannel_client_notification_endpoint"], "https://till.example.test/ping");
    // By its grant alone, by whichever name; and whoever does not have it is not asked how.
    let options = ["--grant", "authorization_code", "--grant", "ciba", "--ciba-mode", "poll"];
    let redirect = ["--redirect-uri", "https://till.example.test/cb"];
    let made = world.signet(&[&create[..4], &options, &redirect].concat(), "").await.done();
    assert_eq!(made["backchannel_token_delivery_mode"], "poll");
    let made = world.signet(&[&create[..4], &redirect].concat(), "").await.done();
    assert!(made.get("backchannel_token_delivery_mode").is_none(), "{made}");
}
