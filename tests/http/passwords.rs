//! `/forgot-password`, `/reset-password`, `/account/password` and their JSON: how a password becomes another.

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::json;
use signet::config::{Rate, Setting, Span};

use crate::world::{CHALLENGE, PASSWORD, Person, World, together, with};

const BETTER: &str = "crimson teapot waltz";

/// Asks for a link and takes what it carries out of the mail.
async fn reset_token(person: &Person) -> String {
    person.world.front_end().forgot(&person.email).await.expect(202);
    let link = person.world.mail("reset_password", &person.email).await.link();
    link.split_once("/reset-password?token=").unwrap().1.to_owned()
}

#[tokio::test]
async fn whoever_is_asked_to_sign_in_first_comes_back_to_the_password() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.browser();
    browser.open("/.well-known/change-password").await.is_at("/login");
    browser.fill("username", &alice.email).fill("password", "wrong").press("login-submit").await;
    assert_eq!(browser.page().status(), 422);
    browser.sign_in().await.is_at("/account/password");
    browser.open("/login?to=password").await.is_at("/account/password");
    // Only names of our own pages lead anywhere.
    for to in ["https%3A%2F%2Fevil.test%2F", "%2F%2Fevil.test", "account%2Fpassword"] {
        alice.browser().open(&format!("/login?to={to}")).await.sign_in().await.is_at("/");
    }
    assert_eq!(browser.open("/login?to=password&to=password").await.page().status(), 400);
}

#[tokio::test]
async fn asking_for_a_link_is_answered_the_same_for_every_address() {
    let world = World::start().await;
    world.person("alice").verified().await;
    world.person("bob").unverified().await;
    world.person("carol").verified().await.lock().await;
    let mut pages = Vec::new();
    for address in ["Alice@example.test", "bob@example.test", "carol@example.test", "nobody@example.test"] {
        let answer = world.front_end().forgot(address).await.expect(202);
        assert_eq!(answer.json(), json!({ "status": "check_your_mail" }));
        let mut browser = world.browser();
        browser.open("/forgot-password").await.fill("E-mail address", address).press("Send the link").await;
        let page = browser.is_at("/forgot-password");
        pages.push((page.status(), page.text.replace(address, "…")));
    }
    assert!(pages[0].1.contains("If … has an account here, a mail with a link is on its way."), "{}", pages[0].1);
    assert!(pages.iter().all(|page| *page == pages[0]));
    let to: Vec<_> = world.mails().await.into_iter().map(|mail| mail.to).collect();
    let (alice, bob) = ("alice@example.test", "bob@example.test");
    assert_eq!(to, [alice, alice, bob, bob], "to the address as the account has it");
}

#[tokio::test]
async fn what_is_no_address_is_said_at_its_field() {
    let world = World::start().await;
    world.front_end().forgot("nobody").await.problem(422, "invalid_input").at(&[("email", "invalid")]);
    let mut browser = world.browser();
    browser.open("/forgot-password").await.fill("email", "nobody@").press("Send the link").await;
    let page = browser.is_at("/forgot-password");
    assert_eq!((page.status(), page.field("email").unwrap().value.as_str()), (422, "nobody@"));
    assert!(page.text.contains("Enter an e-mail address"));
}

