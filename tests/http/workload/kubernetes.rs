//! `workload_jwt` (RFC 7523 §2.2, §3 with an issuer that is not the client): service-account tokens as Kubernetes projects them.

use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::domain::{
    clients::{AuthMethod, GrantType},
    issuers::{DeleteIssuer, SubjectMapping, Use},
};

use super::disbelieved;
use crate::world::{
    Client, ISSUER, Platform, Signer, Site, World, changed, not_signed, service_account, together, with_local_servers,
};

async fn start() -> (World, Platform, Client) {
    let world = World::start().await;
    let cluster = world.cluster().await;
    let api = world.client("api").workload(&cluster, &service_account("api")).create().await;
    (world, cluster, api)
}

#[tokio::test]
async fn a_pod_gets_a_token_with_the_one_that_its_cluster_gave_it() {
    let (world, cluster, api) = start().await;
    let token = cluster.token(&service_account("api"));
    let tokens = api.presents(&token).send().await.tokens();
    assert_eq!((tokens.scope.as_str(), tokens.refresh), ("orders:read", None));
    let claims = world.jwks().await.verify(&tokens.access).claims;
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(api.id), &json!(api.id)));
    // The pod uses its token until it is replaced: no jti, and no once.
    for _ in 0..3 {
        api.presents(&token).send().await.tokens();
    }
    assert_eq!(world.details("workload.authenticated").await.len(), 1, "the same token is no news");
    world.advance(TimeDelta::seconds(1));
    api.presents(&cluster.token(&service_account("api"))).send().await.tokens();
    let said = json!({ "client_id": api.id, "issuer": cluster.issuer, "subject": service_account("api") });
    assert_eq!(world.details("workload.authenticated").await, [said.clone(), said]);
}

#[tokio::test]
async fn a_token_that_comes_many_times_at_once_is_noted_once() {
    let (world, cluster, api) = start().await;
    let token = cluster.token(&service_account("api"));
    let answers = together((0..10).map(|_| api.presents(&token).send())).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(world.count_facts("workload.authenticated").await, 1);
    // It is noted though the request itself comes to nothing, and nothing is noted of what is not believed.
    world.advance(TimeDelta::seconds(1));
    let fresh = cluster.token(&service_account("api"));
    api.presents(&fresh).with("scope", "admin").send().await.refused(400, "invalid_scope");
    assert_eq!(world.count_facts("workload.authenticated").await, 2);
    disbelieved(api.presents(&cluster.token(&service_account("other"))).send().await);
    assert_eq!(world.count_facts("workload.authenticated").await, 2);
}

