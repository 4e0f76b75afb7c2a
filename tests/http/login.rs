//! `/login` and `POST /api/v1/auth/login`: who may come in, and what a wrong password tells.

use serde_json::json;

use crate::world::{Browser, PASSWORD, Page, World};

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
    for spelling in ["alice@example.test", " ALICE@EXAMPLE.TEST ", "Alice@Example.Test", "ａｌｉｃｅ@example.test"]
    {
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
        assert!(page.text.contains("That e-mail and password don't match. Try again or reset your password."));
        let headers: Vec<_> = page.answer.headers.keys().map(ToString::to_string).collect();
        pages.push((bare(page, address), headers));
    }
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
async fn password_managers_know_their_way() {
    let world = World::start().await;
    let mut browser = world.person("alice").verified().await.signed_in().await;
    let fields = |page: &Page| -> Vec<(String, String, String)> {
        let shown = page.forms[0].fields.iter().filter(|field| field.kind != "hidden");
        shown.map(|field| (field.name.clone(), field.kind.clone(), field.autocomplete.clone())).collect()
    };
    let field = |name: &str, kind: &str, autocomplete: &str| (name.into(), kind.into(), autocomplete.into());
    let user = field("username", "text", "username");
    assert_eq!(
        fields(browser.open("/account/password").await.page()),
        [
            user.clone(),
            field("current_password", "password", "current-password"),
            field("password", "password", "new-password")
        ]
    );
    let mut anyone = world.browser();
    assert_eq!(fields(anyone.open("/login").await.page()), [user, field("password", "password", "current-password")]);
    assert_eq!(
        fields(anyone.open("/register").await.page()),
        [
            field("name", "text", "name"),
            field("email", "text", "username"),
            field("password", "password", "new-password")
        ]
    );
    assert_eq!(
        fields(anyone.open("/verify-email").await.page()),
        [field("email", "text", "username"), field("code", "text", "one-time-code")]
    );
}