#[tokio::test]
async fn a_new_password_by_the_link_signs_everyone_out_and_tells_the_owner() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let granted = shop.tokens_for(&alice, &shop.request().scope("openid offline_access")).await;
    let mut signed_in = alice.signed_in().await;
    let (front_end, tokens) = alice.front_end().await;
    let token = reset_token(&alice).await;

    let before = world.snapshot().await;
    let mut browser = world.browser();
    let address = format!("/reset-password?token={token}");
    let page = browser.open(&address).await.is_at("/reset-password");
    assert!(page.text.contains("alice@example.test"));
    world.call(Method::HEAD, &address).send().await.expect(200);
    assert_eq!(world.snapshot().await, before, "looking at the link changes nothing");
    browser.fill("New password", BETTER).press("Set new password").await.is_at("/reset-password/done");

    assert_eq!(signed_in.open("/").await.page().heading, "One account for your applications");
    front_end.get("me").await.problem(401, "invalid_token");
    front_end.refresh(&tokens.refresh).await.problem(400, "invalid_grant");
    shop.refresh_request(granted.refresh()).send().await.refused(400, "invalid_grant");
    assert_eq!(shop.userinfo(&granted.access).await.status.as_u16(), 401);
    world.front_end().login(&alice.email, PASSWORD).await.problem(401, "wrong_credentials");
    world.front_end().login(&alice.email, BETTER).await.expect(200);
    assert_eq!(world.mail("password_changed", &alice.email).await.context["address"], "192.0.2.1");
    assert_eq!(world.count_facts("password.reset").await, 1);
    let reasons: Vec<_> = alice.activity().await.into_iter().filter(|fact| fact.name == "session.ended").collect();
    assert!(reasons.len() >= 2 && reasons.iter().all(|fact| fact.details["reason"] == "password_reset"));

    // Once.
    world.front_end().reset(&token, "yet another password").await.problem(422, "proof_invalid");
    let page = browser.open(&address).await.page();
    assert_eq!(page.status(), 422);
    assert!(page.text.contains("This link was used or has ended.") && page.field("email").is_some());
}

#[tokio::test]
async fn a_refused_password_does_not_use_up_the_link() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let token = reset_token(&alice).await;
    let mut browser = world.browser();
    browser.open(&format!("/reset-password?token={token}")).await;
    for password in ["short", "password1", "alice@example.test", ""] {
        browser.fill("New password", password).press("Set new password").await;
        let page = browser.is_at("/reset-password");
        assert_eq!((page.status(), page.field("password").unwrap().value.as_str()), (422, ""));
        assert!(page.title.starts_with("Error: ") && page.text.contains("The password"));
    }
    let refused = world.front_end().reset(&token, "short").await.problem(422, "invalid_input");
    refused.at(&[("password", "too_short")]);
    browser.fill("New password", BETTER).press("Set new password").await.is_at("/reset-password/done");
}

#[tokio::test]
async fn a_link_ends_after_an_hour_and_with_every_other_change() {
    let world = World::configured(|config| config.limits.mails_per_recipient = Rate::OFF).await;
    let alice = world.person("alice").verified().await;
    let late = reset_token(&alice).await;
    world.advance(TimeDelta::hours(1));
    world.front_end().reset(&late, BETTER).await.problem(422, "proof_invalid");

    let (first, second) = (reset_token(&alice).await, reset_token(&alice).await);
    world.front_end().reset(&second, BETTER).await.expect(200);
    world.front_end().reset(&first, PASSWORD).await.problem(422, "proof_invalid");

    let third = reset_token(&alice).await;
    let (front_end, _) = Person { password: BETTER.into(), ..alice.clone() }.front_end().await;
    let change = json!({ "current_password": BETTER, "password": PASSWORD });
    front_end.post("change-password", change).await.expect(200);
    world.front_end().reset(&third, BETTER).await.problem(422, "proof_invalid");

    let fourth = reset_token(&alice).await;
    alice.lock().await;
    world.front_end().reset(&fourth, BETTER).await.problem(422, "proof_invalid");
    for nonsense in ["", "sgt_pr_", "nonsense", &"a".repeat(10_000)] {
        world.front_end().reset(nonsense, BETTER).await.problem(422, "proof_invalid");
    }
}

