//! `/login` and `POST /api/v1/auth/login`: who may come in, and what a wrong password tells.

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::json;
use signet::config::{Rate, Span};

use crate::world::{Browser, PASSWORD, Page, World, together};

const WRONG: &str = "not the password";

async fn try_in(browser: &mut Browser, username: &str, password: &str) {
    browser.open("/login").await;
    browser.fill("username", username).fill("password", password).press("login-submit").await;
}

/// A page without what differs in every answer.
fn bare(page: &Page, typed: &str) -> String {
    let csrf = &page.field("csrf").unwrap().value;
    page.answer.text().replace(csrf.as_str(), "…").replace(typed, "…")
}

/// Someone of each kind; with the right password only the first two get in.
async fn everybody(world: &World) -> Vec<&'static str> {
    world.person("alice").verified().await;
    world.person("bob").unverified().await;
    world.person("carol").verified().await.lock().await;
    vec!["alice@example.test", "bob@example.test", "carol@example.test", "nobody@example.test", "not an address"]
}

#[tokio::test]
async fn a_person_signs_in_by_any_spelling_of_the_address() {
    let world = World::start().await;
    world.person("alice").verified().await;
    for spelling in ["alice@example.test", " ALICE@EXAMPLE.TEST ", "Alice@Example.Test", "ａｌｉｃｅ@example.test"] {
        let mut browser = world.browser();
        try_in(&mut browser, spelling, PASSWORD).await;
        assert!(browser.is_at("/").text.contains("Alice Liddell"), "{spelling}");
        world.front_end().login(spelling, PASSWORD).await.expect(200);
    }
}

#[tokio::test]
async fn a_wrong_password_an_unknown_name_and_a_locked_account_look_the_same() {
    let world = World::start().await;
    let mut pages = Vec::new();
    for address in everybody(&world).await {
        let password = if address.starts_with("carol") { PASSWORD } else { WRONG };
        let mut browser = world.browser();
        try_in(&mut browser, address, password).await;
        let page = browser.is_at("/login");
        assert_eq!(page.status(), 422);
        assert_eq!(page.field("username").unwrap().value, address);
        let headers: Vec<_> = page.answer.headers.keys().map(ToString::to_string).collect();
        pages.push((bare(page, address), headers));
    }
    assert!(pages[0].0.contains("That e-mail and password don&#x27;t match."), "{}", pages[0].0);
    assert!(pages.iter().all(|page| *page == pages[0]));
}

