//! A request in progress: bound to its browser, independent of other tabs, answered once.

use chrono::TimeDelta;

use crate::world::World;

#[tokio::test]
async fn several_tabs_at_once_each_get_their_own_answer() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let forum = world.client("forum").create().await;
    let mut first = alice.browser();
    first.authorize(&shop.request().with("state", "first")).await.is_at("/login");
    let mut second = first.tab();
    second.authorize(&forum.request().with("state", "second")).await.is_at("/login");
    let mut third = first.tab();
    third.authorize(&shop.request().with("state", "third").scope("openid email")).await.is_at("/login");

    second.sign_in().await.is_at("/consent");
    // The other tabs still show the sign-in form; sending it is fine.
    first.share(&second).sign_in().await.is_at("/consent");
    third.share(&first).open("/").await.is_at("/");
    second.share(&first);
    let codes = [first.consent().await.code(), second.consent().await.code()];
    assert_eq!(first.arrival().parameters["state"], "first");
    assert_eq!(second.arrival().parameters["state"], "second");
    shop.token(&codes[0]).await;
    forum.token(&codes[1]).await;
}

#[tokio::test]
async fn a_flow_of_another_browser_is_refused() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let mallory = world.person("mallory").verified().await;
    let shop = world.client("shop").create().await;
    // Mallory begins a flow and makes Alice finish it.
    let mut attacker = mallory.browser();
    attacker.authorize(&shop).await.sign_in().await.is_at("/consent");
    let flow = attacker.page().address.split_once('?').unwrap().1.to_owned();
    let mut victim = alice.signed_in().await;
    for path in ["/oauth2/resume", "/consent", "/select-account"] {
        let page = victim.open(&format!("{path}?{flow}")).await.page();
        assert_eq!(page.status(), 410, "{path}: {}", page.text);
    }
    // The sign-in page works, but leads home.
    let mut victim = alice.browser();
    victim.open(&format!("/login?{flow}")).await.sign_in().await.is_at("/");
    attacker.consent().await.code();
}

#[tokio::test]
async fn a_popup_stays_in_touch_with_its_opener_from_the_request_to_the_answer() {
    const COOP: &str = "cross-origin-opener-policy";
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let request = shop.request();
    assert_eq!(world.get(&request.path()).await.expect(303).header(COOP), "unsafe-none");
    let mut browser = alice.browser();
    browser.authorize(&request).await.is_at("/login");
    assert_eq!(browser.page().answer.header(COOP), "unsafe-none");
    browser.fill("username", "").fill("password", "wrong").press("login-submit").await;
    assert_eq!((browser.page().status(), browser.page().answer.header(COOP)), (422, "unsafe-none"));
    browser.sign_in().await.is_at("/consent");
    assert_eq!(browser.page().answer.header(COOP), "unsafe-none");
    let fields = browser.fields("/consent");
    let allowed = browser.send("/consent", &[fields, vec![("decision".into(), "allow".into())]].concat()).send().await;
    assert_eq!(allowed.expect(303).header(COOP), "unsafe-none");

    // The flow is over, or somebody else's, or was never begun: nobody may hold on to these windows.
    for page in [browser.page().address.clone(), "/login".into(), "/oauth2/authorize?client_id=nobody".into()] {
        browser.open(&page).await;
        assert_eq!(browser.page().answer.header(COOP), "same-origin", "{page}");
    }
}

#[tokio::test]
async fn a_flow_is_answered_once() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.browser();
    browser.authorize(&shop).await.sign_in().await.is_at("/consent");
    let mut again = browser.clone();
    let mut denied = browser.clone();
    browser.consent().await.code();
    assert_eq!(again.consent().await.page().status(), 410);
    assert_eq!(denied.press("consent-deny").await.page().status(), 410);
    assert_eq!(world.count_facts("authorization.granted").await, 1);
    assert_eq!(world.count_facts("consent.denied").await, 0);
}

#[tokio::test]
async fn a_flow_ends_after_an_hour() {
    let world = World::start().await;
    if world.on_redis() {
        return; // Redis keeps its own time; tests/ports proves that it forgets
    }
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.browser();
    browser.authorize(&shop).await.is_at("/login");
    let mut patient = browser.clone();
    world.advance(TimeDelta::minutes(59));
    patient.sign_in().await.consent().await.code();
    world.advance(TimeDelta::minutes(2));
    // The sign-in is not lost; it leads home.
    browser.sign_in().await.is_at("/");

    browser.authorize(&shop.request().with("prompt", "consent")).await.is_at("/consent");
    world.advance(TimeDelta::minutes(61));
    assert_eq!(browser.consent().await.page().status(), 410);
}

#[tokio::test]
async fn no_step_can_be_skipped() {
    let world = World::start().await;
    let alice = world.person("alice").unverified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.browser();
    let address = browser.authorize(&shop).await.page().address.clone();
    let flow = address.split_once('?').unwrap().1;
    // Signed out: the consent page sends to the sign-in.
    browser.open(&format!("/consent?{flow}")).await.is_at("/login");
    browser.sign_in().await.is_at("/verify-email");
    // Not proved: the consent can be looked at, not given.
    browser.open(&format!("/consent?{flow}")).await;
    if browser.page().path == "/consent" {
        browser.consent().await.is_at("/verify-email");
    }
    assert_eq!(world.count_facts("consent.granted").await, 0);
    assert_eq!(world.count_facts("authorization.granted").await, 0);
}

#[tokio::test]
async fn the_consent_form_of_another_site_is_refused() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let mut browser = alice.browser();
    browser.authorize(&shop).await.sign_in().await.is_at("/consent");
    let flow = browser.page().field("flow").unwrap().value.clone();
    let csrf = browser.page().field("csrf").unwrap().value.clone();
    let form = |csrf: &str| {
        [("flow", flow.as_str()), ("csrf", csrf), ("decision", "allow")].map(|(n, v)| (n.to_owned(), v.to_owned()))
    };
    let mut forged = browser.clone();
    // Another site's form: without our cookies, and said so by the browser.
    assert_eq!(forged.arrive_by_post("/consent", &form(&csrf)).await.page().status(), 403);
    // The token of another form.
    let mut forged = browser.clone();
    let other = forged.tab().open("/forgot-password").await.page().field("csrf").unwrap().value.clone();
    forged.fill("csrf", &other);
    assert_eq!(forged.consent().await.page().status(), 403);
    browser.consent().await.code();
}
