//! Whom a client means: `login_hint`, `id_token_hint` and `login_hint_token` (OpenID CIBA Core §7.1).

use serde_json::json;
use signet::{
    config::{Rate, Span},
    domain::{
        clients::{GrantType, SubjectType},
        issuers::{LinkSubject, SubjectMapping, Use},
        users::Whom,
    },
    kernel::id::UserId,
};

use super::ciba::till;
use crate::world::{Answer, Client, TokenRequest, World, changed};

/// A request with this hint and no other.
fn hinting(client: &Client, name: &str, value: &str) -> TokenRequest {
    client.token_request("").without("grant_type").with("scope", "openid").with(name, value)
}

async fn hint(client: &Client, name: &str, value: &str) -> Answer {
    hinting(client, name, value).ask().send().await
}

#[tokio::test]
async fn a_person_is_known_by_address_and_by_subject() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    for name in [&alice.email, &alice.email.to_uppercase(), &alice.sub()] {
        hint(&till, "login_hint", name).await.asked();
    }
    // An address that nobody proved may be anybody's.
    let carol = world.person("carol").unverified().await;
    let other = UserId::fresh().to_string();
    for name in [&carol.email, &other, "alice", "usr_", &"x".repeat(400)] {
        hint(&till, "login_hint", name).await.refused(400, "unknown_user_id");
    }
}

#[tokio::test]
async fn an_id_token_names_whom_it_is_about_to_its_own_client() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let grants = [GrantType::Ciba, GrantType::AuthorizationCode, GrantType::RefreshToken];
    for subject_type in [SubjectType::Public, SubjectType::Pairwise] {
        let shop = world.client("shop").first_party().grants(&grants).ciba_too();
        let shop = shop.with(|create| create.metadata.subject_type = subject_type).create().await;
        let tokens = shop.tokens_of(&alice).await;
        hint(&shop, "id_token_hint", tokens.id()).await.asked();
        world.advance(chrono::TimeDelta::hours(2)); // expired, and a hint all the same
        let asked = hint(&shop, "id_token_hint", tokens.id()).await.asked();
        alice.allow_newest_request().await;
        let id = world.jwks().await.verify(shop.collect(&asked).send().await.tokens().id()).claims;
        let subject = world.jwks().await.verify(tokens.id()).claims["sub"].clone();
        assert_eq!(id["sub"], subject);
        // Another client's is none, nor is anything else.
        let thief = world.client("thief").ciba().create().await;
        for token in [tokens.id(), &tokens.access, "x", "a.b.c"] {
            hint(&thief, "id_token_hint", token).await.refused(400, "unknown_user_id");
        }
        hint(&shop, "id_token_hint", &tokens.access).await.refused(400, "unknown_user_id");
        // What a pairwise client calls the person is no login_hint: nobody could look it up.
        let by_subject = hint(&shop, "login_hint", subject.as_str().unwrap()).await;
        match subject_type {
            SubjectType::Public => drop(by_subject.asked()),
            SubjectType::Pairwise => {
                by_subject.refused(400, "unknown_user_id");
                hint(&shop, "login_hint", &alice.sub()).await.refused(400, "unknown_user_id");
            }
        }
    }
}

#[tokio::test]
async fn a_registered_issuer_can_name_somebody() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let idp = world.idp(&[Use::LoginHint], SubjectMapping::Link, "openid").await;
    let link = LinkSubject { issuer: idp.issuer.clone(), subject: "7".into(), whom: Whom::Id(alice.id) };
    world.operator(link).await.unwrap();
    hint(&till, "login_hint_token", &idp.assertion("7")).await.asked();
    hint(&till, "login_hint_token", &idp.assertion("7")).await.asked();
    let now = world.now().timestamp();
    let sign = |change| idp.signer.sign(&changed(idp.claims("7"), &change));
    let late = sign(json!({ "iat": now - 600, "exp": now - 300 }));
    hint(&till, "login_hint_token", &late).await.refused(400, "expired_login_hint_token");
    for change in [
        json!({ "sub": "8" }),
        json!({ "sub": null }),
        json!({ "exp": null }),
        json!({ "aud": "https://other.example.test" }),
        json!({ "iss": "https://evil.example.test" }),
    ] {
        hint(&till, "login_hint_token", &sign(change.clone())).await.refused(400, "unknown_user_id");
    }
    let token = crate::world::not_signed(&idp.claims("7"));
    for token in [token.as_str(), "x", "a.b.c"] {
        hint(&till, "login_hint_token", token).await.refused(400, "unknown_user_id");
    }
}

#[tokio::test]
async fn an_issuer_for_something_else_or_for_others_names_nobody() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let till = till(&world).await;
    let grants = world.idp(&[Use::JwtBearer], SubjectMapping::Email, "openid").await;
    let about = |claims| changed(claims, &json!({ "email": alice.email, "email_verified": true }));
    let token = grants.signer.sign(&about(grants.claims("7")));
    hint(&till, "login_hint_token", &token).await.refused(400, "unknown_user_id");
    for (which, clients) in [("a", vec!["another".to_owned()]), ("b", vec![till.id.clone()])] {
        let mapping = SubjectMapping::Email;
        let idp = world.idp_with(&[Use::LoginHint], mapping, "openid", |create| {
            create.issuer = format!("https://{which}.example.test");
            create.clients = clients;
        });
        let idp = idp.await;
        let answer = hint(&till, "login_hint_token", &idp.signer.sign(&about(idp.claims("7")))).await;
        match which {
            "a" => drop(answer.refused(400, "unknown_user_id")),
            _ => drop(answer.asked()),
        }
    }
}

#[tokio::test]
async fn nobody_tries_out_who_has_an_account() {
    let rate = Rate::new(3, Span::hours(1));
    let world = World::configured(|config| config.limits.backchannel_unknown_per_client = rate).await;
    let alice = world.person("alice").verified().await;
    let (till, desk) = (till(&world).await, world.client("desk").ciba().create().await);
    for which in 0..3 {
        till.ask(&alice, "openid").await; // right ones do not count
        hint(&till, "login_hint", &format!("n{which}@example.test")).await.refused(400, "unknown_user_id");
    }
    for name in ["n4@example.test", &alice.email] {
        hint(&till, "login_hint", name).await.refused(429, "temporarily_unavailable");
    }
    desk.ask(&alice, "openid").await;
}
