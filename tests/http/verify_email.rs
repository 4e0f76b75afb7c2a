//! `/verify-email` and its JSON: one proof of an address, by link or by code, once.

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::json;
use signet::config::{Rate, Span};

use crate::world::{FrontEnd, Mail, PASSWORD, World, together};

const NORA: &str = "nora@example.test";

/// Somebody who has just registered, and the mail they got.
async fn registered() -> (World, FrontEnd, Mail) {
    let world = World::start().await;
    let front_end = world.front_end();
    front_end.register(NORA, PASSWORD, "Nora Newman").await.expect(202);
    let mail = world.mail("verify_email", NORA).await;
    (world, front_end, mail)
}

/// What the link of a mail carries.
fn token(mail: &Mail) -> String {
    mail.link().split_once("?token=").unwrap().1.to_owned()
}

/// Codes that are not the one in the mail.
fn wrong_codes(mail: &Mail) -> impl Iterator<Item = String> {
    let right = mail.code();
    (0..10).map(|digit| digit.to_string().repeat(6)).filter(move |code| *code != right)
}

async fn is_verified(world: &World) -> bool {
    world.snapshot().await["user"].iter().any(|row| row.contains("email_verified_at: Some"))
}

#[tokio::test]
async fn looking_at_the_link_changes_nothing_and_the_button_proves_the_address_once() {
    let (world, _, mail) = registered().await;
    let before = world.snapshot().await;
    for _ in 0..3 {
        world.get(&mail.link()).await.expect(200);
        world.call(Method::HEAD, &mail.link()).send().await.expect(200);
    }
    let mut browser = world.browser();
    let page = browser.open(&mail.link()).await.is_at("/verify-email");
    assert!(page.text.contains(NORA) && page.has_button("Confirm address"));
    assert_eq!(world.snapshot().await, before, "a mail scanner proved the address");

    let fields = browser.fields("/verify-email");
    browser.press("Confirm address").await.is_at("/verify-email/done");
    assert!(is_verified(&world).await);
    let again = browser.send("/verify-email", &fields).send().await.page(422);
    assert!(again.text.contains("This link was used"), "{}", again.text);
    let page = browser.open(&mail.link()).await.page();
    assert_eq!(page.status(), 422);
    assert!(page.text.contains("This link was used") && page.field("code").is_some());
    assert_eq!(world.count_facts("email.verified").await, 1);
}

#[tokio::test]
async fn json_takes_the_link_or_the_code_once() {
    for by_link in [true, false] {
        let (world, front_end, mail) = registered().await;
        let prove = async || match by_link {
            true => front_end.verify_by_link(&token(&mail)).await,
            false => front_end.verify_by_code(NORA, &mail.code()).await,
        };
        let answer = prove().await.expect(200).json();
        assert_eq!(answer["email"], NORA);
        assert!(answer["user_id"].as_str().unwrap().starts_with("usr_"));
        prove().await.problem(422, "proof_invalid");
        // The other way is spent with it.
        front_end.verify_by_link(&token(&mail)).await.problem(422, "proof_invalid");
        front_end.verify_by_code(NORA, &mail.code()).await.problem(422, "proof_invalid");
        assert_eq!(world.count_facts("email.verified").await, 1);
    }
}

#[tokio::test]
async fn five_wrong_codes_end_the_code_but_not_the_link() {
    let (world, front_end, mail) = registered().await;
    for code in wrong_codes(&mail).take(5) {
        front_end.verify_by_code(NORA, &code).await.problem(422, "proof_invalid").at(&[("code", "wrong")]);
    }
    front_end.verify_by_code(NORA, &mail.code()).await.problem(422, "proof_invalid").at(&[("code", "wrong")]);
    assert!(!is_verified(&world).await);
    assert_eq!(world.count_facts("email.verification_failed").await, 5);
    front_end.verify_by_link(&token(&mail)).await.expect(200);
}

