//! Forms that another site made, or that were made for another browser or purpose, change nothing.

use axum::http::Method;
use signet::{
    domain::users::Whom,
    web::{Surface, every_endpoint},
};

use crate::world::{Browser, Fields, PASSWORD, World, with, without};

/// A form with everything that it needs, ready to be sent from its browser.
struct Ready {
    browser: Browser,
    path: &'static str,
    fields: Fields,
    /// The status of the answer to the form as it is.
    good: u16,
}

impl Ready {
    fn new(browser: Browser, path: &'static str, more: &[(&str, &str)]) -> Self {
        let fields = more.iter().fold(browser.fields(path), |fields, (name, value)| with(&fields, name, value));
        Self { browser, path, fields, good: 303 }
    }
}

/// One of every form that people send.
async fn every_form(world: &World) -> Vec<Ready> {
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let open = async |path: &str| {
        let mut browser = world.browser();
        browser.open(path).await;
        browser
    };
    let signed_in = async |path: &str| {
        let mut browser = alice.signed_in().await;
        alice.signed_in().await; // another device, to be signed out
        browser.open(path).await;
        browser
    };
    let front_end = world.front_end();
    front_end.register("nora@example.test", PASSWORD, "Nora").await.expect(202);
    let verify = world.mail("verify_email", "nora@example.test").await.link();
    front_end.forgot(&alice.email).await.expect(202);
    let reset = world.mail("reset_password", &alice.email).await.link();
    let mut consent = alice.browser();
    consent.authorize(&shop).await.sign_in().await.is_at("/consent");
    let mut allowed = alice.browser();
    allowed.authorize(&world.client("bank").create().await).await.sign_in().await.consent().await.open("/").await;
    let mut choosing = alice.signed_in().await;
    choosing.authorize(&shop.request().with("prompt", "select_account")).await.is_at("/select-account");
    let tv = world.client("tv").device().create().await;
    let (entered, other) = (tv.begin_device("openid").await, tv.begin_device("openid").await);
    let mut confirming = alice.browser();
    confirming.open("/device").await.fill("user_code", &entered.user_code).press("Continue").await;
    confirming.sign_in().await.is_at("/device/confirm");
    world.client("till").ciba().create().await.ask(&alice, "openid").await;
    let mut asked = alice.signed_in().await;
    asked.look_at_request().await;
    let carol = world.person("carol").verified().await;
    let owner = Whom::Id(carol.id);
    world.client("robot").with(|create| create.owner = Some(owner)).create().await;
    let mut owning = carol.signed_in().await;
    owning.open("/account/agents").await;
    vec![
        Ready::new(owning, "/account/agents/revoke", &[]),
        Ready::new(asked, "/account/requests/decide", &[("decision", "allow")]),
        Ready::new(open("/device").await, "/device", &[("user_code", &other.user_code)]),
        Ready::new(confirming, "/device/confirm", &[("decision", "allow")]),
        Ready::new(open("/login").await, "/login", &[("username", &alice.email), ("password", PASSWORD)]),
        Ready::new(
            open("/register").await,
            "/register",
            &[("email", "otto@example.test"), ("password", PASSWORD), ("name", "Otto")],
        ),
        Ready::new(open(&verify).await, "/verify-email", &[]),
        resend(open("/verify-email").await),
        Ready::new(open("/forgot-password").await, "/forgot-password", &[("email", &alice.email)]),
        Ready::new(consent, "/consent", &[("decision", "allow")]),
        Ready::new(choosing, "/select-account", &[("decision", "other")]),
        Ready::new(allowed, "/account/consents/withdraw", &[]),
        Ready::new(signed_in("/").await, "/account/sessions/end", &[("session", "others")]),
        Ready::new(
            signed_in("/account/password").await,
            "/account/password",
            &[("current_password", PASSWORD), ("password", "crimson teapot waltz")],
        ),
        Ready::new(signed_in("/").await, "/sign-out", &[]),
        Ready { good: 200, ..Ready::new(signed_in("/logout").await, "/logout", &[("decision", "confirm")]) },
        Ready::new(open(&reset).await, "/reset-password", &[("password", "velvet teapot waltz")]),
    ]
}

fn resend(browser: Browser) -> Ready {
    let fields = with(&browser.fields("/verify-email"), "email", "pia@example.test");
    Ready { browser, path: "/verify-email/resend", fields, good: 303 }
}

