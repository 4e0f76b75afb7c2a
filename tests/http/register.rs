//! `/register` and `POST /api/v1/auth/register`: an account for whoever asks, and nobody learns who has one.

use serde_json::json;
use signet::config::Rate;

use crate::world::{Browser, PASSWORD, World};

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
    let facts: Vec<_> = world.facts().await.into_iter().filter(|fact| fact != "key.announced").collect();
    assert_eq!(facts, ["user.registered", "email.verification_sent", "email.verified", "session.started"]);
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
    let accepted = [
        "v8#kQ!x2",
        "only small letters",
        "        spaces around        ",
        "пароль из слов",
        "🦀🦀🦞🦀🦐🦀🦑🦀",
        &"é".repeat(1024),
    ];
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

/// Account pre-hijacking: a stranger registers an address that is not theirs, and waits for its owner to come.
#[tokio::test]
async fn the_password_of_whoever_reads_the_mail_holds() {
    let world = World::start().await;
    let stranger = world.front_end();
    stranger.register(NEW, "the password of a stranger", "Mallory").await.expect(202);
    let tokens = stranger.login(NEW, "the password of a stranger").await.api_tokens();
    let mut browser = world.browser();
    register(&mut browser, NEW, PASSWORD, "Nora Newman").await;
    let code = world.mail("verify_email", NEW).await.code();
    browser.fill("code", &code).press("Confirm address").await.is_at("/verify-email/done");
    stranger.login(NEW, "the password of a stranger").await.problem(401, "wrong_credentials");
    stranger.with(&tokens.access).get("me").await.problem(401, "invalid_token");
    world.front_end().refresh(&tokens.refresh).await.problem(400, "invalid_grant");
    browser.follow("Sign in").await.fill("username", NEW).fill("password", PASSWORD).press("Sign in").await;
    assert!(browser.is_at("/").text.contains("Nora Newman"));
}

#[tokio::test]
async fn who_registers_on_the_way_to_an_application_arrives_there() {
    let world = World::start().await;
    let shop = world.client("shop").create().await;
    let mut browser = world.browser();
    browser.authorize(&shop).await.follow("Create an account").await;
    assert!(browser.is_at("/register").text.contains("to continue to Shop"));
    browser.fill("Name", "Nora").fill("E-mail address", NEW).fill("Password", "short").press("Create account").await;
    assert_eq!(browser.page().status(), 422);
    browser.fill("Password", PASSWORD).press("Create account").await.is_at("/verify-email");
    let code = world.mail("verify_email", NEW).await.code();
    browser.fill("code", &code).press("Confirm address").await;
    assert!(browser.is_at("/verify-email/done").text.contains("go on to Shop"));
    browser.follow("Sign in").await.fill("username", NEW).fill("password", PASSWORD).press("Sign in").await;
    let code = browser.consent().await.code();
    shop.token(&code).await;
}
