//! What the answer brings, and how it travels (OAuth 2.0 Multiple Response Types, Form Post Response Mode, OpenID Connect Core
//! §3.2, §3.3).

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;
use signet::domain::clients::GrantType;

use crate::world::{Browser, ISSUER, NewClient, World, at_hash};

const GRANTS: [GrantType; 3] = [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::Implicit];
const FRONT: [&str; 5] = ["id_token", "id_token token", "code id_token", "code token", "code id_token token"];

async fn world() -> World {
    World::configured(|config| config.oauth.implicit_and_hybrid = true).await
}

/// A client that registered for everything, of the kind that certification suites are: without PKCE.
fn everything(world: &World) -> NewClient {
    let types: Vec<_> = ["code", "none"].into_iter().chain(FRONT).map(str::to_owned).collect();
    let shop = world.client("shop").first_party().pkce_optional();
    shop.grants(&GRANTS).with(|create| create.metadata.response_types = types)
}

/// The parameters of an answer, but for the state of the session, which comes with every one (Session Management §2).
fn brought(browser: &Browser) -> BTreeSet<String> {
    browser.arrival().parameters.keys().filter(|name| *name != "session_state").cloned().collect()
}

/// Those that a response type stands for.
fn names(response_type: &str) -> BTreeSet<String> {
    let mut names: BTreeSet<_> = ["state", "iss"].map(str::to_owned).into();
    for word in response_type.split(' ') {
        match word {
            "token" => names.extend(["access_token", "token_type", "expires_in", "scope"].map(str::to_owned)),
            "none" => {}
            word => names.extend([word.to_owned()]),
        }
    }
    names
}

#[tokio::test]
async fn journey_each_type_brings_what_it_names() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let shop = everything(&world).create().await;
    let mut browser = alice.signed_in().await;
    for response_type in FRONT {
        let request = shop.request().with("response_type", response_type).scope("openid email");
        browser.authorize(request).await;
        let arrival = browser.arrival().clone();
        assert!(arrival.fragment, "{response_type}: tokens never stand in a query");
        assert_eq!(arrival.url.as_str(), shop.redirect_uri);
        assert_eq!(brought(&browser), names(response_type));
        assert_eq!(arrival.parameters["state"], shop.request().value("state").unwrap());
        assert_eq!(arrival.parameters["iss"], ISSUER);
        let (code, access) = (arrival.parameters.get("code"), arrival.parameters.get("access_token"));

        if let Some(id_token) = arrival.parameters.get("id_token") {
            let claims = world.jwks().await.verify(id_token).claims;
            assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(shop.id)));
            assert_eq!(claims["sub"], alice.sub());
            assert_eq!(claims["nonce"], shop.request().value("nonce").unwrap());
            let hash = |value: Option<&String>| value.map_or(json!(null), |value| json!(at_hash(value)));
            assert_eq!(claims["at_hash"], hash(access), "{response_type}"); // §3.2.2.9, §3.3.2.9
            assert_eq!(claims["c_hash"], hash(code), "{response_type}"); // §3.3.2.10
            // §5.4: with nothing to ask userinfo with, the claims of the scopes are here.
            let email = if response_type == "id_token" { json!(alice.email) } else { json!(null) };
            assert_eq!(claims["email"], email, "{response_type}");
        }
        if let Some(access) = access {
            assert_eq!(
                (arrival.parameters["token_type"].as_str(), arrival.parameters["expires_in"].as_str()),
                ("Bearer", "600")
            );
            assert_eq!(arrival.parameters["scope"], "email openid");
            let info = shop.userinfo(access).await.expect(200).json();
            assert_eq!((&info["sub"], &info["email"]), (&json!(alice.sub()), &json!(alice.email)));
        }
        if let Some(code) = code {
            let tokens = shop.token(code).await;
            let claims = world.jwks().await.verify(tokens.id()).claims;
            assert_eq!((&claims["sub"], &claims["nonce"]), (&json!(alice.sub()), &json!("n-0S6_WzA2Mj"))); // §3.3.3.6
            assert_eq!(claims["at_hash"], at_hash(&tokens.access));
            assert!(claims.get("c_hash").is_none());
        }
    }
}

#[tokio::test]
async fn none_brings_nothing_and_needs_no_switch() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let types =
        |create: &mut signet::domain::clients::CreateClient| create.metadata.response_types = vec!["none".into()];
    let shop = world.client("shop").with(types).create().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(shop.request().with("response_type", "none")).await.consent().await;
    assert!(!browser.arrival().fragment);
    assert_eq!(brought(&browser), names("none"));
    // The person is known to have allowed it.
    browser.authorize(shop.request().with("response_type", "none").with("prompt", "none")).await;
    assert!(!browser.arrival().parameters.contains_key("error"));
    browser.authorize(&shop).await;
    assert_eq!(browser.error(), "unauthorized_client", "code was not registered");
}

#[tokio::test]
async fn both_server_and_client_have_to_be_set_to_it() {
    let (off, on) = (World::start().await, world().await);
    let (shop, plain) = (off.client("shop").create().await, on.client("plain").create().await);
    let (mut at_off, mut at_on) = (off.browser(), on.browser());
    for response_type in FRONT {
        at_off.authorize(shop.request().with("response_type", response_type)).await;
        assert_eq!(at_off.error(), "unsupported_response_type", "{response_type}");
        assert!(at_off.arrival().fragment, "the client listens there");
        at_on.authorize(plain.request().with("response_type", response_type)).await;
        assert_eq!(at_on.error(), "unauthorized_client", "{response_type}");
    }
    for response_type in ["token", "code code", "none id_token", "id_token,token"] {
        at_on.authorize(plain.request().with("response_type", response_type)).await;
        assert_eq!(at_on.error(), "unsupported_response_type", "{response_type}");
    }
    let advertised = |world: &World| {
        let world = world.clone();
        async move { world.get("/.well-known/openid-configuration").await.json() }
    };
    let (off, on) = (advertised(&off).await, advertised(&on).await);
    assert_eq!(off["response_types_supported"], json!(["code", "none"]));
    let all: BTreeSet<_> =
        on["response_types_supported"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    assert_eq!(all, ["code", "none"].into_iter().chain(FRONT).collect());
    assert!(on["grant_types_supported"].as_array().unwrap().contains(&json!("implicit")));
    assert!(!off["grant_types_supported"].as_array().unwrap().contains(&json!("implicit")));
}

#[tokio::test]
async fn words_may_stand_in_any_order() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let shop = everything(&world).create().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(shop.request().with("response_type", "token id_token code")).await.code();
    assert!(browser.arrival().parameters.contains_key("access_token"));
}

