//! Sessions: what the cookie is, how long it is good, and who can end whose.

use axum::http::{Method, header};
use chrono::TimeDelta;
use signet::domain::users::{DeleteUser, Whom};

use crate::world::{Browser, PASSWORD, Person, World, with};

const COOKIE: &str = "__Host-signet_session";

/// A browser as it is, in another window that nobody looks at: what a copied cookie is worth.
fn copy(browser: &Browser) -> Browser {
    browser.clone()
}

async fn is_signed_in(browser: &Browser) -> bool {
    copy(browser).open("/").await.page().heading == "Your account"
}

/// The sessions on the page at home: the words of each row's device, and how to end it.
async fn own_rows(browser: &mut Browser) -> Vec<String> {
    browser.open("/").await;
    let forms = browser.page().forms.iter().filter(|form| form.action == "/account/sessions/end");
    let sessions = forms.flat_map(|form| &form.fields).filter(|field| field.name == "session");
    sessions.map(|field| field.value.clone()).collect()
}

#[tokio::test]
async fn the_cookie_is_one_that_no_script_and_no_other_site_can_use() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.browser();
    browser.open("/login").await;
    let fields = with(&browser.fields("/login"), "username", &alice.email);
    let answer = browser.send("/login", &with(&fields, "password", PASSWORD)).send().await.expect(303);
    assert_eq!((answer.header("location"), answer.header("cache-control")), ("/", "no-store"));
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    let (pair, attributes) = cookies[0].split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000");
    let (name, value) = pair.split_once('=').unwrap();
    assert_eq!(name, COOKIE);
    let random = value.strip_prefix("sgt_se_").unwrap();
    assert_eq!(random.len(), 43, "256 bits");
    assert!(!world.snapshot().await["user_session"][0].contains(random), "only its digest is kept");
}

#[tokio::test]
async fn on_a_plain_development_host_the_cookie_has_a_plain_name() {
    let world = World::configured(|config| config.issuer = signet::config::Issuer::localhost(8001)).await;
    let answer = world.call(Method::GET, "/login").without("host").header("host", "localhost:8001").send().await;
    let cookie = answer.expect(200).header("set-cookie").to_owned();
    assert!(cookie.starts_with("signet_browser=") && !cookie.contains("Secure") && cookie.contains("HttpOnly"));
}

#[tokio::test]
async fn signing_in_gives_a_new_secret_and_kills_the_old_one() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.browser();
    // What an attacker planted is not taken over.
    browser.cookies.plant(COOKIE, "sgt_se_planted");
    browser.open("/login").await.sign_in().await;
    let before = copy(&browser);
    assert_ne!(browser.cookies.value(COOKIE), Some("sgt_se_planted"));
    // Signing in again in the same browser: the login page of another tab, opened before.
    let mut other = alice.browser();
    other.open("/login").await;
    let sign_in = with(&other.fields("/login"), "username", &alice.email);
    let mut both = other.clone();
    both.cookies.plant(COOKIE, before.cookies.value(COOKIE).unwrap());
    let answer = both.send("/login", &with(&sign_in, "password", PASSWORD)).send().await.expect(303);
    both.cookies.take(&answer.headers, world.now());
    assert_ne!(both.cookies.value(COOKIE), before.cookies.value(COOKIE));
    assert!(is_signed_in(&both).await && !is_signed_in(&before).await);
    assert_eq!(world.count("user_session").await, 1, "the same session, under a new secret");
}

#[tokio::test]
async fn another_person_in_the_same_browser_ends_the_session_that_was_there() {
    let world = World::start().await;
    let (alice, bob) = (world.person("alice").verified().await, world.person("bob").verified().await);
    let alices = alice.signed_in().await;
    let mut bobs = bob.browser();
    bobs.open("/login").await;
    let fields = with(&bobs.fields("/login"), "username", &bob.email);
    bobs.cookies.plant(COOKIE, alices.cookies.value(COOKIE).unwrap());
    let answer = bobs.send("/login", &with(&fields, "password", PASSWORD)).send().await.expect(303);
    bobs.cookies.take(&answer.headers, world.now());
    assert!(!is_signed_in(&alices).await);
    assert!(bobs.open("/").await.page().text.contains("Bob Liddell"));
    let ended: Vec<_> = alice.activity().await.into_iter().filter(|fact| fact.name == "session.ended").collect();
    assert_eq!(ended[0].details["reason"], "replaced");
}

