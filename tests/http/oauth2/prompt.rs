//! `/oauth2/authorize`: who is asked what, and when nobody may be (OpenID Connect Core §3.1.2.1, §3.1.2.3).

use chrono::TimeDelta;

use crate::world::{Jwt, World};

#[tokio::test]
async fn none_never_shows_a_page() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let none = shop.request().with("prompt", "none");
    let mut browser = alice.browser();
    browser.authorize(&none).await;
    assert_eq!(browser.error(), "login_required");
    browser.open("/login").await.sign_in().await;
    browser.authorize(&none).await;
    assert_eq!(browser.error(), "consent_required");
    browser.authorize(&shop).await.consent().await.code();
    let code = browser.authorize(&none).await.code();
    shop.token(&code).await;
    browser.authorize(&none.clone().scope("openid email")).await;
    assert_eq!(browser.error(), "consent_required");
    world.advance(TimeDelta::minutes(5));
    browser.authorize(&none.with("max_age", "60")).await;
    assert_eq!(browser.error(), "login_required");
}

#[tokio::test]
async fn login_asks_again_and_the_sign_in_is_fresh() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    let before = identity(&world, &shop.token(&code).await.id.unwrap()).await;

    world.advance(TimeDelta::minutes(5));
    let cookie = browser.cookies.value("__Host-signet_session").unwrap().to_owned();
    browser.authorize(&shop.request().with("prompt", "login")).await.is_at("/login");
    // Going on without signing in leads nowhere.
    let flow = browser.page().address.split_once("flow=").unwrap().1.to_owned();
    browser.open(&format!("/oauth2/resume?flow={flow}")).await.is_at("/login");
    let code = browser.sign_in().await.code();
    let after = identity(&world, &shop.token(&code).await.id.unwrap()).await;
    let at = |jwt: &Jwt| jwt.claims["auth_time"].as_i64().unwrap();
    assert!(at(&after) - at(&before) >= 300);
    assert_eq!(after.claims["sid"], before.claims["sid"], "the same person goes on in the same session");
    assert_ne!(browser.cookies.value("__Host-signet_session").unwrap(), cookie, "under a new secret");
}

#[tokio::test]
async fn max_age_asks_for_a_sign_in_that_is_young_enough() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.signed_in().await;
    let signed_in = world.now().timestamp();
    world.advance(TimeDelta::minutes(10));
    let code = browser.authorize(&shop.request().with("max_age", "3600")).await.code();
    let id = identity(&world, shop.token(&code).await.id()).await;
    assert!((signed_in - id.claims["auth_time"].as_i64().unwrap()).abs() <= 5);

    let code = browser.authorize(&shop.request().with("max_age", "60")).await.sign_in().await.code();
    let id = identity(&world, shop.token(&code).await.id()).await;
    assert!(world.now().timestamp() - id.claims["auth_time"].as_i64().unwrap() <= 60);
}

#[tokio::test]
async fn max_age_0_is_as_good_as_prompt_login() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&shop.request().with("max_age", "0")).await.is_at("/login");
    browser.sign_in().await.code();
}

#[tokio::test]
async fn consent_asks_though_it_was_given() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let ours = world.client("ours").first_party().create().await;
    let mut browser = alice.signed_in().await;
    browser.authorize(&shop).await.consent().await.code();
    browser.authorize(&shop).await.code();
    browser.authorize(&shop.request().with("prompt", "consent")).await.consent().await.code();
    browser.authorize(&ours.request().with("prompt", "consent")).await.consent().await.code();
}

#[tokio::test]
async fn select_account_goes_on_or_changes_the_person() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bob = world.person("bob").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let select = shop.request().with("prompt", "select_account");
    let mut browser = alice.signed_in().await;
    browser.authorize(&select).await.is_at("/select-account");
    assert!(browser.page().text.contains(&alice.email));
    let code = browser.press("account-continue").await.code();
    assert_eq!(identity(&world, shop.token(&code).await.id()).await.claims["sub"], alice.sub());

    let mut browser = browser.of(&bob);
    let code = browser.authorize(&select).await.press("Use another account").await.sign_in().await.code();
    assert_eq!(identity(&world, shop.token(&code).await.id()).await.claims["sub"], bob.sub());
    assert_eq!(world.count_facts("session.ended").await, 1, "alice is signed out, as the page says");

    // Nobody is signed in: the sign-in is the choice.
    bob.browser().authorize(&select).await.sign_in().await.code();
}

