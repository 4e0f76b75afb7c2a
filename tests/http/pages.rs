//! What holds for every page: words, labels, no inline code, a strict policy, nothing kept.

use axum::http::Method;
use scraper::{ElementRef, Html, Selector};
use signet::web::{Surface, every_endpoint};

use crate::world::{Browser, PASSWORD, Page, Person, World};

fn all<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

/// Every page there is, as each kind of visitor sees it.
async fn every_page() -> Vec<Page> {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut pages = Vec::new();
    anonymous(&world, &mut pages).await;
    flow(&mut alice.browser(), shop.request().path(), &mut pages).await;
    let mut switching = alice.signed_in().await;
    let choose = shop.request().with("prompt", "select_account").path();
    switching.arrive(&choose).await.is_at("/select-account");
    pages.push(switching.page().clone());
    device(&world, &mut alice.browser(), &mut pages).await;
    requests(&world, &alice, &mut pages).await;
    account(&mut alice.signed_in().await, &mut pages).await; // it changes the password
    pages
}

async fn anonymous(world: &World, pages: &mut Vec<Page>) {
    let mut browser = world.browser();
    world.front_end().forgot("alice@example.test").await.expect(202);
    let reset = world.mail("reset_password", "alice@example.test").await.link();
    browser.open("/register").await;
    browser.fill("name", "Nora").fill("email", "nora@example.test").fill("password", PASSWORD);
    browser.press("Create account").await.is_at("/verify-email");
    pages.push(browser.page().clone());
    let verify = world.mail("verify_email", "nora@example.test").await.link();
    let paths = ["/", "/login", "/register", "/verify-email", "/verify-email/done", "/forgot-password", "/sign-out"];
    let more = ["/reset-password/done", "/logout", "/dev/mailbox", "/nothing", "/verify-email?token=dead"];
    for path in paths.into_iter().chain(more).chain([verify.as_str(), &reset, "/reset-password?token=dead"]) {
        pages.push(browser.open(path).await.page().clone());
    }
    for (path, button) in [("/login", "Sign in"), ("/register", "Create account"), ("/verify-email", "Confirm address")]
    {
        pages.push(browser.open(path).await.press(button).await.page().clone());
    }
    browser.open("/forgot-password").await.fill("email", "nobody@example.test").press("Send the link").await;
    pages.push(browser.page().clone());
    let (_, mail) = browser.open("/dev/mailbox").await.page().links[0].clone();
    pages.push(browser.open(&mail).await.page().clone());
}

async fn device(world: &World, browser: &mut Browser, pages: &mut Vec<Page>) {
    let begun = world.client("tv").device().create().await.begin_device("openid").await;
    pages.push(browser.open("/device").await.fill("user_code", "BCDF-GHJK").press("Continue").await.page().clone());
    browser.open(&format!("/device?user_code={}", begun.user_code)).await;
    pages.push(browser.page().clone());
    pages.push(browser.press("Continue").await.sign_in().await.is_at("/device/confirm").clone());
    pages.push(browser.press("Yes, sign in my device").await.is_at("/device/done").clone());
    pages.push(browser.open("/device/refused").await.page().clone());
}

async fn requests(world: &World, person: &Person, pages: &mut Vec<Page>) {
    let till = world.client("till").ciba().create().await;
    let mut browser = person.signed_in().await;
    pages.push(browser.open("/account/requests").await.is_at("/account/requests").clone());
    for message in ["Till <7>", "W4SCT"] {
        let request = till.asking(person, "openid email").with("binding_message", message);
        request.ask().send().await.asked();
    }
    pages.push(browser.open("/").await.page().clone());
    pages.push(browser.open("/account/requests").await.is_at("/account/requests").clone());
    let link = world.mail("approval_wanted", &person.email).await.link();
    pages.push(browser.open(&link).await.is_at("/account/requests/decide").clone());
    pages.push(browser.press("ciba-allow").await.is_at("/account/requests/done").clone());
    pages.push(browser.open(&link).await.page().clone());
    pages.push(browser.open("/account/requests/refused").await.page().clone());
}

async fn account(browser: &mut Browser, pages: &mut Vec<Page>) {
    for path in ["/", "/account/agents", "/account/consents", "/account/password", "/logout"] {
        pages.push(browser.open(path).await.page().clone());
    }
    browser.open("/account/password").await.fill("current_password", PASSWORD).fill("password", "crimson teapot waltz");
    pages.push(browser.press("Change password").await.is_at("/account/password/done").clone());
}

async fn flow(browser: &mut Browser, request: String, pages: &mut Vec<Page>) {
    pages.push(browser.arrive(&request).await.is_at("/login").clone());
    pages.push(browser.sign_in().await.is_at("/consent").clone());
    browser.consent().await;
    pages.push(browser.open("/").await.page().clone());
    let wrong = request.replace("redirect_uri=https", "redirect_uri=http");
    pages.push(browser.arrive(&wrong).await.page().clone());
}