#[tokio::test]
async fn the_link_proves_the_address_and_ends_the_back_off() {
    let world = World::start().await;
    let bob = world.person("bob").unverified().await;
    for _ in 0..10 {
        world.front_end().login(&bob.email, "not the password").await.problem(401, "wrong_credentials");
    }
    world.front_end().login(&bob.email, PASSWORD).await.problem(429, "too_many_requests");
    let token = reset_token(&bob).await;
    world.front_end().reset(&token, BETTER).await.expect(200);
    let (front_end, _) = Person { password: BETTER.into(), ..bob }.front_end().await;
    assert_eq!(front_end.get("me").await.json()["email_verified"], true);
    assert_eq!(world.count_facts("email.verified").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_at_once_with_one_link_one_sets_the_password() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let token = reset_token(&alice).await;
    let password = |number: usize| format!("crimson teapot {number}");
    let resets = (0..20).map(|number| {
        let (front_end, token) = (world.front_end(), token.clone());
        async move { (number, front_end.reset(&token, &password(number)).await) }
    });
    let mut winners = Vec::new();
    for (number, answer) in together(resets).await {
        match answer.status.as_u16() {
            200 => winners.push(number),
            _ => drop(answer.problem(422, "proof_invalid")),
        }
    }
    assert_eq!((winners.len(), world.count_facts("password.reset").await), (1, 1), "{winners:?}");
    world.front_end().login(&alice.email, &password(winners[0])).await.expect(200);
    assert_eq!(world.count_mails("password_changed").await, 1);
}

#[tokio::test]
async fn links_lead_to_the_issuer_whatever_host_was_asked() {
    let alternative = Setting::parse("other.example.test").unwrap();
    let world = World::configured(|config| config.server.allowed_hosts = vec![alternative]).await;
    let alice = world.person("alice").verified().await;
    let call = world.call(Method::POST, "/api/v1/auth/forgot-password").without("host");
    let call = call.header("host", "other.example.test").header("x-forwarded-host", "evil.test");
    call.json(&json!({ "email": alice.email })).send().await.expect(202);
    let link = world.mail("reset_password", &alice.email).await.context["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://id.example.test/reset-password?token=sgt_pr_"), "{link}");
}

#[tokio::test]
async fn one_network_asks_so_often() {
    let limit = Rate::new(3, Span::hours(1));
    let world = World::configured(|config| config.limits.resets_per_address = limit).await;
    for number in 0..3 {
        world.front_end().forgot(&format!("n{number}@example.test")).await.expect(202);
    }
    let refused = world.front_end().forgot("n4@example.test").await.problem(429, "too_many_requests");
    assert!(!refused.answer.header("retry-after").is_empty());
    world.front_end().from("203.0.113.1").forgot("n5@example.test").await.expect(202);
    let mut browser = world.browser();
    browser.open("/forgot-password").await.fill("email", "n6@example.test").press("Send the link").await;
    assert_eq!(browser.page().status(), 429);
}

#[tokio::test]
async fn changing_the_password_needs_the_present_one_and_signs_out_the_others() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut here = alice.signed_in().await;
    let mut there = alice.signed_in().await;
    let (front_end, tokens) = alice.front_end().await;
    here.open("/account/password").await;
    here.fill("Current password", "not the password").fill("New password", BETTER).press("Change password").await;
    let page = here.is_at("/account/password");
    assert_eq!(page.status(), 422);
    assert!(page.text.contains("That is not your current password."));
    assert!(!page.answer.text().contains(BETTER));
    assert_eq!(world.count_facts("sign_in.failed").await, 1);

    here.fill("Current password", PASSWORD).fill("New password", "password1").press("Change password").await;
    assert_eq!(here.page().status(), 422);
    here.fill("Current password", "").fill("New password", BETTER).press("Change password").await;
    assert!(here.page().text.contains("The current password is required."));
    assert!(there.open("/").await.page().text.contains("Alice"));

    here.fill("Current password", PASSWORD).fill("New password", BETTER).press("Change password").await;
    here.is_at("/account/password/done");
    assert!(here.open("/").await.page().text.contains("Alice Liddell"));
    assert!(!there.open("/").await.page().text.contains("Alice Liddell"));
    front_end.get("me").await.problem(401, "invalid_token");
    front_end.refresh(&tokens.refresh).await.problem(400, "invalid_grant");
    world.mail("password_changed", &alice.email).await;
    world.front_end().login(&alice.email, PASSWORD).await.problem(401, "wrong_credentials");
    world.front_end().login(&alice.email, BETTER).await.expect(200);
}