#[tokio::test]
async fn a_hint_says_who_it_has_to_be() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bob = world.person("bob").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let tokens = shop.tokens_of(&alice).await;
    let hinted = shop.request().with("id_token_hint", tokens.id());
    let none = hinted.clone().with("prompt", "none");

    alice.signed_in().await.authorize(&none).await.code();
    // An expired hint still says who.
    world.advance(TimeDelta::hours(3));
    alice.signed_in().await.authorize(&none).await.code();

    let mut browser = bob.signed_in().await;
    browser.authorize(&none).await;
    assert_eq!(browser.error(), "login_required");
    // Bob insists; the client gets no code for somebody else.
    browser.authorize(&hinted).await.sign_in().await;
    assert_eq!(browser.error(), "login_required");
    let mut browser = browser.of(&alice);
    let code = browser.authorize(&hinted).await.sign_in().await.code();
    assert_eq!(identity(&world, shop.token(&code).await.id()).await.claims["sub"], alice.sub());

    // An access token is no ID token.
    browser.authorize(&shop.request().with("id_token_hint", &tokens.access)).await;
    assert_eq!(browser.error(), "invalid_request");
}

async fn identity(world: &World, id_token: &str) -> Jwt {
    world.jwks().await.verify(id_token)
}

#[tokio::test]
async fn create_makes_an_account_first() {
    // Initiating User Registration via OpenID Connect §4.
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let create = shop.request().with("prompt", "create").with("login_hint", "dora@example.test");
    for mut browser in [world.browser(), alice.signed_in().await] {
        let page = browser.authorize(&create).await.is_at("/register");
        assert_eq!(page.field("email").unwrap().value, "dora@example.test");
        // Going on without an account leads nowhere.
        let flow = page.address.split_once("flow=").unwrap().1.to_owned();
        browser.open(&format!("/oauth2/resume?flow={flow}")).await.is_at("/register");
    }

    let mut browser = alice.signed_in().await;
    browser.authorize(&create).await;
    browser.fill("name", "Dora").fill("email", "dora@example.test").fill("password", crate::world::PASSWORD);
    browser.press("Create account").await.is_at("/verify-email");
    let code = world.mail("verify_email", "dora@example.test").await.code();
    browser.fill("code", &code).press("Confirm address").await.is_at("/verify-email/done");
    browser.follow("Continue to Shop").await.is_at("/login");
    browser.fill("username", "dora@example.test").fill("password", crate::world::PASSWORD);
    let code = browser.press("Sign in").await.code();
    let sub = identity(&world, shop.token(&code).await.id()).await.claims["sub"].clone();
    assert_ne!(sub, alice.sub(), "not whoever was here before");

    // Who finds on that page that there is an account already, uses it.
    let mut browser = alice.browser();
    browser.authorize(&create).await.follow("Sign in").await.sign_in().await.code();
    let none = create.with("prompt", "create none");
    browser.authorize(&none).await;
    assert_eq!(browser.error(), "invalid_request");
}

#[tokio::test]
async fn create_is_not_offered_where_nobody_may_register() {
    let world = World::configured(|config| config.registration.open = false).await;
    let shop = world.client("shop").first_party().create().await;
    let mut browser = world.browser();
    browser.authorize(&shop.request().with("prompt", "create")).await;
    assert_eq!(browser.error(), "invalid_request");
    let document = world.get("/.well-known/openid-configuration").await.json();
    assert!(!document["prompt_values_supported"].as_array().unwrap().contains(&"create".into()));
}

#[tokio::test]
async fn a_client_may_have_a_max_age_of_its_own() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().with(|create| create.metadata.default_max_age = Some(60));
    let shop = shop.create().await;
    let mut browser = alice.signed_in().await;
    world.advance(TimeDelta::minutes(2));
    browser.authorize(&shop.request().with("max_age", "3600")).await.code();
    browser.authorize(&shop).await.is_at("/login");
}
