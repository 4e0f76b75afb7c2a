//! Every endpoint that clients call takes certificates (RFC 8705 §2), says so in discovery (§3.3, §5), and where else it is.

use axum::http::Method;
use serde_json::{Value, json};
use signet::{
    config::CertificateForm::Pem,
    domain::clients::{AuthMethod, GrantType},
};

use crate::world::{ALIAS, ISSUER, Prover, Signer, World};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const METHODS: [&str; 2] = ["tls_client_auth", "self_signed_tls_client_auth"];

#[tokio::test]
async fn each_endpoint_for_clients_knows_a_client_by_its_certificate() {
    let (world, authority) = World::certified(Pem).await;
    let grants = [GrantType::AuthorizationCode, GrantType::DeviceCode, GrantType::ClientCredentials];
    let identity = authority.issues(world.wanted());
    let shop = world.client("shop").grants(&grants).scope("openid jobs").by_subject().create().await;
    let token = shop.token_request("client_credentials").with("scope", "jobs");
    let token = token.call().with_certificate(&identity).send().await;
    let token = token.expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let request = shop.request();
    let asked: Vec<(&str, &str)> = request.pairs().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let named = [("token", token.as_str())];
    let device = [("scope", "openid")];
    for (path, pairs, status) in [
        ("/oauth2/par", asked.as_slice(), 201),
        ("/oauth2/device_authorization", &device, 200),
        ("/oauth2/introspect", &named, 200),
        ("/oauth2/revoke", &named, 200),
    ] {
        let without_id: Vec<_> = pairs.iter().copied().filter(|(name, _)| *name != "client_id").collect();
        shop.post(path, &without_id).send().await.refused(401, "invalid_client");
        shop.post(path, &without_id).with_certificate(&identity).send().await.expect(status);
    }
    shop.post("/oauth2/bc-authorize", &device).send().await.refused(401, "invalid_client");
    let call = shop.post("/oauth2/bc-authorize", &device).with_certificate(&identity);
    call.send().await.refused(400, "unauthorized_client"); // known, and not registered for this
}

#[tokio::test]
async fn discovery_says_what_there_is_and_nothing_else() {
    let none = World::start().await.get(DISCOVERY).await.json();
    for endpoint in ["token", "revocation", "introspection"] {
        let methods = none[format!("{endpoint}_endpoint_auth_methods_supported")].to_string();
        assert!(METHODS.iter().all(|method| !methods.contains(method)), "{methods}");
    }
    assert!(
        none.get("mtls_endpoint_aliases").is_none() && none.get("tls_client_certificate_bound_access_tokens").is_none()
    );

    let (world, _) = World::certified(Pem).await;
    let all = world.get(DISCOVERY).await.json();
    assert_eq!(all["tls_client_certificate_bound_access_tokens"], true);
    for endpoint in ["token", "revocation", "introspection"] {
        let methods = all[format!("{endpoint}_endpoint_auth_methods_supported")].as_array().unwrap();
        assert!(METHODS.iter().all(|method| methods.contains(&json!(method))), "{methods:?}");
    }
    let aliases = all["mtls_endpoint_aliases"].as_object().unwrap();
    assert!(aliases.len() >= 6, "{aliases:?}");
    for (name, alias) in aliases {
        let path = alias.as_str().unwrap().strip_prefix(ALIAS).unwrap();
        assert_eq!(all[name], format!("{ISSUER}{path}"), "{name}");
        let answer =
            world.call(Method::GET, path).without("host").header("host", "mtls.example.test:8443").send().await;
        assert!(![404, 421].contains(&answer.status.as_u16()), "{name}: {answer:?}");
    }
    assert!(aliases.get("authorization_endpoint").is_none(), "a person's browser has no business there");

    // Without authorities only a client's own certificates count; without another address there is no alias.
    let own = World::configured(|config| {
        config.server.trusted_proxies = vec![signet::config::Setting::parse("10.0.0.0/8").unwrap()];
        config.mtls.proxy_header = Some("x-client-cert".into());
    });
    let some = own.await.get(DISCOVERY).await.json();
    let methods = some["token_endpoint_auth_methods_supported"].to_string();
    assert!(methods.contains("\"self_signed_tls_client_auth\"") && !methods.contains("\"tls_client_auth\""));
    assert!(some.get("mtls_endpoint_aliases").is_none());
}

