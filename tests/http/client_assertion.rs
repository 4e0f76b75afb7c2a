//! Clients that authenticate by a JWT: `private_key_jwt` and `client_secret_jwt` (OpenID Connect Core §9, RFC 7523).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openssl::{hash::MessageDigest, pkey::PKey, sign::Signer as Mac};
use serde_json::{Value, json};
use signet::domain::clients::{AuthMethod, GrantType};

use crate::world::{
    Answer, Client, ISSUER, NewClient, Signer, Site, TokenRequest, World, not_signed, together, with_local_servers,
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client that acts for itself, on its way.
fn robot(world: &World, method: AuthMethod) -> NewClient {
    world.client("robot").method(method).grants(&[GrantType::ClientCredentials]).scope("orders:read")
}

/// One with this key.
async fn holder(world: &World, signer: &Signer) -> Client {
    let jwks = signer.jwks();
    robot(world, AuthMethod::PrivateKeyJwt).with(|create| create.metadata.jwks = Some(jwks)).create().await
}

/// What a good assertion says.
fn claims(world: &World, client: &Client) -> Value {
    let jti = signet::ports::random::token("").unwrap().expose().to_owned();
    let now = world.now().timestamp();
    json!({ "iss": client.id, "sub": client.id, "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 60 })
}

/// The same with some changed; null takes one out.
fn with(mut claims: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            _ => claims[name] = value.clone(),
        }
    }
    claims
}

/// A request that nothing but the assertion proves.
fn asserting(client: &Client, assertion: &str) -> TokenRequest {
    let silent = Client { method: AuthMethod::None, ..client.clone() };
    let request = silent.token_request("client_credentials").without("client_id");
    request.with("client_assertion_type", TYPE).with("client_assertion", assertion)
}

/// An assertion by HS256.
fn maced(secret: &str, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "HS256" })), part(claims));
    let key = PKey::hmac(secret.as_bytes()).unwrap();
    let mac = Mac::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// Asserts that the client is not believed, and told how it could be (RFC 6749 §5.2).
#[track_caller]
fn disbelieved(answer: Answer) {
    let answer = answer.refused(401, "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic "));
}

#[tokio::test]
async fn core_9_every_algorithm_of_a_registered_key_is_believed() {
    let world = World::start().await;
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"] {
        let signer = Signer::new(algorithm);
        let robot = holder(&world, &signer).await;
        let tokens = asserting(&robot, &signer.sign(&claims(&world, &robot))).send().await.tokens();
        assert_eq!(tokens.scope, "orders:read", "{algorithm}");
        // A client_id beside it says the same or nothing (RFC 7521 §4.2).
        let assertion = signer.sign_as(Some("client-authentication+jwt"), &claims(&world, &robot));
        asserting(&robot, &assertion).with("client_id", &robot.id).send().await.tokens();
        let assertion = signer.sign(&claims(&world, &robot));
        disbelieved(asserting(&robot, &assertion).with("client_id", "another").send().await);
    }
}

#[tokio::test]
async fn rfc7523_3_what_an_assertion_has_to_say() {
    let world = World::start().await;
    let signer = Signer::new("ES256");
    let robot = holder(&world, &signer).await;
    let now = world.now().timestamp();
    let send = |changes: Value| {
        let assertion = signer.sign(&with(claims(&world, &robot), &changes));
        asserting(&robot, &assertion).with("client_id", &robot.id).send()
    };
    for good in [
        json!({ "aud": [ISSUER] }),
        json!({ "aud": format!("{ISSUER}/oauth2/token") }),
        json!({ "aud": ["https://elsewhere.test", format!("{ISSUER}/oauth2/token")] }),
        json!({ "iat": null }),
        json!({ "nbf": now, "more": { "is": "ignored" } }),
        // Clocks differ: ten seconds do no harm.
        json!({ "exp": now - 5 }),
        json!({ "iat": now + 8, "nbf": now + 8 }),
    ] {
        send(good).await.tokens();
    }
    for bad in [
        json!({ "iss": null }),
        json!({ "iss": "another" }),
        json!({ "aud": null }),
        json!({ "aud": [] }),
        json!({ "aud": "https://elsewhere.test" }),
        json!({ "aud": format!("{ISSUER}/") }),
        json!({ "aud": format!("{ISSUER}/oauth2/authorize") }),
        json!({ "exp": null }),
        json!({ "exp": now - 11 }),
        json!({ "exp": now + 7200 }),
        json!({ "exp": "soon" }),
        json!({ "exp": 1e300 }),
        json!({ "exp": u64::MAX }),
        json!({ "iat": now + 60 }),
        json!({ "nbf": now + 60 }),
        json!({ "jti": null }),
        json!({ "jti": "" }),
        json!({ "jti": 7 }),
    ] {
        disbelieved(send(bad).await);
    }
    // Without a subject nobody knows whose it is.
    disbelieved(asserting(&robot, &signer.sign(&with(claims(&world, &robot), &json!({ "sub": null })))).send().await);
    disbelieved(asserting(&robot, &signer.sign(&with(claims(&world, &robot), &json!({ "sub": "x" })))).send().await);
}

