//! `/register` and `POST /api/v1/auth/register`: an account for whoever asks, and nobody learns who has one.

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

/// A world with a person of each kind, and their addresses; the last one nobody has.
async fn everybody() -> (World, Vec<&'static str>) {
    let world = World::start().await;
    world.person("alice").verified().await;
    world.person("bob").unverified().await;
    world.person("carol").verified().await.lock().await;
    let addresses = vec!["alice@example.test", "ALICE@Example.Test", "bob@example.test", "carol@example.test", NEW];
    (world, addresses)
}

#[tokio::test]
async fn a_person_registers_confirms_by_the_code_and_signs_in() {
    let world = World::start().await;
    let mut browser = world.browser();
    register(&mut browser, NEW, PASSWORD, "Nora Newman").await;
    assert!(browser.is_at("/verify-email").text.contains(NEW));
    let code = world.mail("verify_email", NEW).await.code();
    browser.fill("6-digit code", &code).press("Confirm address").await;
    browser.is_at("/verify-email/done");
    browser.follow("Sign in").await;
    browser.fill("E-mail address", NEW).fill("Password", PASSWORD).press("Sign in").await;
    let home = browser.is_at("/");
    assert!(home.text.contains("Nora Newman") && !home.text.contains("not confirmed"));
    let expected =
        ["user.registered", "email.verification_sent", "email.verified", "session.started"].map(str::to_owned);
    assert_eq!(world.facts().await, expected);
}

#[tokio::test]
async fn the_page_answers_the_same_for_every_address() {
    let (world, addresses) = everybody().await;
    let mut answers = Vec::new();
    for address in addresses {
        let mut browser = world.browser();
        register(&mut browser, address, "another fine password", "Somebody").await;
        let page = browser.page();
        let names: Vec<_> = page.forms[0].fields.iter().map(|field| field.name.clone()).collect();
        let length = page.address.len() - page.address.find('=').unwrap();
        // The handle in the address is as long as what was typed, and says nothing else.
        assert_eq!(length, browser_handle(address.len()));
        let headers: Vec<_> = page.answer.headers.keys().map(ToString::to_string).collect();
        answers.push((page.status(), page.title.clone(), page.text.replace(address, "…"), names, headers));
    }
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
    }
}

/// Length of a sealed text in base64url, with the `=` before it.
fn browser_handle(typed: usize) -> usize {
    // Version, key identifier, nonce, text and tag.
    let sealed = 1 + 8 + 12 + typed + 16;
    1 + (sealed * 4).div_ceil(3)
}

