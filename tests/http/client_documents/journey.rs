//! From an address to tokens, and what people see on the way.

use serde_json::json;
use signet::{config::Rate, domain::clients::SweepRegistrations};

use super::{REDIRECT, SCOPE, client, document, published, world};
use crate::world::{Client, ISSUER, Signer, Site, together};

#[tokio::test]
async fn journey_a_person_allows_an_application_that_nobody_registered() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let (site, notebook) = published(&world).await;
    let before = world.count("client").await;
    let mut browser = alice.browser();
    browser.authorize(&notebook.request().scope(SCOPE)).await.sign_in().await;
    let page = browser.is_at("/consent").clone();
    let host = site.url("").trim_start_matches("http://").to_owned();
    for words in ["Allow Notebook", "Nobody has registered", &host, &notebook.id, "app.example.test"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(!page.text.contains("Known here since"));
    assert_eq!(world.count("client").await, before, "nobody has allowed it anything yet");
    let tokens = notebook.token(&browser.consent().await.code()).await;
    assert_eq!(world.count("client").await, before + 1);
    assert_eq!(world.jwks().await.verify(tokens.id()).claims["aud"], notebook.id);
    assert_eq!(notebook.userinfo(&tokens.access).await.expect(200).json()["email"], "alice@example.test");
    let next = notebook.refresh(tokens.refresh()).await;
    assert_eq!(site.asked(), ["/client"], "the document was read once");
    assert!(world.facts().await.contains(&"client.registered".to_owned()));

    // It is managed like any other: seen, withdrawn, revoked.
    let (front_end, _) = alice.front_end().await;
    let consent = front_end.consent_to(&notebook).await.unwrap();
    assert_eq!((&consent["client_name"], &consent["while_away"]), (&json!("Notebook"), &json!(true)));
    notebook.revoke(&next.access).await.expect(200);
    world.userinfo(&next.access).await.refused(401, "invalid_token");
    front_end.withdraw_from(&notebook).await;
    notebook.refresh_request(next.refresh()).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn what_was_allowed_is_remembered_by_address() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let (site, notebook) = published(&world).await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&notebook).await.consent().await.code();
    browser.authorize(&notebook).await.code();
    site.publish("/other", &document(&site, "/other", &json!({})), "max-age=600");
    browser.authorize(&client(&world, &site, "/other")).await.is_at("/consent");
}

#[tokio::test]
async fn section_8_whoever_is_answered_on_the_device_is_asked_every_time_and_warned() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let site = Site::start().await;
    let local = json!({ "redirect_uris": ["http://127.0.0.1/callback"], "application_type": "web" });
    site.publish("/client", &document(&site, "/client", &local), "max-age=600");
    // The system chooses the port when the program runs (RFC 8252 §7.3).
    let notebook =
        Client { redirect_uri: "http://127.0.0.1:49152/callback".into(), ..client(&world, &site, "/client") };
    let mut browser = alice.signed_in().await;
    for _ in 0..2 {
        let page = browser.authorize(&notebook).await.is_at("/consent").clone();
        assert!(page.text.contains("any program on it could have asked in this name"), "{}", page.text);
        let code = browser.consent().await.code();
        notebook.token(&code).await;
    }
    let (_site, other) = published(&world).await;
    assert!(!browser.authorize(&other).await.page().text.contains("any program"));
}

#[tokio::test]
async fn section_8_2_a_key_in_the_document_is_demanded_at_par_and_token() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let (site, signer) = (Site::start().await, Signer::new("ES256"));
    let keys = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": signer.jwks() });
    site.publish("/client", &document(&site, "/client", &keys), "max-age=600");
    let notebook = client(&world, &site, "/client");
    let assertion = || {
        let (now, jti) = (world.now().timestamp(), signet::ports::random::token("").unwrap());
        signer.sign(&json!({
            "iss": notebook.id, "sub": notebook.id, "aud": ISSUER, "jti": jti.expose(), "iat": now, "exp": now + 60,
        }))
    };
    const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let mut form = notebook.request().pairs().to_vec();
    world.call(axum::http::Method::POST, "/oauth2/par").form(&form).send().await.refused(401, "invalid_client");
    form.extend([("client_assertion_type".into(), TYPE.into()), ("client_assertion".into(), assertion())]);
    let pushed = world.call(axum::http::Method::POST, "/oauth2/par").form(&form).send().await.expect(201).json();
    let request = notebook.request().with("request_uri", pushed["request_uri"].as_str().unwrap());
    let code = alice.browser().authorize(&request).await.sign_in().await.consent().await.code();
    notebook.code_request(&code).send().await.refused(401, "invalid_client");
    let proved =
        notebook.code_request(&code).with("client_assertion_type", TYPE).with("client_assertion", &assertion());
    proved.send().await.tokens();
}

#[tokio::test]
async fn several_people_at_once_make_one_row() {
    let world = world().await;
    let (_site, notebook) = published(&world).await;
    let mut ready = Vec::new();
    for name in ["alice", "bob", "carol", "dave"] {
        let mut browser = world.person(name).verified().await.signed_in().await;
        browser.authorize(&notebook).await.is_at("/consent");
        ready.push(browser);
    }
    let before = world.count("client").await;
    let codes = together(ready.into_iter().map(|mut browser| async move { browser.consent().await.code() })).await;
    assert_eq!((codes.len(), world.count("client").await), (4, before + 1));
    assert_eq!(world.count_facts("client.registered").await, 1);
    for code in codes {
        notebook.token(&code).await;
    }
}

#[tokio::test]
async fn scripts_of_its_redirect_uris_may_read_the_tokens() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let (_site, notebook) = published(&world).await;
    let code = alice.browser().authorize(&notebook).await.sign_in().await.consent().await.code();
    let answer = notebook.code_request(&code).origin("https://app.example.test").send().await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.test");
    let refused = notebook.code_request("x").origin("https://evil.example.test").send().await;
    assert!(refused.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn there_are_no_more_than_may_be_and_unused_ones_are_swept() {
    let world = super::configured(|config| config.registration.client_quota = 1).await;
    let alice = world.person("alice").verified().await;
    let (site, notebook) = published(&world).await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&notebook).await.consent().await.code();
    site.publish("/other", &document(&site, "/other", &json!({})), "max-age=600");
    let other = client(&world, &site, "/other");
    browser.authorize(&other).await.press("consent-allow").await;
    assert_eq!(browser.page().status(), 403);
    world.advance(chrono::TimeDelta::days(91));
    assert_eq!(world.job(SweepRegistrations).await, 1);
    let mut browser = alice.signed_in().await;
    browser.authorize(&other).await.consent().await.code();
}

#[tokio::test]
async fn fetches_are_counted_by_host_and_documents_in_use_are_not() {
    let world = super::configured(|config| {
        config.limits.client_documents_per_host = Rate::new(3, signet::config::Span::minutes(10));
    })
    .await;
    let alice = world.person("alice").verified().await;
    let (site, notebook) = published(&world).await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&notebook).await.consent().await.code();
    for nth in 0..2 {
        browser.authorize(&client(&world, &site, &format!("/missing{nth}"))).await;
        assert_eq!(browser.page().status(), 400);
    }
    browser.authorize(&client(&world, &site, "/missing2")).await;
    assert_eq!(browser.page().status(), 429);
    assert_eq!(site.asked().len(), 3);
    // Renewed, though its host is full.
    world.advance(chrono::TimeDelta::minutes(11));
    notebook.refresh_request("x").send().await.refused(400, "invalid_grant");
    assert_eq!(site.asked().len(), 4);
    assert_eq!(REDIRECT, notebook.redirect_uri);
}