#[tokio::test]
async fn the_fifth_try_may_be_the_right_one() {
    let (_, front_end, mail) = registered().await;
    for code in wrong_codes(&mail).take(4) {
        front_end.verify_by_code(NORA, &code).await.problem(422, "proof_invalid");
    }
    front_end.verify_by_code(NORA, &mail.code()).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_tries_have_no_more_guesses() {
    let (world, front_end, mail) = registered().await;
    let tries = (0..30).map(|number| {
        let (front_end, code) = (front_end.clone(), wrong_codes(&mail).nth(number % 9).unwrap());
        async move { front_end.verify_by_code(NORA, &code).await }
    });
    for answer in together(tries).await {
        answer.problem(422, "proof_invalid");
    }
    assert_eq!(world.count_facts("email.verification_failed").await, 5);
    front_end.verify_by_code(NORA, &mail.code()).await.problem(422, "proof_invalid");
}

#[tokio::test]
async fn a_wrong_code_is_answered_the_same_for_every_address() {
    let (world, front_end, mail) = registered().await;
    world.person("alice").verified().await;
    world.person("carol").unverified().await.lock().await;
    let code = wrong_codes(&mail).next().unwrap();
    let mut answers = Vec::new();
    for address in [NORA, "alice@example.test", "carol@example.test", "nobody@example.test"] {
        let problem = front_end.verify_by_code(address, &code).await.problem(422, "proof_invalid");
        let mut json = problem.json.clone();
        json["instance"] = json!(null);
        answers.push(json);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(world.count_facts("email.verification_failed").await, 1, "only an account that waits has a row");
}

#[tokio::test]
async fn a_locked_person_proves_nothing_by_link_or_code_and_is_not_told_why() {
    let world = World::start().await;
    let front_end = world.front_end();
    let carol = world.person("carol").unverified().await;
    front_end.resend(&carol.email).await.expect(202);
    let mail = world.mail("verify_email", &carol.email).await;
    carol.lock().await;
    let dead = front_end.verify_by_link("sgt_ev_never-made").await.problem(422, "proof_invalid").json.clone();
    let link = front_end.verify_by_link(&token(&mail)).await.problem(422, "proof_invalid").json.clone();
    assert_eq!((&link["title"], &link["detail"]), (&dead["title"], &dead["detail"]));
    let mut browser = world.browser();
    let page = browser.open(&mail.link()).await.page();
    assert!(page.status() == 422 && page.field("token").is_none() && !page.text.contains("locked"), "{}", page.text);
    front_end.verify_by_code(&carol.email, &mail.code()).await.problem(422, "proof_invalid").at(&[("code", "wrong")]);
    assert!(!is_verified(&world).await);
    assert_eq!(world.count_facts("email.verified").await, 0);

    // Nothing was used up.
    carol.unlock().await;
    front_end.verify_by_link(&token(&mail)).await.expect(200);
}

#[tokio::test]
async fn what_cannot_be_a_code_is_said_at_its_field_and_counts_as_no_try() {
    let (_, front_end, mail) = registered().await;
    for code in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "-12345", "+12345"] {
        front_end.verify_by_code(NORA, code).await.problem(422, "invalid_input").at(&[("code", "invalid")]);
    }
    front_end
        .post("verify-email", json!({}))
        .await
        .problem(422, "invalid_input")
        .at(&[("email", "invalid"), ("code", "invalid")]);
    front_end.verify_by_link("sgt_ev_nonsense").await.problem(422, "proof_invalid");
    let code = mail.code();
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    front_end.verify_by_code("NORA@EXAMPLE.TEST", &spaced).await.expect(200);
}

#[tokio::test]
async fn link_and_code_end_after_a_day() {
    for hours in [23, 24] {
        let (world, front_end, mail) = registered().await;
        world.advance(TimeDelta::hours(hours) + TimeDelta::minutes(if hours == 23 { 59 } else { 0 }));
        let (status, title) = if hours == 23 { (200, "Confirm your") } else { (422, "Error: Confirm your") };
        let page = world.get(&mail.link()).await.page(status);
        assert!(page.title.starts_with(title), "{}", page.title);
        if hours == 23 {
            front_end.verify_by_link(&token(&mail)).await.expect(200);
        } else {
            front_end.verify_by_link(&token(&mail)).await.problem(422, "proof_invalid");
            front_end.verify_by_code(NORA, &mail.code()).await.problem(422, "proof_invalid");
            assert!(!is_verified(&world).await);
        }
    }
}

#[tokio::test]
async fn a_new_mail_has_a_new_code_and_the_old_one_is_dead() {
    let (world, front_end, first) = registered().await;
    if world.on_redis() {
        return; // the pause between two mails is the store's
    }
    world.advance(TimeDelta::seconds(60));
    front_end.resend(NORA).await.expect(202);
    let second = world.mail("verify_email", NORA).await;
    assert_ne!(token(&first), token(&second));
    if first.code() != second.code() {
        front_end.verify_by_code(NORA, &first.code()).await.problem(422, "proof_invalid");
    }
    front_end.verify_by_code(NORA, &second.code()).await.expect(200);
    // The link of the first mail is spent with the address.
    front_end.verify_by_link(&token(&first)).await.problem(422, "proof_invalid");
}

#[tokio::test]
async fn another_mail_is_sent_once_a_minute_and_five_times_an_hour() {
    let (world, front_end, _) = registered().await;
    let soon = front_end.resend(NORA).await.problem(429, "too_many_requests");
    let wait: u64 = soon.answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(world.count_mails("verify_email").await, 1);
    if world.on_redis() {
        return;
    }
    for _ in 0..4 {
        world.advance(TimeDelta::seconds(61));
        front_end.resend("NORA@example.test").await.expect(202);
    }
    world.advance(TimeDelta::seconds(61));
    front_end.resend(NORA).await.problem(429, "too_many_requests");
    assert_eq!(world.count_mails("verify_email").await, 5);
    world.advance(TimeDelta::hours(1));
    front_end.resend(NORA).await.expect(202);
}

#[tokio::test]
async fn resending_is_answered_the_same_for_every_address_and_mails_only_who_waits() {
    let world = World::start().await;
    world.person("alice").verified().await;
    world.person("bob").unverified().await;
    world.person("carol").unverified().await.lock().await;
    let addresses = ["alice@example.test", "bob@example.test", "carol@example.test", "nobody@example.test"];
    for address in addresses {
        let answer = world.front_end().resend(address).await.expect(202);
        assert_eq!(answer.json(), json!({ "status": "check_your_mail" }));
        let soon = world.front_end().resend(address).await.problem(429, "too_many_requests");
        assert_eq!(soon.answer.header("retry-after"), "60");
    }
    let to: Vec<_> = world.mails().await.into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["bob@example.test"]);
    world.front_end().resend("nobody").await.problem(422, "invalid_input").at(&[("email", "invalid")]);
}