#[tokio::test]
async fn rfc8725_what_is_no_signature_of_the_client() {
    let world = World::start().await;
    let signer = Signer::new("RS256");
    let robot = holder(&world, &signer).await;
    let stranger = Signer::new("RS256");
    for assertion in [
        stranger.sign(&claims(&world, &robot)),
        signer.posing_as("PS256").sign(&claims(&world, &robot)),
        not_signed(&claims(&world, &robot)),
        maced(&signer.jwks().to_string(), &claims(&world, &robot)),
        signer.sign_as(Some("at+jwt"), &claims(&world, &robot)),
        signer.sign_as(Some("oauth-authz-req+jwt"), &claims(&world, &robot)),
        "a.b.c".into(),
        "x".into(),
    ] {
        disbelieved(asserting(&robot, &assertion).send().await);
    }
}

#[tokio::test]
async fn rfc7523_3_an_assertion_is_believed_once() {
    let world = World::start().await;
    let signer = Signer::new("ES256");
    let robot = holder(&world, &signer).await;
    let assertion = signer.sign(&claims(&world, &robot));
    let answers = together((0..10).map(|_| asserting(&robot, &assertion).send())).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    disbelieved(asserting(&robot, &assertion).send().await);
    // Another client's jti is another.
    let other = Signer::new("ES256");
    let second = holder(&world, &other).await;
    let one = with(claims(&world, &robot), &json!({ "jti": "shared" }));
    let two = with(claims(&world, &second), &json!({ "jti": "shared" }));
    asserting(&robot, &signer.sign(&one)).send().await.tokens();
    asserting(&second, &other.sign(&two)).send().await.tokens();
}

#[tokio::test]
async fn rfc6749_2_3_one_method_and_the_registered_one() {
    let world = World::start().await;
    let signer = Signer::new("ES256");
    let robot = holder(&world, &signer).await;
    let assertion = || signer.sign(&claims(&world, &robot));
    let request = || asserting(&robot, &assertion());
    request().basic(&robot.id, "secret").send().await.refused(400, "invalid_request");
    request().with("client_secret", "secret").send().await.refused(400, "invalid_request");
    request().again("client_assertion", &assertion()).send().await.refused(400, "invalid_request");
    request().without("client_assertion").send().await.refused(400, "invalid_request");
    request().without("client_assertion_type").send().await.refused(400, "invalid_request");
    disbelieved(request().with("client_assertion_type", "urn:x").send().await);
    // A key is no secret, and the other way around.
    disbelieved(
        asserting(&robot, "")
            .without("client_assertion")
            .without("client_assertion_type")
            .basic(&robot.id, "x")
            .send()
            .await,
    );
    let secretive = self::robot(&world, AuthMethod::ClientSecretBasic).create().await;
    let by_mac = maced(secretive.secret.as_deref().unwrap(), &claims(&world, &secretive));
    disbelieved(asserting(&secretive, &by_mac).send().await);
    disbelieved(asserting(&secretive, &signer.sign(&claims(&world, &secretive))).send().await);
}