#[tokio::test]
async fn every_page_can_be_read_used_and_trusted() {
    let pages = every_page().await;
    // A new page is tested the day it is added.
    let elsewhere = ["/oauth2/", "/.well-known/", "/static/", "/favicon.ico"];
    for endpoint in every_endpoint().filter(|each| each.surface == Surface::Page && each.takes(&Method::GET)) {
        let here = endpoint.path.split('{').next().unwrap();
        let seen = pages.iter().any(|page| page.path.starts_with(here) && (here != "/" || page.path == "/"));
        assert!(seen || elsewhere.iter().any(|path| here.starts_with(path)), "{} was not looked at", endpoint.path);
    }
    for page in &pages {
        let html = Html::parse_document(&page.answer.text());
        judge_words(page, &html);
        judge_fields(page, &html);
        judge_code(page, &html);
        judge_headers(page);
    }
}

fn judge_words(page: &Page, html: &Html) {
    let at = &page.address;
    assert!(page.answer.text().trim_start().starts_with("<!doctype html>"), "{at}");
    assert_eq!(all(html, "html[lang=en]").len(), 1, "{at}");
    assert!(page.title.ends_with(" – Signet") && page.title.len() > " – Signet".len() + 3, "{at}: {}", page.title);
    assert_eq!(all(html, "h1").len(), 1, "{at}");
    assert_eq!((all(html, "main").len(), all(html, "header").len()), (1, 1), "{at}");
    assert!(page.text.contains("id.example.test"), "{at}: the host is not named");
    assert!(!page.text.contains("{{") && !page.text.contains("undefined") && !page.text.contains("None"), "{at}");
    // An error is said in the title too, and the summary takes focus.
    let problems = all(html, "#problem[role=alert][tabindex=\"-1\"][autofocus]");
    assert_eq!(problems.len(), usize::from(page.title.starts_with("Error: ")), "{at}");
    assert_eq!(page.title.starts_with("Error: "), page.status() == 422, "{at}");
    assert!(all(html, "[autofocus]").len() <= 1, "{at}: two things take focus");
}

/// What password managers and browsers fill in.
const KNOWN: &[&str] = &["username", "current-password", "new-password", "name", "one-time-code"];

fn judge_fields(page: &Page, html: &Html) {
    let at = &page.address;
    for form in all(html, "form") {
        let hidden = form.select(&Selector::parse("input[type=hidden][name=csrf]").unwrap()).next();
        assert!(form.attr("method") == Some("post"), "{at}");
        assert!(form.attr("action").is_some_and(|action| action.starts_with('/')), "{at}");
        assert!(hidden.is_some_and(|input| input.attr("value").is_some_and(|value| value.len() >= 43)), "{at}");
    }
    for input in all(html, "input:not([type=hidden]):not([hidden])") {
        let id = input.attr("id").unwrap();
        assert_eq!(all(html, &format!("label[for=\"{id}\"]")).len(), 1, "{at}: {id} has no label");
        let autocomplete = input.attr("autocomplete").unwrap_or_else(|| panic!("{at}: {id}"));
        let known = if id == "user_code" { &["off"][..] } else { KNOWN };
        assert!(known.contains(&autocomplete), "{at}: {id} is {autocomplete}");
        assert!(input.attr("type") != Some("password") || input.attr("value").is_none(), "{at}");
        for description in input.attr("aria-describedby").unwrap_or_default().split_whitespace() {
            assert_eq!(all(html, &format!("#{description}")).len(), 1, "{at}: {description} is nowhere");
        }
        let wrong = all(html, &format!("#{id}-error")).len();
        assert_eq!(usize::from(input.attr("aria-invalid") == Some("true")), wrong, "{at}: {id}");
    }
    for link in all(html, "#problem a") {
        assert_eq!(all(html, link.attr("href").unwrap()).len(), 1, "{at}: the summary leads nowhere");
    }
    for image in all(html, "img") {
        assert!(image.attr("alt").is_some(), "{at}");
    }
}

/// Everything has to work under the policy: no inline style, script or handler, nothing from elsewhere.
fn judge_code(page: &Page, html: &Html) {
    let at = &page.address;
    assert!(all(html, "style, [style], iframe, object, embed, base").is_empty(), "{at}");
    for script in all(html, "script") {
        assert!(script.attr("src").is_some_and(|src| src.starts_with("/static/")), "{at}");
        assert!(script.inner_html().is_empty(), "{at}");
    }
    for link in all(html, "link[href]") {
        assert!(link.attr("href").unwrap().starts_with("/static/"), "{at}");
    }
    for element in all(html, "*") {
        let handler = element.value().attrs().find(|(name, _)| name.starts_with("on"));
        assert!(handler.is_none(), "{at}: {handler:?}");
        let href = element.attr("href").unwrap_or_default();
        assert!(!href.to_ascii_lowercase().starts_with("javascript:"), "{at}");
    }
}