#[tokio::test]
async fn signing_out_kills_the_cookie_on_the_server_too() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.signed_in().await;
    let stolen = copy(&browser);
    browser.open("/sign-out").await.is_at("/");
    assert!(is_signed_in(&browser).await, "looking at it signs nobody out");
    browser.press("Sign out").await;
    assert!(browser.is_at("/sign-out").text.contains("signed out"));
    assert_eq!(browser.cookies.value(COOKIE), None);
    assert!(!is_signed_in(&stolen).await);
    // Again, with nobody signed in, it is the same.
    let fields = vec![("csrf".to_owned(), "gone".to_owned())];
    assert_eq!(stolen.send("/sign-out", &fields).send().await.expect(303).header("location"), "/sign-out");
}

#[tokio::test]
async fn people_see_their_devices_and_end_one_or_all_others() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut here = alice.signed_in().await;
    let (second, third, fourth) = (alice.signed_in().await, alice.signed_in().await, alice.signed_in().await);
    let (front_end, _) = alice.front_end().await;
    assert_eq!(own_rows(&mut here).await.len(), 5, "four others, and the button for all of them");
    assert!(here.page().text.contains("This device") && here.page().text.contains("Chrome on Linux"));

    let first_listed = own_rows(&mut here).await[0].clone();
    here.press("Sign out Unknown device").await;
    assert!(here.is_at("/").text.contains("That device was signed out."));
    assert!(!own_rows(&mut here).await.contains(&first_listed));
    front_end.get("me").await.problem(401, "invalid_token");
    assert!(is_signed_in(&second).await);

    here.open("/").await.press("Sign out other devices").await;
    assert!(here.is_at("/").text.contains("Your other devices were signed out."));
    for other in [&second, &third, &fourth] {
        assert!(!is_signed_in(other).await);
    }
    assert!(is_signed_in(&here).await && own_rows(&mut here).await.is_empty());
    assert_eq!(world.count_facts("session.ended").await, 4);
}

#[tokio::test]
async fn nobody_ends_anothers_session() {
    let world = World::start().await;
    let (alice, bob) = (world.person("alice").verified().await, world.person("bob").verified().await);
    let (mut alices, bobs) = (alice.signed_in().await, bob.signed_in().await);
    let (front_end, tokens) = bob.front_end().await;
    let before = world.snapshot().await;
    let fields = alices.open("/").await.fields("/sign-out");
    for session in [tokens.session.as_str(), "ses_00000000000000000000000000000000", "nonsense", ""] {
        alices.send("/account/sessions/end", &with(&fields, "session", session)).send().await.error_page(404);
        let (mine, _) = (alice.front_end().await.0, ());
        let path = if session.is_empty() { "sessions/%20".into() } else { format!("sessions/{session}") };
        mine.delete(&path).await.problem(404, "not_found");
    }
    let after = world.snapshot().await;
    let still: Vec<_> = before["user_session"].iter().filter(|row| after["user_session"].contains(row)).collect();
    assert_eq!(still.len(), before["user_session"].len());
    assert!(is_signed_in(&bobs).await);
    front_end.get("me").await.expect(200);
}

