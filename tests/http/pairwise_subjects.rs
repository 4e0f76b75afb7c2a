//! Pairwise subject identifiers (OpenID Connect Core §8).

use serde_json::json;
use signet::domain::clients::SubjectType;

use crate::world::{Client, Person, World, unverified};

async fn pairwise(world: &World, name: &str, redirect_uri: &str) -> Client {
    let client = world.client(name).first_party().redirects(&[redirect_uri]);
    client.with(|create| create.metadata.subject_type = SubjectType::Pairwise).create().await
}

async fn subject(client: &Client, person: &Person) -> String {
    let tokens = client.tokens_of(person).await;
    let sub = client.world.jwks().await.verify(tokens.id()).claims["sub"].as_str().unwrap().to_owned();
    // Userinfo says the same (§5.3.2).
    assert_eq!(client.userinfo(&tokens.access).await.expect(200).json()["sub"], sub);
    // Nothing that the client sees tells who it is elsewhere.
    let claims = unverified(&tokens.access).claims;
    assert!(claims["sub"] == sub && !claims.to_string().contains(&person.sub()), "{claims}");
    sub
}

#[tokio::test]
async fn core_8_1_one_subject_in_a_sector_and_another_elsewhere() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bob = world.person("bob").verified().await;
    let shop = pairwise(&world, "shop", "https://shop.example.test/cb").await;
    let till = pairwise(&world, "till", "https://shop.example.test/till").await;
    let news = pairwise(&world, "news", "https://news.example.test/cb").await;
    let public = world.client("public").first_party().create().await;

    let at_shop = subject(&shop, &alice).await;
    assert_eq!(at_shop, subject(&shop, &alice).await, "the same each time");
    assert_eq!(at_shop, subject(&till, &alice).await, "the same in the sector");
    assert_ne!(at_shop, subject(&news, &alice).await);
    assert_ne!(at_shop, subject(&shop, &bob).await);
    assert!(at_shop.len() <= 255 && at_shop.is_ascii());
    let tokens = public.tokens_of(&alice).await;
    assert_eq!(world.jwks().await.verify(tokens.id()).claims["sub"], alice.sub());
}

#[tokio::test]
async fn core_3_1_2_2_a_hint_and_a_claim_name_the_person_by_the_pairwise_subject() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bob = world.person("bob").verified().await;
    let shop = pairwise(&world, "shop", "https://shop.example.test/cb").await;
    let of_alice = shop.tokens_of(&alice).await;
    let of_bob = shop.tokens_of(&bob).await;
    let sub = |token: &str| unverified(token).claims["sub"].as_str().unwrap().to_owned();
    let mut browser = alice.signed_in().await;

    let silent = shop.request().with("prompt", "none");
    browser.authorize(silent.clone().with("id_token_hint", of_alice.id())).await.code();
    browser.authorize(silent.clone().with("id_token_hint", of_bob.id())).await;
    assert_eq!(browser.error(), "login_required");
    let claims = |sub: &str| json!({ "id_token": { "sub": { "value": sub } } }).to_string();
    browser.authorize(silent.clone().with("claims", &claims(&sub(of_alice.id())))).await.code();
    browser.authorize(silent.with("claims", &claims(&sub(of_bob.id())))).await;
    assert_eq!(browser.error(), "login_required");
}
