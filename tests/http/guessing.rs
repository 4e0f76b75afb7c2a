//! Guessing at passwords: how often it may be tried, by account and by network, and what it costs.

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::json;
use signet::{
    config::{Rate, Span},
    domain::{
        sessions::LockUser,
        users::{CreateUser, Whom},
    },
    kernel::secret::Secret,
};

use crate::world::{PASSWORD, World, together, with};

const WRONG: &str = "not the password";

async fn try_in(browser: &mut crate::world::Browser, username: &str, password: &str) {
    browser.open("/login").await;
    browser.fill("username", username).fill("password", password).press("login-submit").await;
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
    for (number, address) in ["192.0.2.9", "::ffff:192.0.2.9", "192.0.2.9", "::ffff:192.0.2.9"].into_iter().enumerate()
    {
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
                let fields = with(&fields, "username", "nobody@example.test");
                browser.send("/login", &with(&fields, "password", WRONG)).send().await
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

#[tokio::test]
async fn the_page_counts_by_network_too() {
    let limit = Rate::new(2, Span::minutes(15));
    let world = World::configured(|config| config.limits.address_failures = limit).await;
    for (address, status) in [("2001:db8::1", 422), ("2001:db8::2", 422), ("2001:db8::3", 429), ("2001:db8:1::", 422)] {
        let mut browser = world.browser().from(address);
        try_in(&mut browser, "nobody@example.test", WRONG).await;
        assert_eq!(browser.page().status(), status, "{address}");
    }
}

/// The hash is the only slow step of an answer: where it were left out, the time would tell who has an account. While nothing can be
/// hashed, nobody is answered.
#[tokio::test]
async fn no_name_is_answered_without_a_hash() {
    let world = World::configured(|config| {
        config.passwords.workers = 1;
        config.passwords.queue = 1;
        config.passwords.memory_kib = 19_456;
        config.passwords.iterations = 40;
    })
    .await;
    for name in ["alice", "carol"] {
        let hash = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$WPEDC2fVSWeyEmEcpvJRTY/ovtgAl5vbyZYQSYPkdDE";
        world.operator(imported(name, hash)).await.unwrap();
    }
    world.operator(LockUser { whom: Whom::from("carol@example.test") }).await.unwrap();
    // One hash that takes long, and one that waits for it.
    let full: Vec<_> = (0..2)
        .map(|_| {
            let app = world.app.clone();
            tokio::spawn(async move { app.passwords.hash(Secret::new(WRONG)).await })
        })
        .collect();
    tokio::task::yield_now().await; // both have begun
    world.app.passwords.hash(Secret::new(WRONG)).await.unwrap_err();
    for name in ["alice@example.test", "carol@example.test", "nobody@example.test", "not an address"] {
        world.front_end().login(name, WRONG).await.problem(503, "busy");
    }
    for name in ["alice@example.test", "nobody@example.test"] {
        world.front_end().register(name, PASSWORD, "Nora").await.problem(503, "busy");
    }
    assert!(full.iter().all(|hash| !hash.is_finished()), "the pool was not full all the time");
}

fn imported(name: &str, hash: &str) -> CreateUser {
    CreateUser {
        email: format!("{name}@example.test"),
        name: name.into(),
        password: None,
        password_hash: Some(hash.into()),
        verified: true,
        admin: false,
        claims: serde_json::Map::new(),
    }
}