#[tokio::test]
async fn a_client_registers_itself_with_a_certificate() {
    let (world, authority) = World::certified(Pem).await;
    let register = async |changes: Value| {
        let mut metadata = json!({ "redirect_uris": ["https://shop.example.test/cb"] });
        metadata.as_object_mut().unwrap().extend(changes.as_object().cloned().unwrap());
        world.post_json("/oauth2/register", &metadata).await
    };
    let by_name = json!({
        "redirect_uris": ["https://shop.example.test/cb"],
        "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=shop,O=Example,C=DE",
        "tls_client_certificate_bound_access_tokens": true,
    });
    let answer = register(by_name.clone()).await.expect(201).json();
    for (name, value) in by_name.as_object().unwrap() {
        assert_eq!(&answer[name], value, "{name}");
    }
    assert!(answer.get("client_secret").is_none() && answer.get("tls_client_auth_san_dns").is_none());
    let id = answer["client_id"].as_str().unwrap();
    let form = [("grant_type", "authorization_code"), ("client_id", id), ("code", "x"), ("redirect_uri", "x")];
    let call = || world.call(Method::POST, "/oauth2/token").form(&form);
    call().send().await.refused(401, "invalid_client");
    call().with_certificate(&authority.issues(world.wanted())).send().await.refused(400, "invalid_grant");
    register(json!({ "token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": world.wanted().self_signed().jwks() })).await.expect(201);
    for bad in [
        json!({ "token_endpoint_auth_method": "tls_client_auth" }),
        json!({ "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_ip": "::1", "tls_client_auth_san_dns": "a.test" }),
        json!({ "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "shop" }),
        json!({ "token_endpoint_auth_method": "self_signed_tls_client_auth" }),
        json!({ "tls_client_auth_san_dns": "a.test" }),
    ] {
        register(bad).await.refused(400, "invalid_client_metadata");
    }
    let without = World::start().await;
    for unserved in
        [by_name, json!({ "tls_client_certificate_bound_access_tokens": true, "redirect_uris": ["https://a.test/cb"] })]
    {
        without.post_json("/oauth2/register", &unserved).await.refused(400, "invalid_client_metadata");
    }
}

#[tokio::test]
async fn the_command_line_registers_all_of_it() {
    let (world, _) = World::certified(Pem).await;
    let created = |options: &'static str| {
        let words: Vec<&str> = "client create --name w --grant client_credentials --auth-method tls_client_auth"
            .split(' ')
            .chain(options.split(' '))
            .collect();
        let world = world.clone();
        async move { world.signet(&words, "").await }
    };
    for (option, name, value) in [
        ("--tls-client-auth-subject-dn", "tls_client_auth_subject_dn", "CN=shop,O=Example"),
        ("--tls-client-auth-san-dns", "tls_client_auth_san_dns", "shop.example.test"),
        ("--tls-client-auth-san-uri", "tls_client_auth_san_uri", "spiffe://example.test/shop"),
        ("--tls-client-auth-san-ip", "tls_client_auth_san_ip", "192.0.2.7"),
        ("--tls-client-auth-san-email", "tls_client_auth_san_email", "ops@example.test"),
    ] {
        let options: &'static str = format!("--certificate-bound {option} {value}").leak();
        let client = created(options).await.done();
        assert_eq!(
            (&client[name], &client["tls_client_certificate_bound_access_tokens"]),
            (&json!(value), &json!(true))
        );
    }
    assert!(created("--certificate-bound").await.refused().contains("tls_client_auth_subject_dn"));
}

#[tokio::test]
async fn the_other_address_counts_for_proofs_and_assertions() {
    let (world, _) = World::certified(Pem).await;
    let signer = Signer::new("ES256");
    let robot =
        world.client("robot").grants(&[GrantType::ClientCredentials]).scope("jobs").method(AuthMethod::PrivateKeyJwt);
    let jwks = signer.jwks();
    let robot = robot.with(|create| create.metadata.jwks = Some(jwks)).create().await;
    let prover = Prover::new();
    let ask = async |audience: &str, htu: &str| {
        let jti = signet::ports::random::token("").unwrap().expose().to_owned();
        let claims = json!({ "iss": robot.id, "sub": robot.id, "aud": audience, "jti": jti, "exp": world.now().timestamp() + 60 });
        let assertion = signer.sign(&claims);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let proof = prover.proof(&world, "POST", "/oauth2/token").claim("htu", htu).text();
        let call = world.call(Method::POST, "/oauth2/token").without("host").header("host", "mtls.example.test:8443");
        call.form(&form).header("dpop", &proof).send().await
    };
    let alias = format!("{ALIAS}/oauth2/token");
    ask(&alias, &alias).await.bound_tokens();
    ask(ISSUER, &format!("{ISSUER}/oauth2/token")).await.bound_tokens();
    ask("https://mtls.example.test/oauth2/token", &alias).await.refused(401, "invalid_client");
    ask(&alias, "https://mtls.example.test/oauth2/token").await.refused(400, "invalid_dpop_proof");
    ask(&alias, &format!("{ALIAS}/oauth2/par")).await.refused(400, "invalid_dpop_proof");
}