#[tokio::test]
async fn no_form_is_taken_that_was_not_sent_by_its_own_page() {
    let world = World::start().await;
    let forms = every_form(&world).await;
    // A new page is tested the day it is added.
    let mounted =
        every_endpoint().filter(|endpoint| endpoint.surface == Surface::Page && endpoint.takes(&Method::POST));
    for path in mounted.map(|endpoint| endpoint.path).filter(|path| !path.starts_with("/oauth2/")) {
        assert!(forms.iter().any(|form| form.path == path), "{path} has no form here");
    }
    let mut other = world.browser();
    other.open("/login").await;
    let foreign_token = other.fields("/login").into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let before = world.snapshot().await;
    for form in &forms {
        let Ready { browser, path, fields, .. } = form;
        let send = |fields: &Fields| browser.send(path, fields);
        let from = |site: &str| {
            browser.call(Method::POST, path).header("origin", crate::world::ISSUER).header("sec-fetch-site", site)
        };
        let of = |origin: &str| browser.call(Method::POST, path).header("origin", origin);
        let own = &fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
        let refused = [
            ("no token", send(&without(fields, "csrf"))),
            ("an empty token", send(&with(fields, "csrf", ""))),
            ("a token made up", send(&with(fields, "csrf", &"A".repeat(43)))),
            ("a token cut short", send(&with(fields, "csrf", &own[..20]))),
            ("a token in other words", send(&with(fields, "csrf", &format!("{own}=")))),
            ("another browser's token", send(&with(fields, "csrf", &foreign_token))),
            ("no cookies", world.call(Method::POST, path).header("origin", crate::world::ISSUER).form(fields)),
            ("another site", from("cross-site").form(fields)),
            ("a neighbor", from("same-site").form(fields)),
            ("the address bar", from("none").form(fields)),
            ("a foreign origin", of("https://evil.test").form(fields)),
            ("an origin like ours", of("https://id.example.test.evil.test").form(fields)),
            ("our host without TLS", of("http://id.example.test").form(fields)),
            ("our host at another port", of("https://id.example.test:8443").form(fields)),
            ("a hidden origin", of("null").form(fields)),
        ];
        for (what, call) in refused {
            let answer = call.send().await;
            // Whoever has no session is sent to the sign-in; it comes to the same.
            if answer.status.as_u16() == 303 && what == "no cookies" {
                let to = answer.header("location").split('?').next().unwrap().to_owned();
                assert!(["/login", "/sign-out"].contains(&to.as_str()), "{path}: {what}: {to}");
                continue;
            }
            assert_eq!(answer.status.as_u16(), 403, "{path}: {what}: {}", answer.text());
            let page = answer.error_page(403);
            assert!(page.text.contains("This form"), "{path}: {what}: {}", page.text);
        }
    }
    assert_eq!(world.snapshot().await, before);
    for Ready { browser, path, fields, good } in &forms {
        let answer = browser.send(path, fields).send().await;
        assert_eq!(answer.status.as_u16(), *good, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_token_is_good_for_one_purpose() {
    let world = World::start().await;
    let mut browser = world.browser();
    let mut token = async |path: &str| {
        let fields = browser.open(path).await.fields(path);
        fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1
    };
    let (sign_in, sign_up, recovery) =
        (token("/login").await, token("/register").await, token("/forgot-password").await);
    assert!(sign_in != sign_up && sign_up != recovery && recovery != sign_in);
    let login = vec![("username".to_owned(), "a@b.test".to_owned()), ("password".to_owned(), PASSWORD.to_owned())];
    for wrong in [&sign_up, &recovery] {
        browser.send("/login", &with(&login, "csrf", wrong)).send().await.error_page(403);
    }
    browser.send("/login", &with(&login, "csrf", &sign_in)).send().await.page(422);
}

#[tokio::test]
async fn a_token_of_the_account_dies_with_its_session() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.signed_in().await;
    let old = browser.open("/").await.fields("/sign-out");
    browser.press("Sign out").await;
    browser.open("/login").await.sign_in().await.is_at("/");
    browser.send("/sign-out", &old).send().await.error_page(403);
    assert!(browser.open("/").await.page().text.contains("Alice Liddell"));
}

#[tokio::test]
async fn a_page_that_hides_its_origin_is_taken_where_the_browser_vouches_for_it() {
    let world = World::start().await;
    let mut browser = world.browser();
    browser.open("/forgot-password").await;
    let fields = with(&browser.fields("/forgot-password"), "email", "nora@example.test");
    let call = browser.call(Method::POST, "/forgot-password");
    call.header("origin", "null").header("sec-fetch-site", "same-origin").form(&fields).send().await.expect(303);
    // Old browsers and text browsers send neither.
    browser.call(Method::POST, "/forgot-password").form(&fields).send().await.expect(303);
}

#[tokio::test]
async fn what_stands_in_an_address_signs_nobody_in() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = world.browser();
    let before = world.snapshot().await;
    let query = format!("/login?username={}&password={PASSWORD}&csrf=x", alice.email).replace(' ', "+");
    let page = browser.open(&query).await.is_at("/login");
    assert!(!page.answer.text().contains(PASSWORD) && page.field("password").unwrap().value.is_empty());
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn two_tabs_at_once_both_work() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut first = alice.browser();
    first.open("/login").await;
    let mut second = first.tab();
    second.open("/forgot-password").await;
    first.sign_in().await.is_at("/");
    second.share(&first);
    second.fill("email", &alice.email).press("Send the link").await.is_at("/forgot-password");
    assert_eq!(world.count_mails("reset_password").await, 1);
}
