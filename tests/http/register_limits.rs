//! How many may register, from where, and how much mail that makes.

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::json;
use signet::config::{Rate, Span};

use crate::world::{Browser, PASSWORD, World, together};

const NEW: &str = "new@example.test";

async fn register(browser: &mut Browser, email: &str, password: &str, name: &str) {
    browser.open("/register").await;
    browser.fill("Name", name).fill("E-mail address", email).fill("Password", password);
    browser.press("Create account").await;
}

#[tokio::test]
async fn where_registration_is_closed_nobody_registers() {
    let world = World::configured(|config| config.registration.open = false).await;
    let before = world.snapshot().await;
    world.get("/register").await.error_page(403);
    let mut browser = world.browser();
    let page = browser.open("/login").await.page();
    assert!(page.links.iter().all(|(_, address)| !address.starts_with("/register")));
    assert!(browser.open("/").await.page().links.iter().all(|(_, address)| !address.starts_with("/register")));
    world.front_end().register(NEW, PASSWORD, "Nora").await.problem(403, "forbidden");
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn one_network_registers_so_many_and_no_header_makes_it_another() {
    let limit = Rate::new(3, Span::hours(1));
    let world = World::configured(|config| config.limits.registrations_per_address = limit).await;
    let call = |number: usize, address: &str| {
        let body = json!({ "email": format!("n{number}@example.test"), "password": PASSWORD, "name": "Nora" });
        let front_end = world.front_end().from(address);
        let spoofed = format!("198.51.100.{number}");
        let mut call = front_end.call(Method::POST, "register").json(&body);
        for header in ["x-forwarded-for", "x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip"] {
            call = call.header(header, &spoofed);
        }
        call.header("forwarded", &format!("for={spoofed}")).send()
    };
    // One household: every address of a /64.
    for (number, address) in ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1:2:3"].into_iter().enumerate() {
        call(number, address).await.expect(202);
    }
    let before = world.snapshot().await;
    let refused = call(4, "2001:db8::4").await.problem(429, "too_many_requests");
    let wait: u64 = refused.answer.header("retry-after").parse().unwrap();
    assert!((1..=1200).contains(&wait), "{wait}");
    assert_eq!(world.snapshot().await, before);
    call(5, "2001:db8:0:1::1").await.expect(202);
    call(6, "192.0.2.77").await.expect(202);
    if !world.on_redis() {
        world.advance(TimeDelta::seconds(wait.cast_signed()));
        call(7, "2001:db8::5").await.expect(202);
    }
}

#[tokio::test]
async fn the_page_says_when_there_were_too_many() {
    let limit = Rate::new(1, Span::hours(1));
    let world = World::configured(|config| config.limits.registrations_per_address = limit).await;
    let mut browser = world.browser();
    register(&mut browser, NEW, PASSWORD, "Nora").await;
    register(&mut browser, "other@example.test", PASSWORD, "Nora").await;
    let page = browser.is_at("/register");
    assert_eq!(page.status(), 429);
    assert!(!page.answer.header("retry-after").is_empty());
    assert_eq!(page.field("email").unwrap().value, "other@example.test");
    assert!(page.text.contains("Too many tries"));
}

#[tokio::test]
async fn nobody_is_bombed_with_mail_whether_they_have_an_account_or_not() {
    let world = World::start().await;
    world.person("alice").verified().await;
    for address in ["alice@example.test", NEW] {
        let spellings = [address.to_owned(), address.to_uppercase(), address.replace("example", "Example")];
        for number in 0..5 {
            let front_end = world.front_end().from(&format!("203.0.113.{number}"));
            front_end.register(&spellings[number % 3], PASSWORD, "Nora").await.expect(202);
        }
        let answer = world.front_end().from("203.0.113.9").register(address, PASSWORD, "Nora").await;
        assert!(!answer.problem(429, "too_many_requests").answer.header("retry-after").is_empty());
        // Nor by the other doors.
        world.front_end().forgot(address).await.problem(429, "too_many_requests");
    }
    let mails = world.mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.to.eq_ignore_ascii_case("alice@example.test")).count(), 5);
    assert_eq!(mails.iter().filter(|mail| mail.to.eq_ignore_ascii_case(NEW)).count(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_at_once_one_makes_the_account() {
    let world = World::configured(|config| {
        config.limits.mails_per_recipient = Rate::OFF;
        config.limits.registrations_per_address = Rate::OFF;
    })
    .await;
    let asked = (0..20).map(|number| {
        let front_end = world.front_end();
        async move { front_end.register(NEW, &format!("violet umbrella {number}"), "Nora").await }
    });
    for answer in together(asked).await {
        assert_eq!(answer.expect(202).json(), json!({ "status": "check_your_mail" }));
    }
    assert_eq!((world.count("user").await, world.count("credential_password").await), (1, 1));
    assert_eq!(world.count_facts("user.registered").await, 1);
    assert_eq!(world.count_facts("user.registration_repeated").await, 19);
    let token = world.mail("verify_email", NEW).await.link().split_once("token=").unwrap().1.to_owned();
    world.front_end().verify_by_link(&token).await.expect(200);
    world.front_end().verify_by_link(&token).await.problem(422, "proof_invalid");
}