#[tokio::test]
async fn core_9_client_secret_jwt_is_a_mac_with_the_secret() {
    let world = World::start().await;
    let robot = robot(&world, AuthMethod::ClientSecretJwt).create().await;
    let secret = robot.secret.clone().unwrap();
    asserting(&robot, &maced(&secret, &claims(&world, &robot))).send().await.tokens();
    disbelieved(
        asserting(&robot, &maced("another secret, which is just as long", &claims(&world, &robot))).send().await,
    );
    disbelieved(asserting(&robot, &not_signed(&claims(&world, &robot))).send().await);
    let used = maced(&secret, &claims(&world, &robot));
    asserting(&robot, &used).send().await.tokens();
    disbelieved(asserting(&robot, &used).send().await);
    // The secret itself is not this client's way.
    let by_secret = Client { method: AuthMethod::ClientSecretPost, ..robot.clone() };
    disbelieved(by_secret.token_request("client_credentials").send().await);
    // A new secret counts at once, the old one as long as it was allowed.
    let rotate = signet::domain::clients::RotateClientSecret { client_id: robot.id.clone(), keep: None };
    let fresh = world.operator(rotate).await.unwrap().client_secret.expose().to_owned();
    disbelieved(asserting(&robot, &maced(&secret, &claims(&world, &robot))).send().await);
    asserting(&robot, &maced(&fresh, &claims(&world, &robot))).send().await.tokens();
}

#[tokio::test]
async fn registration_2_the_registered_algorithm_is_the_only_one() {
    let world = World::start().await;
    let signer = Signer::new("RS256");
    let mut jwks = signer.jwks();
    jwks["keys"][0].as_object_mut().unwrap().remove("alg");
    let robot = robot(&world, AuthMethod::PrivateKeyJwt)
        .with(|create| {
            create.metadata.jwks = Some(jwks);
            create.metadata.token_endpoint_auth_signing_alg = Some("PS256".into());
        })
        .create()
        .await;
    disbelieved(asserting(&robot, &signer.sign(&claims(&world, &robot))).send().await);
}

#[tokio::test]
async fn core_10_1_1_keys_at_an_address_may_rotate_and_their_server_may_be_away() {
    let world = World::configured(with_local_servers).await;
    let site = Site::start().await;
    let (first, second) = (Signer::new("ES256"), Signer::new("ES256"));
    site.put("/jwks", 200, &first.jwks().to_string());
    let url = site.url("/jwks");
    let robot =
        robot(&world, AuthMethod::PrivateKeyJwt).with(|create| create.metadata.jwks_uri = Some(url)).create().await;
    let send = |signer: &Signer| asserting(&robot, &signer.sign(&claims(&world, &robot))).send();
    send(&first).await.tokens();
    send(&first).await.tokens();
    assert_eq!(site.asked().len(), 1, "the copy is used");

    // A key that is not known yet is looked for, but not at every try.
    world.advance(chrono::TimeDelta::seconds(2));
    disbelieved(send(&second).await);
    assert_eq!(site.asked().len(), 2);
    for _ in 0..5 {
        disbelieved(send(&second).await);
    }
    assert_eq!(site.asked().len(), 2, "made-up keys cost the client's server nothing");

    site.put("/jwks", 200, &second.jwks().to_string());
    world.advance(chrono::TimeDelta::seconds(120));
    send(&second).await.tokens();
    disbelieved(send(&first).await);

    // The server is away long after the copy was fresh: the last good copy does.
    site.put("/jwks", 500, "");
    world.advance(chrono::TimeDelta::hours(3));
    send(&second).await.tokens();
    world.advance(chrono::TimeDelta::hours(24));
    disbelieved(send(&second).await);
}

#[tokio::test]
async fn failures_are_counted_by_address_and_good_clients_pass() {
    let world = World::configured(|config| config.limits.client_failures_per_address.count = 3).await;
    let signer = Signer::new("ES256");
    let robot = holder(&world, &signer).await;
    for _ in 0..3 {
        disbelieved(asserting(&robot, &Signer::new("ES256").sign(&claims(&world, &robot))).send().await);
    }
    let flood = asserting(&robot, &Signer::new("ES256").sign(&claims(&world, &robot))).send().await;
    assert!(!flood.expect(429).header("retry-after").is_empty());
    asserting(&robot, &signer.sign(&claims(&world, &robot))).send().await.tokens();
}

#[tokio::test]
async fn keys_inside_are_never_fetched() {
    let world = World::start().await;
    let site = Site::start().await;
    let signer = Signer::new("ES256");
    site.put("/jwks", 200, &signer.jwks().to_string());
    let url = site.url("/jwks");
    let refused = robot(&world, AuthMethod::PrivateKeyJwt).with(|create| create.metadata.jwks_uri = Some(url));
    assert!(refused.try_create().await.is_err());
    assert!(site.asked().is_empty());
}
