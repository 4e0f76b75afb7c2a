//! `/api/v1/auth/…`: tokens of first-party front ends, what they open, and when they die.

use std::collections::HashSet;

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::json;
use signet::{
    domain::clients::GrantType,
    web::{Surface, every_endpoint},
};

use crate::world::{ApiTokens, CHALLENGE, PASSWORD, World, unverified};

#[tokio::test]
async fn a_front_end_does_everything_that_the_pages_do() {
    let world = World::start().await;
    let (nora, front_end) = ("Nora@example.test", world.front_end());
    front_end.register(nora, PASSWORD, "Nora Newman").await.expect(202);
    let code = world.mail("verify_email", nora).await.code();
    let verified = front_end.verify_by_code(nora, &code).await.expect(200).json();
    let answer = front_end.login(nora, PASSWORD).await.expect(200);
    assert!(!answer.headers.contains_key("set-cookie"));
    assert_eq!(answer.json()["expires_in"], 600);
    let tokens = answer.api_tokens();
    assert_eq!(verified["user_id"], tokens.user.as_str());
    let front_end = front_end.with(&tokens.access);
    let me = front_end.get("me").await.expect(200).json();
    let expected = (&json!(tokens.user), &json!(nora), &json!(true), &json!("Nora Newman"));
    assert_eq!((&me["id"], &me["email"], &me["email_verified"], &me["name"]), expected);
    assert_eq!(front_end.get("sessions").await.expect(200).json()["sessions"][0]["id"], tokens.session.as_str());
    let activity = front_end.get("activity").await.expect(200).json();
    let names: Vec<_> = activity["activity"].as_array().unwrap().iter().map(|fact| fact["name"].clone()).collect();
    assert_eq!(names, ["session.started", "email.verified", "email.verification_sent", "user.registered"]);
    let next = front_end.refresh(&tokens.refresh).await.api_tokens();
    assert_eq!((&next.user, &next.session), (&tokens.user, &tokens.session));
    assert!(next.refresh != tokens.refresh && next.access != tokens.access);
    front_end.post("logout", json!({})).await.expect(204);
    for access in [&tokens.access, &next.access] {
        world.front_end().with(access).get("me").await.problem(401, "invalid_token");
    }
    front_end.refresh(&next.refresh).await.problem(400, "invalid_grant");
}

#[tokio::test]
async fn the_access_token_is_a_jwt_for_this_api_and_a_service_can_check_it() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (_, tokens) = alice.front_end().await;
    let jwt = world.jwks().await.verify(&tokens.access);
    assert_eq!((&jwt.header["typ"], &jwt.header["alg"]), (&json!("at+jwt"), &json!("ES256")));
    let claims = &jwt.claims;
    assert_eq!(claims["iss"], "https://id.example.test");
    assert_eq!(claims["aud"], "https://id.example.test/api/v1");
    assert_eq!((&claims["sub"], &claims["sid"]), (&json!(alice.sub()), &json!(tokens.session)));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
}

#[tokio::test]
async fn whoever_shows_no_good_token_is_told_how() {
    let world = World::start().await;
    let (_, tokens) = world.person("alice").verified().await.front_end().await;
    let before = world.snapshot().await;
    let plain = "Bearer realm=\"id.example.test\"";
    let endings = [
        (Method::GET, "me"),
        (Method::GET, "sessions"),
        (Method::GET, "activity"),
        (Method::POST, "logout"),
        (Method::POST, "change-password"),
        (Method::DELETE, "sessions/ses_00000000000000000000000000000000"),
    ];
    for (method, path) in endings {
        let call = || world.front_end().call(method.clone(), path);
        for scheme in [None, Some("Basic YWxpY2U6c2VjcmV0"), Some("Bearer"), Some("Token abc")] {
            let call = scheme.into_iter().fold(call(), |call, value| call.header("authorization", value));
            let problem = call.send().await.problem(401, "not_signed_in");
            assert_eq!(problem.answer.header("www-authenticate"), CHALLENGE, "{method} {path} {scheme:?}");
        }
        let (head, rest) = tokens.access.split_at(tokens.access.len() - 4);
        let forged = format!("{head}{}", rest.chars().rev().collect::<String>());
        let none = format!("eyJhbGciOiJub25lIn0.{}.", tokens.access.split('.').nth(1).unwrap());
        for token in ["nonsense", "a.b.c", &forged, &none, &tokens.refresh, &"a".repeat(10_000)] {
            let problem = call().bearer(token).send().await.problem(401, "invalid_token");
            let challenge = problem.answer.header("www-authenticate");
            assert!(challenge.starts_with(plain) && challenge.contains("error=\"invalid_token\""), "{challenge}");
        }
        let twice = call().bearer(&tokens.access).bearer(&tokens.access).send().await;
        twice.problem(400, "malformed");
        call().header("authorization", "Bearer a b").send().await.problem(400, "malformed");
    }
    // A token in the address or the body is none (RFC 6750 §2 of old; RFC 9700 §4.3.2), and neither is a cookie.
    let address = format!("me?access_token={}", tokens.access);
    world.front_end().get(&address).await.problem(401, "not_signed_in");
    let form = world.call(Method::POST, "/api/v1/auth/logout").form(&[("access_token", &tokens.access)]);
    form.send().await.problem(401, "not_signed_in");
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let world = World::start().await;
    let (_, tokens) = world.person("alice").verified().await.front_end().await;
    for scheme in ["bearer", "BEARER", "Bearer "] {
        let call = world.front_end().call(Method::GET, "me");
        call.header("authorization", &format!("{scheme} {}", tokens.access)).send().await.expect(200);
    }
}