#[tokio::test]
async fn json_looks_the_same_too_and_says_how_to_be_let_in() {
    let world = World::start().await;
    let mut answers = Vec::new();
    for address in everybody(&world).await {
        let password = if address.starts_with("carol") { PASSWORD } else { WRONG };
        let problem = world.front_end().login(address, password).await.problem(401, "wrong_credentials");
        assert_eq!(problem.answer.header("www-authenticate"), "Bearer realm=\"id.example.test\"");
        assert!(!problem.answer.headers.contains_key("set-cookie"));
        let mut json = problem.json.clone();
        json["instance"] = json!(null);
        answers.push(json);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(world.count("user_session").await, 0);
    // What the owners of known accounts will see of it.
    assert_eq!(world.count_facts("sign_in.failed").await, 3);
}

#[tokio::test]
async fn empty_fields_are_named_and_passwords_are_never_shown_again() {
    let world = World::start().await;
    let mut browser = world.browser();
    try_in(&mut browser, "", "").await;
    let page = browser.is_at("/login");
    assert_eq!(page.status(), 422);
    assert!(page.text.contains("The e-mail address is required.") && page.text.contains("The password is required."));
    try_in(&mut browser, "\"><script>alert(1)</script>", "hunter2 hunter2").await;
    let page = browser.page();
    assert!(!page.answer.text().contains("<script>alert") && !page.answer.text().contains("hunter2"));
    assert_eq!(page.field("username").unwrap().value, "\"><script>alert(1)</script>");
    let fields = [("username", "required"), ("password", "required")];
    world.front_end().post("login", json!({})).await.problem(422, "invalid_input").at(&fields);
}

#[tokio::test]
async fn an_unproved_address_may_sign_in_and_is_asked_to_prove_it() {
    let world = World::start().await;
    let bob = world.person("bob").unverified().await;
    let browser = bob.signed_in().await;
    assert!(browser.page().text.contains("Your address is not confirmed yet."));
}

#[tokio::test]
async fn whoever_is_signed_in_is_not_asked_again() {
    let world = World::start().await;
    let mut browser = world.person("alice").verified().await.signed_in().await;
    browser.open("/login").await.is_at("/");
}

#[tokio::test]
async fn after_ten_failures_even_the_right_password_waits() {
    let world = World::start().await;
    world.person("alice").verified().await;
    for name in ["alice@example.test", "nobody@example.test"] {
        let spellings = [name.to_owned(), name.to_uppercase(), format!("  {name}"), name.replace("example", "Example")];
        for number in 0..10 {
            let front_end = world.front_end().from(&format!("203.0.113.{number}"));
            front_end.login(&spellings[number % 4], WRONG).await.problem(401, "wrong_credentials");
        }
        let refused = world.front_end().login(name, PASSWORD).await.problem(429, "too_many_requests");
        assert_eq!(refused.detail(), "Too many tries. Wait a little, or reset your password.");
        let wait: i64 = refused.answer.header("retry-after").parse().unwrap();
        assert!((1..=90).contains(&wait), "one try is earned every 90 s, not {wait} s");
        let mut browser = world.browser();
        try_in(&mut browser, name, PASSWORD).await;
        let page = browser.is_at("/login");
        assert_eq!((page.status(), page.field("username").unwrap().value.as_str()), (429, name));
        assert!(!page.answer.header("retry-after").is_empty());
    }
    // Nobody else is kept out.
    let bob = world.person("bob").verified().await;
    bob.front_end().await;
    if !world.on_redis() {
        world.advance(TimeDelta::minutes(15));
        world.front_end().login("alice@example.test", PASSWORD).await.expect(200);
    }
}

#[tokio::test]
async fn a_success_forgets_the_failures_before_it() {
    let world = World::start().await;
    world.person("alice").verified().await;
    for _ in 0..3 {
        for _ in 0..9 {
            world.front_end().login("alice@example.test", WRONG).await.problem(401, "wrong_credentials");
        }
        world.front_end().login("alice@example.test", PASSWORD).await.expect(200);
    }
}

#[tokio::test]
async fn patient_guessing_is_noticed_too() {
    let world = World::configured(|config| {
        config.limits.account_failures = Rate::OFF;
        config.limits.account_failures_sustained = Rate::new(3, Span::hours(1));
    })
    .await;
    world.person("alice").verified().await;
    for _ in 0..3 {
        world.front_end().login("alice@example.test", WRONG).await.problem(401, "wrong_credentials");
    }
    world.front_end().login("alice@example.test", PASSWORD).await.problem(429, "too_many_requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_guesses_are_ten_guesses() {
    let world = World::start().await;
    world.person("alice").verified().await;
    let guesses = (0..40).map(|number| {
        let front_end = world.front_end().from(&format!("203.0.113.{number}"));
        async move { front_end.login("alice@example.test", WRONG).await.status.as_u16() }
    });
    let statuses = together(guesses).await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10, "{statuses:?}");
    assert!(statuses.iter().all(|status| [401, 429].contains(status)));
}

#[tokio::test]
async fn one_network_guesses_at_so_many_accounts_and_no_header_makes_it_another() {
    let limit = Rate::new(4, Span::minutes(15));
    let world = World::configured(|config| config.limits.address_failures = limit).await;
    let guess = |number: usize, address: &str| {
        let body = json!({ "email": format!("n{number}@example.test"), "password": WRONG });
        let call = world.front_end().from(address).call(Method::POST, "login").json(&body);
        let spoofed = format!("198.51.100.{number}");
        let call = call.header("x-forwarded-for", &spoofed).header("x-real-ip", &spoofed);
        call.header("forwarded", &format!("for={spoofed}")).send()
    };
    for (number, address) in ["192.0.2.9", "::ffff:192.0.2.9", "192.0.2.9", "::ffff:192.0.2.9"].into_iter().enumerate() {
        guess(number, address).await.problem(401, "wrong_credentials");
    }
    guess(4, "192.0.2.9").await.problem(429, "too_many_requests");
    for number in 5..9 {
        guess(number, &format!("2001:db8::{number}")).await.problem(401, "wrong_credentials");
    }
    guess(9, "2001:db8::9").await.problem(429, "too_many_requests");
    guess(10, "2001:db8:0:1::").await.problem(401, "wrong_credentials");
}

#[tokio::test]
async fn a_sign_in_from_a_new_device_is_told_by_mail() {
    let world = World::start().await;
    let (alice, bob) = (world.person("alice").verified().await, world.person("bob").unverified().await);
    for person in [&alice, &bob] {
        world.front_end().login(&person.email, PASSWORD).await.expect(200);
        world.front_end().login(&person.email, PASSWORD).await.expect(200);
        assert_eq!(world.count_mails("new_sign_in").await, 0, "the first device is nothing new");
    }
    for person in [&alice, &bob] {
        world.front_end().from("203.0.113.5").login(&person.email, PASSWORD).await.expect(200);
        world.front_end().from("203.0.113.5").login(&person.email, PASSWORD).await.expect(200);
    }
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1, "once, and not to an address that nobody proved");
    assert_eq!((mails[0].to.as_str(), &mails[0].context["address"]), ("alice@example.test", &json!("203.0.113.5")));
}

#[tokio::test]
async fn when_the_password_pool_is_full_people_are_told_to_come_again() {
    let world = World::configured(|config| {
        config.passwords.workers = 1;
        config.passwords.queue = 1;
        config.passwords.wait = Span::secs(1);
        config.passwords.memory_kib = 19_456;
        config.passwords.iterations = 4;
        config.limits.account_failures = Rate::OFF;
    })
    .await;
    let world_of = |number: usize| (world.clone(), number);
    let tries = (0..12).map(world_of).map(|(world, number)| async move {
        match number % 2 {
            0 => world.front_end().login("nobody@example.test", WRONG).await,
            _ => {
                let mut browser = world.browser();
                browser.open("/login").await;
                let fields = browser.fields("/login");
                let fields = crate::world::with(&fields, "username", "nobody@example.test");
                browser.send("/login", &crate::world::with(&fields, "password", WRONG)).send().await
            }
        }
    });
    let mut busy = 0;
    for answer in together(tries).await {
        if answer.status.as_u16() == 503 {
            busy += 1;
            assert_eq!(answer.header("retry-after"), "1");
            match answer.header("content-type") {
                "application/problem+json" => drop(answer.problem(503, "busy")),
                _ => assert_eq!(answer.page(503).field("username").unwrap().value, "nobody@example.test"),
            }
        }
    }
    assert!((1..12).contains(&busy), "{busy} of 12");
}