#[tokio::test]
async fn json_lists_and_ends_sessions_of_both_kinds() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let browser = alice.signed_in().await;
    let (front_end, tokens) = alice.front_end().await;
    let listed = front_end.get("sessions").await.expect(200).json()["sessions"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 2);
    assert_eq!((&listed[0]["id"], &listed[0]["kind"]), (&tokens.session.clone().into(), &"api".into()));
    assert_eq!((&listed[0]["current"], &listed[1]["current"]), (&true.into(), &false.into()));
    assert_eq!((&listed[1]["kind"], &listed[1]["device"]), (&"browser".into(), &"Chrome on Linux".into()));
    assert_eq!(listed[1]["address"], "192.0.2.1");
    let path = format!("sessions/{}", listed[1]["id"].as_str().unwrap());
    front_end.delete(&path).await.expect(204);
    assert!(!is_signed_in(&browser).await);
    front_end.delete(&path).await.expect(204);
    assert_eq!(world.count_facts("session.ended").await, 1, "what was over ends no second time");
    front_end.delete(&format!("sessions/{}", tokens.session)).await.expect(204);
    front_end.get("me").await.problem(401, "invalid_token");
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used() {
    let world = World::start().await;
    let browser = world.person("alice").verified().await.signed_in().await;
    world.advance(TimeDelta::days(14));
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_session_in_use_ends_at_its_absolute_end() {
    let world = World::start().await;
    if world.on_redis() {
        return; // what it caches for a minute knows nothing of a turned clock
    }
    let browser = world.person("alice").verified().await.signed_in().await;
    for _ in 0..2 {
        world.advance(TimeDelta::days(13));
        assert!(is_signed_in(&browser).await);
    }
    world.advance(TimeDelta::days(4) - TimeDelta::minutes(1));
    assert!(is_signed_in(&browser).await);
    world.advance(TimeDelta::minutes(1));
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_clock_that_is_turned_back_revives_nothing() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mut browser = alice.signed_in().await;
    let stolen = copy(&browser);
    browser.open("/").await.press("Sign out").await;
    world.advance(TimeDelta::hours(-1));
    assert!(!is_signed_in(&stolen).await);
}

#[tokio::test]
async fn a_lock_works_at_once_everywhere() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let browser = alice.signed_in().await;
    let (front_end, tokens) = alice.front_end().await;
    alice.lock().await;
    assert!(!is_signed_in(&browser).await);
    front_end.get("me").await.problem(401, "invalid_token");
    front_end.refresh(&tokens.refresh).await.problem(400, "invalid_grant");
    world.front_end().login(&alice.email, PASSWORD).await.problem(401, "wrong_credentials");
    alice.unlock().await;
    assert!(!is_signed_in(&browser).await, "what clients were told is over does not come back");
    front_end.get("me").await.problem(401, "invalid_token");
    front_end.refresh(&tokens.refresh).await.problem(400, "invalid_grant");
    assert!(is_signed_in(&alice.signed_in().await).await);
}

#[tokio::test]
async fn with_a_person_everything_of_theirs_goes() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let browser = alice.signed_in().await;
    let (front_end, tokens) = alice.front_end().await;
    world.operator(DeleteUser { whom: Whom::Id(alice.id) }).await.unwrap();
    assert!(!is_signed_in(&browser).await);
    front_end.get("me").await.problem(401, "invalid_token");
    front_end.refresh(&tokens.refresh).await.problem(400, "invalid_grant");
    for table in ["user", "user_session", "credential_password", "refresh_token_family"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
    // The address is free again, and the new person is another.
    let again = world.person("alice").verified().await;
    assert_ne!(again.id, alice.id);
}

#[tokio::test]
async fn cookies_that_mean_nothing_are_nobody() {
    let world = World::start().await;
    let long = "a".repeat(5000);
    for value in ["", "sgt_se_", "x", "\u{e4}\u{f6}", "a b", "\"quoted\"", "=;=", "%00", &long] {
        let cookie = format!("{COOKIE}={value}; __Host-signet_browser={value}");
        let answer = world.call(Method::GET, "/").header(header::COOKIE, &cookie).send().await;
        assert!(answer.page(200).text.contains("One account for your applications"), "{value:?}");
    }
    // Two of one name: the first counts, and a stranger's second one changes nothing.
    let alice: Person = world.person("alice").verified().await;
    let browser = alice.signed_in().await;
    let own = browser.cookies.value(COOKIE).unwrap();
    let twice = format!("{COOKIE}={own}; {COOKIE}=sgt_se_other");
    let answer = world.call(Method::GET, "/").header(header::COOKIE, &twice).send().await;
    assert!(answer.page(200).text.contains("Alice Liddell"));
}