#[tokio::test]
async fn json_answers_the_same_for_every_address_and_only_the_mailbox_tells() {
    let (world, addresses) = everybody().await;
    let front_end = world.front_end();
    for address in addresses {
        let answer = front_end.register(address, "another fine password", "Somebody").await.expect(202);
        assert_eq!(answer.json(), json!({ "status": "check_your_mail" }));
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let mails: Vec<_> = world.mails().await.into_iter().map(|mail| (mail.kind, mail.to)).collect();
    let mail = |kind: &str, to: &str| (kind.to_owned(), to.to_owned());
    let expected = [
        mail("already_registered", "alice@example.test"),
        mail("already_registered", "alice@example.test"), // to the address as its owner wrote it
        mail("verify_email", "bob@example.test"),
        mail("already_registered", "carol@example.test"),
        mail("verify_email", NEW),
    ];
    assert_eq!(mails, expected);
}

#[tokio::test]
async fn registering_again_touches_neither_password_nor_name() {
    let world = World::start().await;
    for person in [world.person("alice").verified().await, world.person("bob").unverified().await] {
        world.front_end().register(&person.email, "another fine password", "Mallory").await.expect(202);
        let (front_end, _) = person.front_end().await;
        assert_eq!(front_end.get("me").await.json()["name"], person.name);
        world.front_end().login(&person.email, "another fine password").await.problem(401, "wrong_credentials");
    }
    assert_eq!(world.count_facts("user.registration_repeated").await, 2);
    assert_eq!(world.count("user").await, 2);
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_is_stored() {
    let world = World::start().await;
    let before = world.snapshot().await;
    let front_end = world.front_end();
    front_end.post("register", json!({})).await.problem(422, "invalid_input").at(&[
        ("email", "invalid"),
        ("name", "invalid"),
        ("password", "required"),
    ]);
    front_end.register("nobody", "short", "a\u{202e}b").await.problem(422, "invalid_input").at(&[
        ("email", "invalid"),
        ("name", "invalid"),
        ("password", "too_short"),
    ]);
    let mut browser = world.browser();
    register(&mut browser, "nobody", "short", "Nora <Newman>").await;
    let page = browser.is_at("/register");
    assert_eq!(page.status(), 422);
    assert!(page.title.starts_with("Error: "));
    assert!(page.text.contains("There is a problem") && page.text.contains("at least 8 characters"));
    assert_eq!(page.field("email").unwrap().value, "nobody");
    assert_eq!(page.field("name").unwrap().value, "Nora <Newman>");
    assert_eq!(page.field("password").unwrap().value, "");
    assert!(!page.answer.text().contains("short"), "the password stands in the page");
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn passwords_are_judged_by_length_and_by_what_is_guessed_first() {
    let world = World::configured(|config| config.limits.registrations_per_address = Rate::OFF).await;
    let refused = [
        ("abcdefg", "too_short"),
        ("äöüßéèñ", "too_short"), // seven characters, whatever their bytes
        ("password1", "too_common"),
        ("PassWord1", "too_common"),
        ("ｐａｓｓｗｏｒｄ", "too_common"), // the same letters, full width
        ("nora@example.test", "too_personal"),
        ("NoraNewman1!", "too_personal"),
        ("signetsignet", "too_personal"),
        ("tab\tand violet umbrella", "unprintable"),
    ];
    for (password, code) in refused {
        let answer = world.front_end().register("nora@example.test", password, "Nora Newman").await;
        answer.problem(422, "invalid_input").at(&[("password", code)]);
    }
    let too_long = "é".repeat(1025);
    let answer = world.front_end().register("nora@example.test", &too_long, "Nora Newman").await;
    answer.problem(422, "invalid_input").at(&[("password", "too_long")]);
    assert_eq!(world.count("user").await, 0);
    let accepted = ["v8#kQ!x2", "only small letters", "        spaces around        ", "пароль из слов", "🦀🦀🦞🦀🦐🦀🦑🦀", &"é".repeat(1024)];
    for (number, password) in accepted.into_iter().enumerate() {
        let email = format!("nora{number}@example.test");
        world.front_end().register(&email, password, "Nora Newman").await.expect(202);
        world.front_end().login(&email, password).await.expect(200);
        world.front_end().login(&email, password.trim_end_matches(' ')).await.expect(match password.ends_with(' ') {
            true => 401, // nothing is cut off
            false => 200,
        });
    }
}

#[tokio::test]
async fn a_password_is_the_same_in_every_normal_form() {
    let world = World::start().await;
    let (composed, decomposed) = ("crème brûlée ﬁne", "cre\u{300}me bru\u{302}le\u{301}e fine");
    world.front_end().register(NEW, composed, "Nora").await.expect(202);
    world.front_end().login(NEW, decomposed).await.expect(200);
    world.front_end().login(NEW, "creme brulee fine").await.problem(401, "wrong_credentials");
}

#[tokio::test]
async fn the_strength_of_a_refused_password_is_shown() {
    let world = World::start().await;
    let mut browser = world.browser();
    register(&mut browser, NEW, "password1", "Nora").await;
    assert!(browser.page().text.contains("The last try was very weak."), "{}", browser.page().text);
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
    let (world, _) = everybody().await;
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
    // Only the code of the newest mail is good.
    let live = entity_codes(&world).await;
    assert_eq!(live, 1);
}

/// How many codes can be typed.
async fn entity_codes(world: &World) -> usize {
    let rows = world.snapshot().await;
    rows["email_verification"].iter().filter(|row| !row.contains("code_digest: None")).count()
}

#[tokio::test]
async fn neither_password_nor_link_nor_code_is_stored_in_the_clear() {
    let world = World::start().await;
    world.front_end().register(NEW, PASSWORD, "Nora").await.expect(202);
    let mail = world.mail("verify_email", NEW).await;
    let token = mail.link().split_once("token=").unwrap().1.to_owned();
    for (table, rows) in world.snapshot().await {
        for row in rows {
            assert!(!row.contains(PASSWORD) && !row.contains(&token), "{table}: {row}");
            // A digest of six digits alone is no secret: it would be the same in every row.
            let digest = format!("{:?}", openssl::sha::sha256(mail.code().as_bytes()).to_vec());
            assert!(!row.contains(&digest), "{table}: {row}");
        }
    }
}
