//! `/device`: the pages on which a person signs a device in (RFC 8628 §3.3, §5.1, §5.4).

use signet::config::{Rate, Span};

use crate::world::{Client, World, together, with};

async fn tv(world: &World) -> Client {
    world.client("tv").device().create().await
}

#[tokio::test]
async fn the_page_says_who_asks_from_where_and_for_what() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let call = tv.device_authorization().with("scope", "openid email").call_to("/oauth2/device_authorization");
    let begun = call.from("198.51.100.9").header("user-agent", "curl/8.5.0").send().await.begun();
    let mut browser = alice.browser();
    browser.enter(&begun.user_code).await;
    let page = browser.is_at("/login");
    assert!(page.text.contains("Tv"), "who is waiting: {}", page.text);
    browser.sign_in().await;
    let page = browser.is_at("/device/confirm");
    for words in [
        "Tv",
        &begun.user_code,
        "curl",
        "198.51.100.9",
        "just now",
        "See your e-mail address",
        &alice.email,
        "Known here",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(page.text.contains("Did you start this yourself"), "{}", page.text);
    assert!(page.has_button("device-allow") && page.has_button("device-deny"));
    let page = browser.press("device-allow").await.is_at("/device/done");
    assert!(page.text.contains("Go back to your device"));
    let page = browser.open("/").await.page();
    assert!(
        page.text.contains("You signed in a device") && page.text.contains("Withdraw access of Tv"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn it_is_asked_every_time() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    // Neither an earlier word nor the operator's trust spares the question: the code may be a stranger's (§5.4).
    let tv = world.client("tv").device().first_party().create().await;
    let mut browser = alice.signed_in().await;
    for _ in 0..2 {
        let begun = tv.begin_device("openid").await;
        browser.enter(&begun.user_code).await.is_at("/device/confirm");
        browser.press("device-allow").await.is_at("/device/done");
    }
}

#[tokio::test]
async fn a_code_is_taken_as_people_type_it() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let mut browser = alice.signed_in().await;
    let spellings: [fn(&str) -> String; 4] = [
        |code| code.to_lowercase(),
        |code| code.replace('-', ""),
        |code| code.replace('-', " ").to_lowercase(),
        |code| code.chars().map(|c| format!("{c} ")).collect(),
    ];
    for spelled in spellings {
        let begun = tv.begin_device("openid").await;
        browser.enter(&spelled(&begun.user_code)).await.is_at("/device/confirm");
    }
}

#[tokio::test]
async fn a_code_in_the_address_only_fills_the_field() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    let complete = begun.json["verification_uri_complete"].as_str().unwrap().to_owned();
    let mut browser = alice.signed_in().await;
    let page = browser.arrive(&complete).await.is_at("/device");
    assert_eq!(page.field("user_code").unwrap().value, begun.user_code); // §3.3.1: compared with the device
    assert!(page.text.contains("Check that this is the code on your device"), "{}", page.text);
    tv.poll(&begun.device_code).send().await.refused(400, "authorization_pending");
    browser.press("device-submit").await.is_at("/device/confirm");
    // What somebody put into a link is text.
    let page = browser.arrive("/device?user_code=%22%3E%3Cscript%3E").await.is_at("/device");
    assert_eq!(page.field("user_code").unwrap().value, "\"><script>");
    browser.arrive("/device?user_code=a&user_code=b").await;
    assert_eq!(browser.page().status(), 400);
}

#[tokio::test]
async fn a_wrong_code_is_told_and_kept() {
    let world = World::start().await;
    let tv = tv(&world).await;
    tv.begin_device("openid").await;
    let mut browser = world.browser();
    for (typed, words) in [
        ("", "8 letters"),
        ("WDJB", "8 letters"),
        ("AEIO-UAEI", "8 letters"),
        ("1234-5678", "8 letters"),
        ("BBBB-BBBB", "not one that waits here"),
    ] {
        let page = browser.enter(typed).await.is_at("/device");
        assert_eq!(page.status(), 422, "{typed}");
        assert!(page.text.contains(words), "{typed}: {}", page.text);
        assert_eq!(page.field("user_code").unwrap().value, typed);
    }
}

#[tokio::test]
async fn the_decision_belongs_to_the_browser_that_knew_the_code() {
    let world = World::start().await;
    let (alice, eve) = (world.person("alice").verified().await, world.person("eve").verified().await);
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    let mut evil = eve.signed_in().await;
    let address = evil.enter(&begun.user_code).await.is_at("/device/confirm").address.clone();
    // Eve sends Alice the link to the last page: it is of no use in another browser.
    let mut browser = alice.signed_in().await;
    browser.arrive(&address).await;
    assert_eq!(browser.page().status(), 410);
    // A form from another site is none.
    let flow = address.split('=').nth(1).unwrap().to_owned();
    let pairs = [("flow".to_owned(), flow), ("decision".to_owned(), "allow".to_owned())];
    evil.clone().arrive_by_post("/device/confirm", &pairs).await.is_at("/device/confirm");
    tv.poll(&begun.device_code).send().await.refused(400, "authorization_pending");
    let stranger = world.browser().open("/device/confirm").await.page().status();
    assert_eq!(stranger, 410, "without a flow there is nothing to decide");
}