#[tokio::test]
async fn json_changes_the_password_and_ends_the_others_where_asked() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (here, _) = alice.front_end().await;
    let (there, _) = alice.front_end().await;
    let change = |current: &str, new: &str, others: bool| json!({ "current_password": current, "password": new, "end_other_sessions": others });
    let refused = here.post("change-password", change("not the password", BETTER, true)).await;
    refused.problem(422, "invalid_input").at(&[("current_password", "wrong")]);
    let refused = here.post("change-password", json!({})).await.problem(422, "invalid_input");
    refused.at(&[("current_password", "required"), ("password", "required")]);
    let kept = here.post("change-password", change(PASSWORD, BETTER, false)).await.expect(200);
    assert_eq!(kept.json()["sessions_ended"], 0);
    there.get("me").await.expect(200);
    let ended = here.post("change-password", change(BETTER, PASSWORD, true)).await.expect(200);
    assert_eq!(ended.json()["sessions_ended"], 1);
    there.get("me").await.problem(401, "invalid_token");
    here.get("me").await.expect(200);
    assert_eq!(world.count_facts("password.changed").await, 2);
}

#[tokio::test]
async fn a_stolen_session_is_no_way_around_the_back_off() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (front_end, _) = alice.front_end().await;
    for _ in 0..10 {
        let guess = json!({ "current_password": "not the password", "password": BETTER });
        front_end.post("change-password", guess).await.problem(422, "invalid_input");
    }
    let right = json!({ "current_password": PASSWORD, "password": BETTER });
    front_end.post("change-password", right).await.problem(429, "too_many_requests");
    world.front_end().login(&alice.email, PASSWORD).await.problem(429, "too_many_requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_changes_at_once_one_happens() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (front_end, _) = alice.front_end().await;
    let changes = (0..10).map(|number| {
        let front_end = front_end.clone();
        let body = json!({ "current_password": PASSWORD, "password": format!("crimson teapot {number}") });
        async move { front_end.post("change-password", body).await.status.as_u16() }
    });
    let statuses = together(changes).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    // The others were beaten, or found the password changed already.
    assert!(statuses.iter().all(|status| [200, 409, 422].contains(status)), "{statuses:?}");
    assert_eq!(world.count_facts("password.changed").await, 1);
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_the_sign_in() {
    let world = World::start().await;
    let mut browser = world.browser();
    browser.open("/.well-known/change-password").await.is_at("/login");
    for path in ["/account/password", "/account/password/done"] {
        browser.open(path).await.is_at("/login");
    }
    let fields = with(&browser.fields("/login"), "password", BETTER);
    assert_eq!(
        browser.send("/account/password", &fields).send().await.expect(303).header("location"),
        "/login?to=password"
    );
    let anyone = world.front_end().post("change-password", json!({})).await.problem(401, "not_signed_in");
    assert_eq!(anyone.answer.header("www-authenticate"), CHALLENGE);
}

/// Whoever holds a stolen session may redeem codes until the very moment of the reset: nothing of that is left.
#[tokio::test(flavor = "multi_thread")]
async fn journey_a_reset_beside_redemptions_leaves_nothing_alive() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut thief = alice.signed_in().await;
    let request = shop.request().scope("openid offline_access");
    let mut codes = Vec::new();
    for _ in 0..120 {
        codes.push(thief.authorize(&request).await.code());
    }
    let token = reset_token(&alice).await;
    let front_end = world.front_end();
    let reset = tokio::spawn(async move { front_end.reset(&token, BETTER).await });
    // One after the other in four places, so that some is on its way whenever the reset comes.
    let redeem = codes.chunks(30).map(|codes| {
        let (shop, codes) = (shop.clone(), codes.to_vec());
        async move {
            let mut answers = Vec::new();
            for code in codes {
                answers.push(shop.code_request(&code).send().await);
            }
            answers
        }
    });
    let answers = together(redeem).await;
    reset.await.unwrap().expect(200);
    for answer in answers.into_iter().flatten() {
        match answer.status.as_u16() {
            200 => {
                let refresh = answer.json()["refresh_token"].as_str().unwrap().to_owned();
                shop.refresh_request(&refresh).send().await.refused(400, "invalid_grant");
            }
            _ => drop(answer.refused(400, "invalid_grant")),
        }
    }
}
