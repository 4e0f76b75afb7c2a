//! `/account/requests`: the pages on which people decide what applications ask from afar (OpenID CIBA Core §7).

use signet::domain::notices::Told;

use crate::world::{Browser, Client, World, together, with};

async fn till(world: &World) -> Client {
    world.client("till").ciba().create().await
}

#[tokio::test]
async fn the_page_says_who_asks_and_for_what() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let request = till.asking(&alice, "openid email").with("binding_message", "Till 7: <W4SCT>");
    let asked = request.ask().send().await.asked();
    let mut browser = alice.signed_in().await;
    let page = browser.open("/").await.page();
    assert!(page.text.contains("An application asks for your approval."), "{}", page.text);
    let page = browser.follow("Look at what waits for you").await.is_at("/account/requests/decide");
    for words in [
        "Till",
        "Till 7: <W4SCT>",
        "just now",
        "5 minutes",
        "See your e-mail address",
        &alice.email,
        "Known here",
        "Did you start this",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(page.has_button("ciba-allow") && page.has_button("ciba-deny"));
    // Looking at it changes nothing.
    till.collect(&asked).send().await.refused(400, "authorization_pending");
    let page = browser.press("ciba-allow").await.is_at("/account/requests/done");
    assert!(page.text.contains("You allowed it"));
    let page = browser.open("/").await.page();
    for words in ["You approved what an application asked for", "Withdraw access of Till"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(!page.text.contains("asks for your approval."), "{}", page.text);
    browser.open("/account/requests").await.is_at("/account/requests");
    assert!(browser.page().text.contains("Nothing waits for you now"));
}

#[tokio::test]
async fn several_are_listed() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let (till, desk) = (till(&world).await, world.client("desk").ciba().create().await);
    let (first, second) = (till.ask(&alice, "openid").await, desk.ask(&alice, "openid").await);
    let mut browser = alice.signed_in().await;
    assert!(browser.open("/").await.page().text.contains("2 applications ask for your approval."));
    browser.open("/account/requests").await.is_at("/account/requests");
    browser.follow("Look at it and decide what Desk asks").await.is_at("/account/requests/decide");
    browser.press("ciba-deny").await.is_at("/account/requests/refused");
    desk.collect(&second).send().await.refused(400, "access_denied");
    till.collect(&first).send().await.refused(400, "authorization_pending");
}

#[tokio::test]
async fn a_mail_leads_there_and_decides_nothing() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let request = till.asking(&alice, "openid").with("binding_message", "visit evil.example.test");
    let asked = request.ask().send().await.asked();
    let mail = world.mail("approval_wanted", &alice.email).await;
    assert_eq!(mail.context["application"], "Till");
    assert!(!mail.context.to_string().contains("evil"), "no words of others: {}", mail.context);
    assert!(!mail.context.to_string().contains(&asked.auth_req_id));
    // Whoever is not signed in has to: nothing is shown before.
    let mut browser = alice.browser();
    browser.open(&mail.link()).await;
    let page = browser.is_at("/login");
    assert!(!page.text.contains("Till"), "{}", page.text);
    browser.sign_in().await.is_at("/account/requests/decide");
    let mut signed_in = alice.signed_in().await;
    signed_in.open(&mail.link()).await.is_at("/account/requests/decide");
    till.collect(&asked).send().await.refused(400, "authorization_pending");
    signed_in.press("ciba-allow").await.is_at("/account/requests/done");
    till.collect(&asked).send().await.tokens();
    signed_in.open(&mail.link()).await;
    assert_eq!(signed_in.page().status(), 410);
}

#[tokio::test]
async fn another_person_sees_and_decides_nothing() {
    let world = World::start().await;
    let (alice, eve) = (world.person("alice").verified().await, world.person("eve").verified().await);
    let till = till(&world).await;
    let asked = till.ask(&alice, "openid").await;
    let link = world.mail("approval_wanted", &alice.email).await.link();
    let mut evil = eve.signed_in().await;
    evil.open(&link).await;
    assert_eq!(evil.page().status(), 410);
    assert!(!evil.page().text.contains("Till"), "{}", evil.page().text);
    evil.open("/account/requests").await.is_at("/account/requests");
    // Nor by a form of her own with his request in it.
    till.ask(&eve, "openid").await;
    evil.look_at_request().await;
    let id = link.split('=').nth(1).unwrap();
    let fields = with(&with(&evil.fields("/account/requests/decide"), "request", id), "decision", "allow");
    assert_eq!(evil.send("/account/requests/decide", &fields).send().await.status, 410);
    till.collect(&asked).send().await.refused(400, "authorization_pending");
    assert_eq!(world.count_facts("backchannel.allowed").await, 0);
}