#[tokio::test]
async fn rfc7523_3_what_a_token_has_to_say() {
    let (world, cluster, api) = start().await;
    let now = world.now().timestamp();
    let send = |changes: Value| {
        let token = cluster.signer.sign(&changed(cluster.claims(&service_account("api")), &changes));
        api.presents(&token).send()
    };
    for good in [
        json!({ "aud": ISSUER }),
        json!({ "nbf": null, "jti": "1" }),
        json!({ "exp": now + 600 }),
        json!({ "iat": now + 8, "nbf": now + 8 }), // clocks differ
    ] {
        send(good).await.tokens();
    }
    let now = world.now().timestamp();
    send(json!({ "exp": now - 2, "iat": now - 600 })).await.tokens();
    for bad in [
        json!({ "iss": null }),
        json!({ "iss": "https://other.cluster.test" }),
        json!({ "iss": format!("{}/", cluster.issuer) }),
        json!({ "iss": 7 }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": 7 }),
        json!({ "sub": service_account("other") }),
        json!({ "sub": service_account("api2") }),
        json!({ "sub": service_account("ap") }),
        json!({ "sub": api.id }),
        json!({ "aud": null }),
        json!({ "aud": [] }),
        json!({ "aud": "https://kubernetes.default.svc" }), // what a pod has for its own cluster
        json!({ "aud": [ISSUER, "https://elsewhere.test"] }),
        json!({ "aud": format!("{ISSUER}/") }),
        json!({ "aud": format!("{ISSUER}/oauth2/token") }),
        json!({ "exp": null }),
        json!({ "exp": now - 30 }),
        json!({ "exp": now + 7200 }),
        json!({ "exp": 1e300 }),
        json!({ "exp": u64::MAX }),
        // Made to live for a year, and in its last hour.
        json!({ "iat": now - 31_536_000, "exp": now + 1800 }),
        json!({ "iat": null }),
        json!({ "iat": now + 600 }),
        json!({ "iat": "now" }),
        json!({ "nbf": now + 600 }),
        json!({ "jti": 7 }),
    ] {
        let shown = bad.to_string();
        let answer = send(bad).await;
        assert_eq!(answer.status, 401, "{shown}");
        disbelieved(answer);
    }
}

#[tokio::test]
async fn rfc8725_only_a_signature_of_the_issuers_own_key_counts() {
    let (world, cluster, api) = start().await;
    let claims = cluster.claims(&service_account("api"));
    let mac_key = cluster.signer.jwks();
    for token in [
        Signer::new("RS256").sign(&claims),
        cluster.signer.posing_as("PS256").sign(&claims),
        not_signed(&claims),
        cluster.signer.sign_as(Some("at+jwt"), &claims),
        cluster.signer.sign_as(Some("JOSE"), &claims),
        cluster.signer.sign_as(Some("oauth-id-jag+jwt"), &claims),
        mac_key.to_string(),
        "a.b.c".into(),
        "x".into(),
    ] {
        disbelieved(api.presents(&token).send().await);
    }
    // Keys for JWT-SVIDs in the same set sign nothing else.
    let signer = Signer::new("ES256");
    let mut both = cluster.signer.jwks();
    both["keys"].as_array_mut().unwrap().push(signer.bundle()["keys"][0].clone());
    let mixed = world.platform("https://mixed.test", Signer::new("ES256"), |create| create.jwks = Some(both)).await;
    let second = world.client("second").workload(&mixed, "job").create().await;
    let claims = mixed.claims("job");
    disbelieved(second.presents(&signer.sign(&claims)).send().await);
    second.presents(&cluster.signer.sign(&claims)).send().await.tokens();
}

#[tokio::test]
async fn only_the_issuer_that_was_registered_for_this_and_for_this_client() {
    let (world, cluster, api) = start().await;
    // Another cluster says the same of its own service account.
    let other = world.platform("https://other.cluster.test", Signer::new("RS256"), |_| {}).await;
    disbelieved(api.presents(&other.token(&service_account("api"))).send().await);
    disbelieved(api.presents(&other.signer.sign(&cluster.claims(&service_account("api")))).send().await);
    // An issuer of assertions is no platform, and a platform gives no assertions.
    let idp =
        world.idp(&[Use::JwtBearer, Use::IdJag, Use::SoftwareStatement], SubjectMapping::Service, "orders:read").await;
    let posing = Platform { issuer: idp.issuer.clone(), ..other };
    assert!(world.client("second").workload(&posing, "u1").try_create().await.is_err());
    let agent = world.client("agent").redeems().scope("orders:read").create().await;
    agent.assert(&cluster.token(&service_account("api"))).send().await.refused(400, "invalid_grant");
    // One that counts for some clients.
    let reserved = world
        .platform("https://reserved.test", Signer::new("RS256"), |create| create.clients = vec!["reserved".into()])
        .await;
    let named =
        world.client("named").workload(&reserved, "job").with(|create| create.client_id = Some("reserved".into()));
    let named = named.create().await;
    named.presents(&reserved.token("job")).send().await.tokens();
    assert!(world.client("unnamed").workload(&reserved, "job").try_create().await.is_err());
    // Gone is gone, at once.
    let token = cluster.token(&service_account("api"));
    api.presents(&token).send().await.tokens();
    world.operator(DeleteIssuer { issuer: cluster.issuer.clone() }).await.unwrap();
    disbelieved(api.presents(&token).send().await);
}

#[tokio::test]
async fn rfc6749_2_3_one_method_and_the_registered_one() {
    let (world, cluster, api) = start().await;
    let token = cluster.token(&service_account("api"));
    let request = || api.presents(&token);
    request().basic(&api.id, "secret").send().await.refused(400, "invalid_request");
    request().with("client_secret", "secret").send().await.refused(400, "invalid_request");
    request().again("client_assertion", &token).send().await.refused(400, "invalid_request");
    request().without("client_assertion_type").send().await.refused(400, "invalid_request");
    const SVID: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";
    disbelieved(request().with("client_assertion_type", SVID).send().await);
    disbelieved(request().with("client_assertion_type", "urn:x").send().await);
    // The subject is not the client: it has to say which one it is.
    disbelieved(request().without("client_id").send().await);
    // Nothing at all, or a secret, does not do.
    let silent = Client { method: AuthMethod::None, ..api.clone() };
    disbelieved(silent.token_request("client_credentials").send().await);
    let by_secret = Client { method: AuthMethod::ClientSecretBasic, secret: Some("x".repeat(32)), ..api.clone() };
    disbelieved(by_secret.token_request("client_credentials").send().await);
    // A client with a key of its own is not its workload, nor the other way around.
    let signer = Signer::new("RS256");
    let jwks = signer.jwks();
    let keyed = world.client("keyed").method(AuthMethod::PrivateKeyJwt).grants(&[GrantType::ClientCredentials]);
    let keyed = keyed.scope("orders:read").with(|create| create.metadata.jwks = Some(jwks)).create().await;
    disbelieved(keyed.presents(&token).send().await);
    let now = world.now().timestamp();
    let own = json!({ "iss": api.id, "sub": api.id, "aud": ISSUER, "jti": "1", "iat": now, "exp": now + 60 });
    disbelieved(api.presents(&signer.sign(&own)).send().await);
    disbelieved(api.presents(&cluster.signer.sign(&own)).send().await);
}

#[tokio::test]
async fn a_client_that_is_called_like_its_workload_need_not_say_so() {
    let (world, cluster, _) = start().await;
    let name = service_account("worker");
    let worker = world
        .client("worker")
        .workload(&cluster, &name)
        .with(|create| create.client_id = Some(service_account("worker")));
    let worker = worker.create().await;
    worker.presents(&cluster.token(&name)).without("client_id").send().await.tokens();
    disbelieved(worker.presents(&cluster.token(&service_account("other"))).without("client_id").send().await);
}

#[tokio::test]
async fn every_endpoint_for_clients_believes_it() {
    let world = World::start().await;
    let cluster = world.cluster().await;
    let app =
        world.client("app").workload(&cluster, &service_account("api")).scope("openid orders:read").with(|create| {
            create.grants = vec![GrantType::AuthorizationCode, GrantType::ClientCredentials, GrantType::DeviceCode];
            create.redirect_uris = vec!["https://app.example.test/cb".into()];
        });
    let app = app.create().await;
    let good = app.presents(&cluster.token(&service_account("api")));
    let bad = app.presents(&cluster.token(&service_account("other")));
    let access = good.clone().with("scope", "orders:read").send().await.tokens().access;
    let request = app.request();
    let pushed = |by: crate::world::TokenRequest| {
        request.pairs().iter().fold(by.without("grant_type"), |call, (name, value)| call.with(name, value))
    };
    for (path, status, call) in [
        ("/oauth2/par", 201, &pushed as &dyn Fn(crate::world::TokenRequest) -> crate::world::TokenRequest),
        ("/oauth2/device_authorization", 200, &|by| by.without("grant_type").with("scope", "openid")),
        ("/oauth2/introspect", 200, &|by| by.without("grant_type").with("token", &access)),
        ("/oauth2/revoke", 200, &|by| by.without("grant_type").with("token", &access)),
    ] {
        disbelieved(call(bad.clone()).call_to(path).send().await);
        let answer = call(good.clone()).call_to(path).send().await.expect(status);
        assert!(path != "/oauth2/introspect" || answer.json()["active"] == true);
    }
}

#[tokio::test]
async fn keys_at_an_address_may_rotate_and_an_audience_be_agreed_upon() {
    let world = World::configured(with_local_servers).await;
    let site = Site::start().await;
    let (first, second) = (Signer::new("RS256"), Signer::new("ES256"));
    site.put("/openid/v1/jwks", 200, &first.jwks().to_string());
    let cluster = world
        .platform("https://kubernetes.default.svc", first.clone(), |create| {
            create.jwks = None;
            create.jwks_uri = Some(site.url("/openid/v1/jwks"));
            create.audiences = vec!["api://signet".into()];
            create.max_lifetime = 600;
        })
        .await;
    let api = world.client("api").workload(&cluster, &service_account("api")).create().await;
    let send = |signer: &Signer, changes: Value| {
        let short = json!({ "exp": world.now().timestamp() + 600 });
        let claims = changed(changed(cluster.claims(&service_account("api")), &short), &changes);
        api.presents(&signer.sign(&claims)).send()
    };
    send(&first, json!({})).await.tokens();
    send(&first, json!({ "aud": ["api://signet"] })).await.tokens();
    disbelieved(send(&first, json!({ "aud": ["api://signet", ISSUER] })).await);
    disbelieved(send(&first, json!({ "aud": "api://other" })).await);
    disbelieved(send(&first, json!({ "exp": world.now().timestamp() + 3600 })).await);
    disbelieved(send(&second, json!({})).await);
    site.put("/openid/v1/jwks", 200, &second.jwks().to_string());
    world.advance(TimeDelta::seconds(120));
    send(&second, json!({})).await.tokens();
    disbelieved(send(&first, json!({})).await);
    // The API server is away for a while.
    site.put("/openid/v1/jwks", 503, "");
    world.advance(TimeDelta::hours(3));
    send(&second, json!({})).await.tokens();
}

#[tokio::test]
async fn failures_are_counted_by_address_and_good_workloads_pass() {
    let world = World::configured(|config| config.limits.client_failures_per_address.count = 3).await;
    let cluster = world.cluster().await;
    let api = world.client("api").workload(&cluster, &service_account("api")).create().await;
    for _ in 0..3 {
        disbelieved(api.presents(&cluster.token(&service_account("other"))).send().await);
    }
    let flood = api.presents(&cluster.token(&service_account("other"))).send().await;
    assert!(!flood.expect(429).header("retry-after").is_empty());
    api.presents(&cluster.token(&service_account("api"))).send().await.tokens();
}