#[tokio::test]
async fn a_cookie_opens_pages_and_not_the_api() {
    let world = World::start().await;
    let browser = world.person("alice").verified().await.signed_in().await;
    browser.call(Method::GET, "/api/v1/auth/me").send().await.problem(401, "not_signed_in");
    browser.call(Method::POST, "/api/v1/auth/logout").json(&json!({})).send().await.problem(401, "not_signed_in");
    let (front_end, tokens) = world.person("bob").verified().await.front_end().await;
    front_end.get("me").await.expect(200);
    let page = world.call(Method::GET, "/").bearer(&tokens.access).send().await.page(200);
    assert!(!page.text.contains("Bob"));
}

#[tokio::test]
async fn tokens_of_applications_and_of_the_api_are_not_interchangeable() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let grants = [GrantType::ClientCredentials];
    let robot = world.client("robot").grants(&grants).with(|client| client.redirect_uris.clear()).create().await;
    let given = shop.tokens_for(&alice, &shop.request().scope("openid profile email offline_access")).await;
    let own = robot.token_request("client_credentials").send().await.tokens();
    for token in [&given.access, given.id(), given.refresh(), &own.access] {
        world.front_end().with(token).get("me").await.problem(401, "invalid_token");
        world.front_end().with(token).post("logout", json!({})).await.problem(401, "invalid_token");
    }
    let (_, tokens) = alice.front_end().await;
    assert_eq!(world.userinfo(&tokens.access).await.status.as_u16(), 401);
    shop.refresh_request(&tokens.refresh).send().await.refused(400, "invalid_grant");
    world.front_end().refresh(given.refresh()).await.problem(400, "invalid_grant");
    // Neither attempt cost anyone anything.
    world.front_end().refresh(&tokens.refresh).await.expect(200);
    shop.refresh(given.refresh()).await;
}

#[tokio::test]
async fn access_tokens_end_with_their_time_and_their_session() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (front_end, tokens) = alice.front_end().await;
    world.advance(TimeDelta::seconds(599));
    front_end.get("me").await.expect(200);
    world.advance(TimeDelta::minutes(2));
    front_end.get("me").await.problem(401, "invalid_token");
    let next = front_end.refresh(&tokens.refresh).await.api_tokens();
    let front_end = front_end.with(&next.access);
    front_end.get("me").await.expect(200);
    // An access token never lives longer than its session, whatever it says.
    let issued = unverified(&next.access).claims["exp"].as_i64().unwrap();
    assert!(issued > world.now().timestamp());
    let (other, _) = alice.front_end().await;
    other.delete(&format!("sessions/{}", next.session)).await.expect(204);
    front_end.get("me").await.problem(401, "invalid_token");
}

#[tokio::test]
async fn a_refresh_token_rotates_forgives_a_lost_answer_and_betrays_a_thief() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (front_end, first) = alice.front_end().await;
    let second = front_end.refresh(&first.refresh).await.api_tokens();
    let again = front_end.refresh(&first.refresh).await.api_tokens();
    assert_eq!(again.refresh, second.refresh, "the same answer within the grace period");
    let third = front_end.refresh(&second.refresh).await.api_tokens();
    assert_eq!(world.families().await.len(), 1);
    // The first one is two generations old.
    front_end.refresh(&first.refresh).await.problem(400, "invalid_grant");
    front_end.refresh(&third.refresh).await.problem(400, "invalid_grant");
    front_end.with(&third.access).get("me").await.problem(401, "invalid_token");
    assert_eq!(world.count_facts("refresh_token.replayed").await, 1);
    let mail = world.mail("refresh_reuse", &alice.email).await;
    assert_eq!(mail.context["application"]["name"], "Signet");
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused_in_one_sentence() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (front_end, tokens) = alice.front_end().await;
    let mut forged = tokens.refresh.clone();
    let last = forged.pop().unwrap();
    forged.push(if last == 'A' { 'B' } else { 'A' });
    let mut details = HashSet::new();
    for token in ["", "nonsense", &forged, &tokens.access, "sgt_rt_", &"a".repeat(100_000)] {
        details.insert(front_end.refresh(token).await.problem(400, "invalid_grant").detail().to_owned());
    }
    assert_eq!(details.len(), 1, "{details:?}");
    front_end.refresh(&tokens.refresh).await.expect(200);
    assert_eq!(world.count_facts("refresh_token.replayed").await, 0, "a forgery revokes nothing");
}