#[tokio::test]
async fn modes_and_types_go_together() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let shop = everything(&world).create().await;
    let mut browser = alice.signed_in().await;
    let asked = |response_type: &str, mode: &str| {
        shop.request().with("response_type", response_type).with("response_mode", mode)
    };
    for response_type in FRONT {
        browser.authorize(asked(response_type, "fragment")).await;
        assert!(browser.arrival().fragment && !browser.arrival().parameters.contains_key("error"));
        browser.authorize(asked(response_type, "form_post")).await.press("Continue").await;
        assert_eq!(browser.arrival().method, "POST");
        assert_eq!(brought(&browser), names(response_type));
        browser.authorize(asked(response_type, "query")).await; // Multiple Response Types §3
        assert_eq!(browser.error(), "invalid_request");
        assert!(browser.arrival().fragment);
    }
    browser.authorize(asked("code", "fragment")).await.code();
    assert!(browser.arrival().fragment);
    browser.authorize(asked("code", "query")).await.code();
    assert!(!browser.arrival().fragment);
}

#[tokio::test]
async fn an_id_token_through_the_browser_needs_a_nonce_and_openid() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let shop = everything(&world).create().await;
    let mut browser = alice.signed_in().await;
    for response_type in FRONT {
        let request = shop.request().with("response_type", response_type);
        browser.authorize(request.clone().without("nonce")).await;
        if response_type == "code token" {
            browser.code(); // §3.3.2.11: optional here
        } else {
            assert_eq!(browser.error(), "invalid_request", "{response_type}");
        }
        assert!(browser.arrival().fragment);
        browser.authorize(request.scope("email")).await;
        match response_type {
            "code token" => drop(browser.code()),
            _ => assert_eq!(browser.error(), "invalid_scope", "{response_type}"),
        }
    }
}

#[tokio::test]
async fn a_code_is_protected_whatever_comes_with_it() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let types = |create: &mut signet::domain::clients::CreateClient| {
        create.metadata.response_types = FRONT.map(str::to_owned).into();
    };
    let app = world.client("app").public().first_party().grants(&GRANTS).with(types).create().await;
    let mut browser = alice.signed_in().await;
    let bare = |response_type: &str| {
        app.request().without("code_challenge").without("code_challenge_method").with("response_type", response_type)
    };
    for response_type in FRONT {
        browser.authorize(bare(response_type)).await;
        match response_type.contains("code") {
            true => assert_eq!(browser.error(), "invalid_request", "{response_type}"),
            false => assert!(!browser.arrival().parameters.contains_key("error"), "{response_type}"),
        }
    }
    let code = browser.authorize(app.request().with("response_type", "code id_token")).await.code();
    app.code_request(&code).with("code_verifier", &"x".repeat(43)).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_replayed_code_takes_the_token_beside_it_with_it() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let shop = everything(&world).create().await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(shop.request().with("response_type", "code id_token token")).await.code();
    let access = browser.arrival().parameters["access_token"].clone();
    shop.token(&code).await;
    shop.userinfo(&access).await.expect(200);
    shop.code_request(&code).send().await.refused(400, "invalid_grant");
    shop.userinfo(&access).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_token_from_the_browser_lives_and_dies_like_any_other() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let shop = everything(&world).create().await;
    let mut browser = alice.signed_in().await;
    let token = |browser: &Browser| browser.arrival().parameters["access_token"].clone();
    let implicit = shop.request().with("response_type", "id_token token");
    browser.authorize(&implicit).await;
    let first = token(&browser);
    world.advance(TimeDelta::minutes(11));
    shop.userinfo(&first).await.refused(401, "invalid_token");
    browser.authorize(&implicit).await;
    let second = token(&browser);
    shop.userinfo(&second).await.expect(200);
    browser.open("/").await.press("Sign out").await;
    shop.userinfo(&second).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn pages_stand_between_as_for_any_other_type() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let shop = everything(&world).with(|create| create.first_party = false).create().await;
    let request = shop.request().with("response_type", "id_token token");
    let mut browser = alice.browser();
    browser.authorize(request.clone().with("prompt", "none")).await;
    assert_eq!(browser.error(), "login_required");
    assert!(browser.arrival().fragment);
    browser.authorize(&request).await.sign_in().await.press("consent-deny").await;
    assert_eq!(browser.error(), "access_denied");
    browser.authorize(&request).await.consent().await;
    assert!(browser.arrival().parameters.contains_key("id_token"));
}

#[tokio::test]
async fn access_while_away_needs_a_code() {
    let world = world().await;
    let alice = world.person("alice").verified().await;
    let shop = everything(&world).create().await;
    let mut browser = alice.signed_in().await;
    let request = shop.request().with("response_type", "id_token token").scope("openid offline_access");
    browser.authorize(request).await; // OpenID Connect Core §11: ignored
    assert_eq!(browser.arrival().parameters["scope"], "openid");
}