#[tokio::test]
async fn nobody_decides_on_the_page_of_somebody_else() {
    let world = World::start().await;
    let (alice, bob) = (world.person("alice").verified().await, world.person("bob").verified().await);
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    let mut browser = alice.browser();
    browser.open("/device").await.fill("user_code", &begun.user_code).press("Continue").await;
    browser.sign_in().await.is_at("/device/confirm");
    let of_alice = with(&browser.fields("/device/confirm"), "decision", "allow");
    browser.open("/logout").await.press("logout-confirm").await;
    let mut browser = browser.of(&bob);
    browser.open("/login").await.sign_in().await.is_at("/");
    browser.send("/device/confirm", &of_alice).send().await.expect(403);
    tv.poll(&begun.device_code).send().await.refused(400, "authorization_pending");
}

#[tokio::test]
async fn another_account_can_be_chosen_on_the_way() {
    let world = World::start().await;
    let (alice, bob) = (world.person("alice").verified().await, world.person("bob").verified().await);
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    let mut browser = alice.signed_in().await;
    browser.enter(&begun.user_code).await.is_at("/device/confirm");
    browser.follow("Use another account").await.is_at("/select-account");
    browser.press("account-other").await.is_at("/login");
    let mut browser = browser.of(&bob);
    browser.sign_in().await.is_at("/device/confirm");
    browser.press("device-allow").await.is_at("/device/done");
    let tokens = tv.poll(&begun.device_code).send().await.tokens();
    assert_eq!(world.jwks().await.verify(tokens.id()).claims["sub"], bob.sub());
}

#[tokio::test]
async fn the_address_has_to_be_proved_first() {
    let world = World::start().await;
    let carol = world.person("carol").unverified().await;
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    let mut browser = carol.browser();
    browser.enter(&begun.user_code).await.sign_in().await;
    assert_ne!(browser.page().path, "/device/confirm", "{}", browser.page().text);
    tv.poll(&begun.device_code).send().await.refused(400, "authorization_pending");
}

#[tokio::test]
async fn guessing_is_limited_by_address_and_by_person() {
    let rate = Rate::new(4, Span::hours(1));
    let world = World::configured(|config| config.limits.user_codes_per_address = rate).await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    let mut guesser = world.browser().from("198.51.100.1");
    for _ in 0..4 {
        assert_eq!(guesser.enter("BBBB-BBBB").await.page().status(), 422);
    }
    let page = guesser.enter(&begun.user_code).await.is_at("/device"); // the right one, too late
    assert_eq!(page.status(), 429);
    assert!(!page.answer.header("retry-after").is_empty());
    // A new browser at the same address is no other guesser; another address is.
    assert_eq!(world.browser().from("198.51.100.1").enter("BBBB-BBBB").await.page().status(), 429);
    assert_eq!(world.browser().from("198.51.100.2").enter("BBBB-BBBB").await.page().status(), 422);
    // Whoever is signed in is one guesser at any address.
    let browser = alice.signed_in().await;
    for last in 10..14 {
        let status = browser.clone().from(&format!("198.51.100.{last}")).enter("BBBB-BBBB").await.page().status();
        assert_eq!(status, 422);
    }
    assert_eq!(browser.clone().from("198.51.100.20").enter("BBBB-BBBB").await.page().status(), 429);
}

#[tokio::test]
async fn guessing_from_everywhere_is_limited_together() {
    let rate = Rate::new(5, Span::hours(1));
    let world = World::configured(|config| config.limits.user_code_failures = rate).await;
    let tv = tv(&world).await;
    let begun = tv.begin_device("openid").await;
    let at = |last: u8| world.browser().from(&format!("198.51.100.{last}"));
    at(99).enter(&begun.user_code).await.is_at("/login"); // right ones do not count
    for last in 1..=5 {
        assert_eq!(at(last).enter("BBBB-BBBB").await.page().status(), 422);
    }
    assert_eq!(at(6).enter("BBBB-BBBB").await.page().status(), 429);
    assert_eq!(at(7).enter(&begun.user_code).await.page().status(), 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yes_and_no_at_once_is_one_of_them() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = tv(&world).await;
    for _ in 0..3 {
        let begun = tv.begin_device("openid").await;
        // Two browsers that both know the code, four tabs each.
        let mut browsers = Vec::new();
        for _ in 0..2 {
            let mut browser = alice.signed_in().await;
            browser.enter(&begun.user_code).await.is_at("/device/confirm");
            browsers.extend([browser.clone(), browser.clone(), browser.clone(), browser]);
        }
        let decide = |(which, mut tab): (usize, crate::world::Browser)| async move {
            tab.press(if which % 2 == 0 { "device-allow" } else { "device-deny" }).await;
            tab.page().path.clone()
        };
        let ends = together(browsers.into_iter().enumerate().map(decide)).await;
        let decided: Vec<_> = ends.iter().filter(|path| *path != "/device/confirm").collect();
        assert_eq!(decided.len(), 1, "{ends:?}");
        let answer = tv.poll(&begun.device_code).send().await;
        assert_eq!(answer.status == 200, *decided[0] == "/device/done", "{}", answer.text());
    }
    let (yes, no) = (world.count_facts("device.allowed").await, world.count_facts("device.denied").await);
    assert_eq!(yes + no, 3);
}
