//! `/oauth2/token` with `authorization_code`: single use, bound to client, address and verifier, one minute (RFC 6749 §4.1.2,
//! §4.1.3; RFC 7636 §4.6; RFC 9700 §2.1, §4.5).

use chrono::TimeDelta;

use crate::world::{Client, Person, World};

async fn code(person: &Person, client: &Client) -> String {
    person.browser().authorize(client).await.sign_in().await.code()
}

#[tokio::test]
async fn a_replay_revokes_everything_the_code_gave() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let code = code(&alice, &shop).await;
    let tokens = shop.token(&code).await;
    let next = shop.refresh(tokens.refresh()).await;
    shop.userinfo(&next.access).await.expect(200);
    shop.code_request(&code).send().await.refused(400, "invalid_grant");
    for access in [&tokens.access, &next.access] {
        shop.userinfo(access).await.refused(401, "invalid_token");
    }
    for refresh in [tokens.refresh(), next.refresh()] {
        shop.refresh_request(refresh).send().await.refused(400, "invalid_grant");
    }
    assert_eq!(world.count_facts("code.replayed").await, 1);
    // Another sign-in of the same person at the same client is another grant.
    let other = shop.token(&self::code(&alice, &shop).await).await;
    shop.userinfo(&other.access).await.expect(200);
}

#[tokio::test]
async fn a_replay_is_known_long_after_the_code_has_ended() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let code = code(&alice, &shop).await;
    let tokens = shop.token(&code).await;
    world.advance(TimeDelta::minutes(5));
    shop.code_request(&code).send().await.refused(400, "invalid_grant");
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_foreign_client_neither_gets_tokens_nor_revokes_them() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let thief = world.client("thief").public().create().await;
    let code = code(&alice, &shop).await;
    let stolen = thief.code_request(&code).with("redirect_uri", &shop.redirect_uri);
    let stolen = stolen.with("code_verifier", &shop.verifier);
    let tokens = shop.token(&code).await;
    stolen.send().await.refused(400, "invalid_grant");
    shop.userinfo(&tokens.access).await.expect(200);
    shop.refresh(tokens.refresh()).await;
    assert_eq!(world.count_facts("code.replayed").await, 0);
}

#[tokio::test]
async fn a_code_of_one_client_is_worthless_to_another() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let thief = world.client("thief").create().await;
    let code = code(&alice, &shop).await;
    let stolen = thief.code_request(&code).with("redirect_uri", &shop.redirect_uri);
    stolen.with("code_verifier", &shop.verifier).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn the_verifier_has_to_fit() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let challenge = crate::world::challenge(&shop.verifier);
    let mut browser = alice.signed_in().await;
    for verifier in [
        "",
        "short",
        &"x".repeat(43),
        &"x".repeat(129),
        &challenge,
        &format!("{}=", shop.verifier),
        &shop.verifier.to_uppercase(),
        &format!("{} ", shop.verifier),
    ] {
        let code = browser.authorize(&shop).await.code();
        shop.code_request(&code).with("code_verifier", verifier).send().await.refused(400, "invalid_grant");
    }
    let code = browser.authorize(&shop).await.code();
    shop.code_request(&code).without("code_verifier").send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_a_downgrade() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let old = world.client("old").first_party().pkce_optional().create().await;
    let request = old.request().without("code_challenge").without("code_challenge_method");
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&request).await.code();
    old.code_request(&code).send().await.refused(400, "invalid_grant");
    let code = browser.authorize(&request).await.code();
    old.code_request(&code).without("code_verifier").send().await.tokens();
    // Its challenge, where it sends one, is demanded as of everybody.
    let code = browser.authorize(&old).await.code();
    old.code_request(&code).without("code_verifier").send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn the_address_has_to_be_the_one_of_the_request() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let uris = ["https://shop.example.test/cb", "https://shop.example.test/other"];
    let shop = world.client("shop").first_party().redirects(&uris).create().await;
    let mut browser = alice.signed_in().await;
    for uri in [uris[1], "https://shop.example.test/cb/", "https://shop.example.test:443/cb"] {
        let code = browser.authorize(&shop).await.code();
        shop.code_request(&code).with("redirect_uri", uri).send().await.refused(400, "invalid_grant");
    }
    // Left out it is fine where PKCE binds the code (OAuth 2.1), and only there.
    let code = browser.authorize(&shop).await.code();
    shop.code_request(&code).without("redirect_uri").send().await.tokens();
    let old = world.client("old").first_party().pkce_optional().create().await;
    let request = old.request().without("code_challenge").without("code_challenge_method");
    let code = browser.authorize(&request).await.code();
    let bare = old.code_request(&code).without("code_verifier").without("redirect_uri");
    bare.send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn it_is_good_for_a_minute() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    world.advance(TimeDelta::seconds(55));
    shop.token(&code).await;
    let code = browser.authorize(&shop).await.code();
    world.advance(TimeDelta::seconds(61));
    shop.code_request(&code).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_made_up_code_is_refused() {
    let world = World::start().await;
    let shop = world.client("shop").public().create().await;
    for code in ["x", "sgt_ac_", "sgt_ac_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ä", &"x".repeat(5000)] {
        shop.code_request(code).send().await.refused(400, "invalid_grant");
    }
    assert_eq!(world.count_facts("code.replayed").await, 0);
}

#[tokio::test]
async fn who_signs_out_or_is_locked_out_meanwhile_gets_no_tokens() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(&shop).await.code();
    browser.open("/logout").await.press("logout-confirm").await;
    shop.code_request(&code).send().await.refused(400, "invalid_grant");

    let code = alice.signed_in().await.authorize(&shop).await.code();
    alice.lock().await;
    shop.code_request(&code).send().await.refused(400, "invalid_grant");
}
