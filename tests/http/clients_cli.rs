//! `signet client`: everything that a client can be registered with, and clients of a file.

use serde_json::{Value, json};

use crate::world::{Signer, World};

/// A file with this document.
fn file(directory: &tempfile::TempDir, name: &str, json: &Value) -> String {
    let path = directory.path().join(name);
    std::fs::write(&path, json.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_option_is_registered() {
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let jwks = Signer::new("ES256").jwks();
    let keys = file(&directory, "jwks.json", &jwks);
    let options = [
        "client",
        "create",
        "--name",
        "Shop",
        "--redirect-uri",
        "https://shop.example.test/cb",
        "--auth-method",
        "private_key_jwt",
        "--jwks",
        &keys,
        "--subject-type",
        "pairwise",
        "--request-uri",
        "https://shop.example.test/r",
        "--backchannel-logout-uri",
        "https://shop.example.test/back",
        "--backchannel-session-required",
        "--frontchannel-logout-uri",
        "https://shop.example.test/front",
        "--initiate-login-uri",
        "https://shop.example.test/login",
        "--response-type",
        "code",
        "--id-token-alg",
        "ES256",
        "--access-token-format",
        "opaque",
        "--require-par",
        "--dpop-bound",
        "--default-max-age",
        "1h",
    ];
    let created = world.signet(&options, "").await.done();
    for (name, value) in [
        ("jwks", jwks),
        ("subject_type", json!("pairwise")),
        ("request_uris", json!(["https://shop.example.test/r"])),
        ("backchannel_logout_uri", json!("https://shop.example.test/back")),
        ("backchannel_logout_session_required", json!(true)),
        ("frontchannel_logout_uri", json!("https://shop.example.test/front")),
        ("initiate_login_uri", json!("https://shop.example.test/login")),
        ("response_types", json!(["code"])),
        ("id_token_signed_response_alg", json!("ES256")),
        ("access_token_format", json!("opaque")),
        ("require_pushed_authorization_requests", json!(true)),
        ("dpop_bound_access_tokens", json!(true)),
        ("default_max_age", json!(3600)),
    ] {
        assert_eq!(created[name], value, "{name}");
    }
    assert!(created.get("client_secret").is_none());
    let id = created["client_id"].as_str().unwrap();
    let ended = world.signet(&["client", "rotate-secret", id], "").await.refused();
    assert!(ended.contains("no secret"), "{ended}");
}

#[tokio::test]
async fn clients_of_a_file_are_registered_all_or_none() {
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let secret = "a secret of an older installation";
    let shop = json!({
        "client_id": "shop", "client_secret": secret, "client_name": "Shop", "redirect_uris": ["https://shop.example.test/cb"],
        "scope": "openid orders:read", "first_party": true, "pkce_required": false,
    });
    let news = json!({ "client_id": "news", "redirect_uris": ["https://news.example.test/cb"] });
    let one = file(&directory, "one.json", &shop);
    let created = world.signet(&["client", "create", "--import", &one], "").await.done();
    assert_eq!((&created["client_id"], &created["client_secret"]), (&json!("shop"), &json!(secret)));
    assert_eq!((&created["first_party"], &created["pkce_required"]), (&json!(true), &json!(false)));

    // shop exists: news is not registered either.
    let both = file(&directory, "both.json", &json!([news, shop]));
    world.signet(&["client", "create", "--import", &both], "").await.refused();
    world.signet(&["client", "show", "news"], "").await.refused();
    let fine = file(&directory, "fine.json", &json!([news]));
    let created = world.signet(&["client", "create", "--import", &fine], "").await.done();
    assert_eq!(created[0]["client_id"], "news");

    for bad in [json!([]), json!(7), json!([7])] {
        let bad = file(&directory, "bad.json", &bad);
        assert_eq!(world.signet(&["client", "create", "--import", &bad], "").await.status, 2);
    }
    let wrong = file(&directory, "wrong.json", &json!({ "redirect_uris": ["http://shop.example.test/"] }));
    assert!(world.signet(&["client", "create", "--import", &wrong], "").await.refused().contains("redirect_uris"));
}

#[tokio::test]
async fn registration_tokens_are_made_listed_and_deleted() {
    let world = World::start().await;
    let made = world.signet(&["client", "registration-token", "create", "--uses", "3", "--ttl", "1h"], "").await.done();
    assert!(made["initial_access_token"].as_str().unwrap().starts_with("sgt_ia_"));
    let listed = world.signet(&["client", "registration-token", "list"], "").await.done();
    assert_eq!((&listed[0]["id"], &listed[0]["uses_left"]), (&made["id"], &json!(3)));
    assert!(!listed.to_string().contains("sgt_ia_"));
    let id = made["id"].as_str().unwrap();
    world.signet(&["client", "registration-token", "delete", id], "").await.done();
    world.signet(&["client", "registration-token", "delete", id], "").await.refused();
    assert_eq!(world.signet(&["client", "registration-token", "list"], "").await.done(), json!([]));
}

#[tokio::test]
async fn a_file_and_options_are_not_mixed() {
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let one = file(&directory, "one.json", &json!({ "redirect_uris": ["https://shop.example.test/cb"] }));
    for option in [
        "--public",
        "--first-party",
        "--may-introspect",
        "--require-par",
        "--id-token-encryption=ECDH-ES",
        "--name=Shop",
        "--grant=implicit",
    ] {
        let ended = world.signet(&["client", "create", "--import", &one, option], "").await;
        assert_eq!(ended.status, 2, "{option}: {}", ended.out);
    }
    world.signet(&["client", "create", "--import", &one], "").await.done();
}

#[tokio::test]
async fn a_registration_is_changed_where_a_file_says_so() {
    let world = World::start().await;
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["--name", "Shop", "--redirect-uri", "https://shop.example.test/cb", "--access-token-ttl", "1m"];
    let created = world.signet(&[&["client", "create"], &arguments[..]].concat(), "").await.done();
    let id = created["client_id"].as_str().unwrap();
    let update = async |changes: &Value| {
        let changes = file(&directory, "changes.json", changes);
        world.signet(&["client", "update", id, "--import", &changes], "").await
    };
    let changes = json!({ "client_name": "Market", "access_token_ttl": null, "access_token_format": "opaque" });
    let changed = update(&changes).await.done();
    assert_eq!(changed["client_name"], "Market");
    assert!(changed.get("client_secret").is_none(), "the secret stays");
    let shown = world.signet(&["client", "show", id], "").await.done();
    assert_eq!((&shown["client_name"], &shown["access_token_format"]), (&json!("Market"), &json!("opaque")));
    assert_eq!((shown.get("access_token_ttl"), &shown["redirect_uris"]), (None, &created["redirect_uris"]));
    assert_eq!((&shown["scope"], &shown["pkce_required"]), (&created["scope"], &created["pkce_required"]));
    assert_eq!(world.count_facts("client.updated").await, 1);

    for wrong in [json!({ "client_id": "other" }), json!({ "redirect_uris": ["http://shop.example.test/"] })] {
        update(&wrong).await.refused();
    }
    assert_eq!(update(&json!([{}])).await.status, 2);
    assert_eq!(world.signet(&["client", "show", id], "").await.done(), shown);
    // Another method needs another kind of secret: it is made, and the old one ends.
    let changed = update(&json!({ "token_endpoint_auth_method": "client_secret_jwt" })).await.done();
    assert_ne!(changed["client_secret"], created["client_secret"]);
    assert!(changed["client_secret"].is_string());
}