#[tokio::test]
async fn an_api_session_in_use_goes_on_and_an_unused_one_ends() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let ((used, mut tokens), (_, unused)) = (alice.front_end().await, alice.front_end().await);
    for _ in 0..4 {
        world.advance(TimeDelta::days(20));
        tokens = used.refresh(&tokens.refresh).await.api_tokens();
    }
    used.refresh(&unused.refresh).await.problem(400, "invalid_grant");
    world.advance(TimeDelta::days(11));
    used.refresh(&tokens.refresh).await.problem(400, "invalid_grant");
}

#[tokio::test]
async fn activity_is_read_page_by_page_and_is_ones_own() {
    let world = World::start().await;
    let (alice, bob) = (world.person("alice").verified().await, world.person("bob").verified().await);
    let (bobs, _) = bob.front_end().await;
    let bobs_fact = bobs.get("activity").await.json()["activity"][0]["id"].as_str().unwrap().to_owned();
    for _ in 0..4 {
        world.front_end().login(&alice.email, "not the password").await.problem(401, "wrong_credentials");
    }
    let (front_end, _) = alice.front_end().await; // created, 4 × failed, started
    let whole = front_end.get("activity").await.expect(200).json();
    assert_eq!((whole["activity"].as_array().unwrap().len(), &whole["next"]), (6, &json!(null)));
    let mut read = Vec::new();
    let mut path = "activity?limit=2".to_owned();
    for _ in 0..4 {
        let page = front_end.get(&path).await.expect(200).json();
        read.extend(page["activity"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("activity?limit=2&before={next}");
    }
    assert_eq!(json!(read), whole["activity"]);
    let ids: HashSet<_> = read.iter().map(|fact| fact["id"].to_string()).collect();
    assert_eq!(ids.len(), 6);
    let fact = &read[0];
    assert_eq!((&fact["name"], &fact["words"]), (&json!("session.started"), &json!("Signed in")));
    assert_eq!(fact["address"], "192.0.2.1");

    for odd in ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=1e3", "limit=99999999999999999999"] {
        let refused = front_end.get(&format!("activity?{odd}")).await.problem(422, "invalid_input");
        refused.at(&[("limit", "invalid")]);
    }
    for odd in ["nonsense", "ses_00000000000000000000000000000000", "act_1"] {
        let refused = front_end.get(&format!("activity?before={odd}")).await.problem(422, "invalid_input");
        refused.at(&[("before", "invalid")]);
    }
    front_end.get("activity?limit=1&limit=2").await.problem(400, "invalid_request").at(&[("limit", "repeated")]);
    let foreign = front_end.get(&format!("activity?before={bobs_fact}")).await.expect(200).json();
    assert_eq!(foreign["activity"], json!([]), "somebody else's fact is no place to begin");
}

#[tokio::test]
async fn the_description_names_what_is_mounted_and_nothing_else() {
    let world = World::start().await;
    let answer = world.get("/api/v1/openapi.json").await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let mut described = HashSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(!operation["description"].to_string().is_empty() && operation["operationId"].is_string());
            described.insert((path.clone(), method.to_uppercase()));
            let guarded = operation.get("security").is_some();
            let call = world.call(method.to_uppercase().parse().unwrap(), &path.replace("{id}", "ses_1"));
            let status = call.json(&json!({})).send().await.status.as_u16();
            assert_eq!(status == 401, guarded, "{method} {path} answers {status}");
            for name in operation["responses"].as_object().unwrap().keys() {
                assert!(name.parse::<u16>().is_ok());
            }
        }
    }
    let mounted = every_endpoint()
        .filter(|endpoint| endpoint.surface == Surface::Api && endpoint.path != "/api/v1/openapi.json")
        .flat_map(|endpoint| endpoint.methods.iter().map(|method| (endpoint.path.to_owned(), method.to_string())));
    assert_eq!(described, mounted.collect());
}

#[tokio::test]
async fn every_answer_has_the_members_that_the_description_promises() {
    let world = World::start().await;
    let (front_end, _) = world.person("alice").verified().await.front_end().await;
    let document = world.get("/api/v1/openapi.json").await.json();
    for (path, schema) in [("me", "Me"), ("sessions", "Sessions"), ("activity", "Activities")] {
        let answer = front_end.get(path).await.expect(200).json();
        let promised: HashSet<_> =
            document["components"]["schemas"][schema]["properties"].as_object().unwrap().keys().cloned().collect();
        let given: HashSet<_> = answer.as_object().unwrap().keys().cloned().collect();
        assert_eq!(promised, given, "{path}");
    }
}

#[tokio::test]
async fn of_many_at_once_with_one_refresh_token_all_get_the_same_successor() {
    let world = World::start().await;
    let (front_end, first) = world.person("alice").verified().await.front_end().await;
    let asked = (0..20).map(|_| {
        let (front_end, token) = (front_end.clone(), first.refresh.clone());
        async move { front_end.refresh(&token).await.api_tokens() }
    });
    let answers: Vec<ApiTokens> = crate::world::together(asked).await;
    assert!(answers.iter().all(|tokens| tokens.refresh == answers[0].refresh));
    front_end.refresh(&answers[0].refresh).await.expect(200);
}