#[tokio::test]
async fn the_page_sends_another_code_and_says_so() {
    let world = World::configured(|config| config.verification.resend_every = Span::secs(0)).await;
    let mut browser = world.browser();
    browser.open("/register").await;
    browser.fill("Name", "Nora").fill("E-mail address", NORA).fill("Password", PASSWORD);
    browser.press("Create account").await.press("Send another code").await;
    assert!(browser.is_at("/verify-email").text.contains("We sent another code to nora@example.test"));
    let code = world.mail("verify_email", NORA).await.code();
    browser.fill("code", &code).press("Confirm address").await.is_at("/verify-email/done");
}

#[tokio::test]
async fn the_page_shows_a_wrong_code_at_its_field_and_keeps_the_address() {
    let (world, _, mail) = registered().await;
    let mut browser = world.browser();
    browser.open("/verify-email").await;
    browser.fill("E-mail address", NORA).fill("code", &wrong_codes(&mail).next().unwrap());
    browser.press("Confirm address").await;
    let page = browser.is_at("/verify-email");
    assert_eq!(page.status(), 422);
    assert!(page.title.starts_with("Error: ") && page.text.contains("The code is not right, or too old."));
    assert_eq!(page.field("email").unwrap().value, NORA);
    assert_eq!(page.field("code").unwrap().value, "");
    browser.fill("code", &mail.code()).press("Confirm address").await.is_at("/verify-email/done");
}

#[tokio::test]
async fn a_proof_is_good_for_its_own_purpose_and_person_only() {
    let (world, front_end, mail) = registered().await;
    front_end.forgot(NORA).await.expect(202);
    let reset = world.mail("reset_password", NORA).await;
    let before = world.snapshot().await;
    front_end.verify_by_link(&token(&reset)).await.problem(422, "proof_invalid");
    front_end.reset(&token(&mail), "another fine password").await.problem(422, "proof_invalid");
    world.person("bob").unverified().await;
    front_end.verify_by_code("bob@example.test", &mail.code()).await.problem(422, "proof_invalid");
    let after = world.snapshot().await;
    assert_eq!(after["email_verification"], before["email_verification"]);
    assert_eq!(after["credential_password"].len(), 2);
    assert!(!is_verified(&world).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_at_once_one_proves_the_address() {
    for by_link in [true, false] {
        let (world, front_end, mail) = registered().await;
        let proofs = (0..20).map(|_| {
            let (front_end, token, code) = (front_end.clone(), token(&mail), mail.code());
            async move {
                match by_link {
                    true => front_end.verify_by_link(&token).await,
                    false => front_end.verify_by_code(NORA, &code).await,
                }
            }
        });
        let mut proved = 0;
        for answer in together(proofs).await {
            match answer.status.as_u16() {
                200 => proved += 1,
                _ => drop(answer.problem(422, "proof_invalid")),
            }
        }
        assert_eq!((proved, world.count_facts("email.verified").await), (1, 1));
    }
}

#[tokio::test]
async fn one_network_tries_so_often() {
    let limit = Rate::new(3, Span::hours(1));
    let world = World::configured(|config| config.limits.verifications_per_address = limit).await;
    for _ in 0..3 {
        world.front_end().verify_by_link("sgt_ev_guess").await.problem(422, "proof_invalid");
    }
    world.front_end().verify_by_link("sgt_ev_guess").await.problem(429, "too_many_requests");
    world.front_end().from("192.0.2.2").verify_by_link("sgt_ev_guess").await.problem(422, "proof_invalid");
}
