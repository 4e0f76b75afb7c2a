//! The whole way, as people and applications go it: these also run on PostgreSQL 15.

use serde_json::json;

use crate::world::{ISSUER, World};

/// Register, prove the address by the mailed link, sign in, allow, tokens, userinfo, refresh, sign out.
#[tokio::test]
async fn journey_by_link() {
    let world = World::start().await;
    let shop = world.client("shop").public().create().await;
    let mut browser = world.browser();

    let request = shop.request().scope("openid profile email");
    browser.authorize(&request).await.is_at("/login");
    browser.follow("Create an account").await.is_at("/register");
    browser
        .fill("Name", "Alice Liddell")
        .fill("E-mail address", "alice@example.test")
        .fill("Password", "violet umbrella tango")
        .press("Create account")
        .await
        .is_at("/verify-email");

    // The link is opened from the mail; a scanner's GET proves nothing.
    let link = world.mail("verify_email", "alice@example.test").await.link();
    world.get(&link).await.expect(200);
    assert_eq!(world.count_facts("email.verified").await, 0);
    let mut tab = browser.tab();
    tab.open(&link).await.press("Confirm address").await.is_at("/verify-email/done");
    assert_eq!(world.count_facts("email.verified").await, 1);

    browser.authorize(&request).await.is_at("/login");
    browser
        .fill("E-mail address", "alice@example.test")
        .fill("Password", "violet umbrella tango")
        .press("Sign in")
        .await
        .is_at("/consent");
    let code = browser.press("Allow").await.code();
    let tokens = shop.token(&code).await;

    let jwks = world.jwks().await;
    let id = jwks.verify(tokens.id()).claims;
    let access = jwks.verify(&tokens.access).claims;
    assert_eq!((&id["iss"], &id["aud"]), (&json!(ISSUER), &json!(shop.id)));
    assert_eq!(id["sub"], access["sub"]);

    let claims = shop.userinfo(&tokens.access).await.expect(200).json();
    assert_eq!(claims["sub"], id["sub"]);
    assert_eq!((&claims["name"], &claims["email"]), (&json!("Alice Liddell"), &json!("alice@example.test")));
    assert_eq!(claims["email_verified"], true);

    let next = shop.refresh(tokens.refresh()).await;
    assert_ne!(next.refresh(), tokens.refresh());
    shop.userinfo(&next.access).await.expect(200);

    let logout = format!(
        "/oauth2/logout?id_token_hint={}&post_logout_redirect_uri=https%3A%2F%2Fshop.example.test%2Fbye&state=s1",
        next.id()
    );
    browser.arrive(&logout).await;
    assert_eq!(browser.arrival().url.as_str(), "https://shop.example.test/bye");
    assert_eq!(browser.arrival().parameters["state"], "s1");
    shop.userinfo(&next.access).await.refused(401, "invalid_token");
    shop.refresh_request(next.refresh()).send().await.refused(400, "invalid_grant");
    browser.authorize(&shop).await.is_at("/login");
}

/// Register within the application's request, prove the address by the code, come back signed in, and sign out by hand.
#[tokio::test]
async fn journey_by_code() {
    let world = World::start().await;
    let shop = world.client("shop").create().await;
    let mut browser = world.browser();
    let request = shop.request().scope("openid offline_access").with("response_mode", "form_post");

    browser.authorize(&request).await.is_at("/login");
    browser.follow("Create an account").await.is_at("/register");
    browser
        .fill("Name", "Bob")
        .fill("E-mail address", " Bob@Example.test ")
        .fill("Password", "seven yellow bicycles")
        .press("Create account")
        .await
        .is_at("/verify-email");
    let code = world.mail("verify_email", "Bob@Example.test").await.code();
    browser.fill("6-digit code", &code).press("Confirm address").await.is_at("/verify-email/done");
    // The request was not lost on the way.
    browser.follow("Sign in").await.is_at("/login");
    browser
        .fill("username", "bob@example.test")
        .fill("password", "seven yellow bicycles")
        .press("login-submit")
        .await
        .is_at("/consent");
    browser.press("consent-allow").await.press("Continue").await;
    assert_eq!(browser.arrival().parameters["state"], request.value("state").unwrap());
    let tokens = shop.token(&browser.code()).await;
    world.jwks().await.verify(tokens.id());

    // The second visit needs no page at all.
    let again = browser.authorize(&shop.request().with("prompt", "none")).await.code();
    shop.token(&again).await;

    browser.open("/oauth2/logout").await.press("logout-confirm").await;
    assert!(browser.page().text.contains("signed out"));
    // Access while away goes on; what belonged to the session is over.
    let next = shop.refresh(tokens.refresh()).await;
    assert_eq!(shop.userinfo(&next.access).await.expect(200).json()["sub"].as_str().map(|sub| &sub[..4]), Some("usr_"));
    browser.authorize(&shop.request().with("prompt", "none")).await;
    assert_eq!(browser.error(), "login_required");
}