#[tokio::test]
async fn a_devices_request_is_not_decided_here() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let tv = world.client("tv").device().create().await;
    let begun = tv.begin_device("openid").await;
    let (till, mut browser) = (till(&world).await, alice.signed_in().await);
    till.ask(&alice, "openid").await;
    let id = world.decoupled().await.into_iter().find(|row| row.kind == "device").unwrap().id;
    let id = format!("dcp_{}", id.simple());
    browser.open(&format!("/account/requests/decide?request={id}")).await;
    assert_eq!(browser.page().status(), 410);
    browser.look_at_request().await;
    let fields = with(&with(&browser.fields("/account/requests/decide"), "request", &id), "decision", "allow");
    assert_eq!(browser.send("/account/requests/decide", &fields).send().await.status, 410);
    tv.poll(&begun.device_code).send().await.refused(400, "authorization_pending");
}

#[tokio::test]
async fn a_form_from_elsewhere_decides_nothing() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let asked = till.ask(&alice, "openid").await;
    let mut browser = alice.signed_in().await;
    browser.look_at_request().await;
    let fields = with(&browser.fields("/account/requests/decide"), "decision", "allow");
    for bad in [with(&fields, "csrf", ""), with(&fields, "csrf", "x")] {
        assert_eq!(browser.send("/account/requests/decide", &bad).send().await.status, 403);
    }
    let sent =
        browser.send("/account/requests/decide", &fields).without("origin").header("origin", "https://evil.test");
    assert_eq!(sent.send().await.status, 403);
    // Nor does one without a word, or without a request.
    assert_eq!(browser.send("/account/requests/decide", &with(&fields, "decision", "?")).send().await.status, 422);
    assert_eq!(browser.send("/account/requests/decide", &with(&fields, "request", "x")).send().await.status, 410);
    till.collect(&asked).send().await.refused(400, "authorization_pending");
}

#[tokio::test]
async fn the_address_has_to_be_proved() {
    // A person who is asked by what `sub` says, and whose address nobody proved.
    let world = World::start().await;
    let carol = world.person("carol").unverified().await;
    let till = till(&world).await;
    let request = till.asking(&carol, "openid").with("login_hint", &carol.sub());
    let asked = request.ask().send().await.asked();
    let mut browser = carol.browser();
    browser.open("/login").await.sign_in().await.open("/account/requests").await;
    if browser.page().path == "/account/requests/decide" {
        browser.press("ciba-allow").await;
        assert_eq!(browser.page().status(), 403, "{}", browser.page().text);
    }
    till.collect(&asked).send().await.refused(400, "authorization_pending");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yes_and_no_at_once_is_one_of_them() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    for _ in 0..3 {
        let asked = till.ask(&alice, "openid").await;
        let mut browsers: Vec<Browser> = Vec::new();
        for _ in 0..2 {
            let mut browser = alice.signed_in().await;
            browser.look_at_request().await;
            browsers.extend([browser.clone(), browser.clone(), browser.clone(), browser]);
        }
        let decide = |(which, mut tab): (usize, Browser)| async move {
            tab.press(if which % 2 == 0 { "ciba-allow" } else { "ciba-deny" }).await;
            tab.page().path.clone()
        };
        let ends = together(browsers.into_iter().enumerate().map(decide)).await;
        let decided: Vec<_> = ends.iter().filter(|path| *path != "/account/requests/decide").collect();
        assert_eq!(decided.len(), 1, "{ends:?}");
        let answer = till.collect(&asked).send().await;
        assert_eq!(answer.status == 200, *decided[0] == "/account/requests/done", "{}", answer.text());
    }
    let (yes, no) = (world.count_facts("backchannel.allowed").await, world.count_facts("backchannel.denied").await);
    assert_eq!(yes + no, 3);
    assert_eq!(world.job(signet::domain::oauth::ciba::SendPings).await, Told::default());
}