fn judge_headers(page: &Page) {
    let (at, answer) = (&page.address, &page.answer);
    let policy = answer.header("content-security-policy");
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.split("; ").any(|each| each.starts_with(directive)), "{at}: {directive} not in {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("nonce"), "{at}: {policy}");
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{at}");
    assert_eq!(answer.header("cache-control"), "no-store", "{at}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{at}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{at}");
    // An application may have opened the sign-in as a popup, and waits for it.
    let opener = if at.contains("flow=") { "unsafe-none" } else { "same-origin" };
    assert_eq!(answer.header("cross-origin-opener-policy"), opener, "{at}");
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000; includeSubDomains", "{at}");
    assert!(!answer.headers.contains_key("access-control-allow-origin"), "{at}");
    assert!(answer.header("x-request-id").starts_with("req_"), "{at}");
}

#[tokio::test]
async fn what_outside_tools_rely_on_is_there() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let ids = |page: &Page, ids: &[&str]| {
        let html = Html::parse_document(&page.answer.text());
        for id in ids {
            assert_eq!(all(&html, &format!("#{id}")).len(), 1, "{}: #{id}", page.address);
        }
    };
    let mut browser = alice.browser();
    let login = browser.authorize(&shop).await.is_at("/login");
    assert!(login.text.contains("Sign in") && login.text.contains("Shop"));
    ids(login, &["username", "password", "login-submit"]);
    ids(browser.sign_in().await.is_at("/consent"), &["consent-allow", "consent-deny"]);
    ids(browser.open("/logout").await.is_at("/logout"), &["logout-confirm"]);
    assert!(browser.press("logout-confirm").await.page().text.contains("signed out"));
    let invalid = shop.request().with("redirect_uri", "https://evil.test/cb").path();
    assert!(browser.arrive(&invalid).await.page().text.contains("redirect_uri"));
}

#[tokio::test]
async fn the_login_page_fits_into_thirty_kilobytes_and_four_requests() {
    let world = World::start().await;
    let mut browser = world.browser();
    let page = browser.open("/login").await.page().clone();
    let html = Html::parse_document(&page.answer.text());
    let fetched: Vec<_> = all(&html, "link[href], script[src], img[src]")
        .into_iter()
        .map(|element| element.attr("href").or(element.attr("src")).unwrap().to_owned())
        .collect();
    assert!(fetched.len() <= 3, "{fetched:?}");
    let mut size = page.answer.body.len();
    for address in fetched {
        size += world.get(&address).await.expect(200).body.len();
    }
    assert!(size <= 30 * 1024, "{size} bytes");
}

#[tokio::test]
async fn what_people_are_called_is_only_ever_text() {
    let world = World::start().await;
    let name = "<script>alert(1)</script><b>\"Nora\" & 'Co'</b>{{ 7 * 7 }}";
    world.front_end().register("nora@example.test", PASSWORD, name).await.expect(202);
    let code = world.mail("verify_email", "nora@example.test").await.code();
    world.front_end().verify_by_code("nora@example.test", &code).await.expect(200);
    let mut browser = world.browser();
    browser.open("/login").await.fill("username", "nora@example.test").fill("password", PASSWORD);
    let page = browser.press("Sign in").await.is_at("/");
    assert!(page.text.contains(name), "{}", page.text);
    let shop = world.client("shop").with(|client| client.client_uri = Some("https://shop.example.test".into()));
    let shop = shop.with(|client| client.name = "<img src=x onerror=alert(1)>".into()).create().await;
    let page = browser.authorize(&shop).await.is_at("/consent");
    assert!(page.text.contains("<img src=x onerror=alert(1)>") && page.text.contains(name));
    let hint = shop.request().with("prompt", "login").with("login_hint", "\"><script>alert(1)</script>");
    let page = browser.authorize(&hint).await.is_at("/login");
    assert_eq!(page.field("username").unwrap().value, "\"><script>alert(1)</script>");
    assert!(!page.answer.text().contains("<script>alert"));
}

#[tokio::test]
async fn a_notice_says_only_what_happened() {
    let world = World::start().await;
    let mut browser = world.person("alice").verified().await.signed_in().await;
    let page = browser.open("/?ended=You+won+a+prize&notice=evil&errors=evil").await.page();
    assert!(!page.text.contains("prize") && !page.text.contains("evil"));
}

#[tokio::test]
async fn home_shows_what_happened_to_the_account() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    world.front_end().login(&alice.email, "not the password").await.problem(401, "wrong_credentials");
    let mut browser = alice.signed_in().await;
    let page = browser.open("/").await.page();
    for words in ["Alice Liddell", "alice@example.test", "A sign-in failed", "Signed in", "just now", "192.0.2.1"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
}

#[tokio::test]
async fn robots_are_asked_to_stay_away() {
    let world = World::start().await;
    let answer = world.get("/robots.txt").await.expect(200);
    assert_eq!(answer.text(), "User-agent: *\nDisallow: /\n");
    assert!(answer.header("content-type").starts_with("text/plain"));
}
