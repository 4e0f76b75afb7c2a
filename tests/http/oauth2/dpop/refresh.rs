//! Refresh tokens of public clients are bound to the key; those of confidential clients to the client (RFC 9449 §5).

use crate::world::{Client, Person, Prover, Tokens, World, together};

const AWAY: &str = "openid offline_access";

async fn tokens(shop: &Client, alice: &Person, prover: &Prover) -> Tokens {
    let request = shop.request().scope(AWAY);
    let code = alice.browser().authorize(&request).await.sign_in().await.consent_if_asked().await.code();
    shop.code_request(&code).proved_by(prover).send().await.bound_tokens()
}

#[tokio::test]
async fn a_public_clients_needs_its_key_every_time() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let (prover, thief) = (Prover::new(), Prover::new());
    let first = tokens(&shop, &alice, &prover).await;
    for stolen in [shop.refresh_request(first.refresh()), shop.refresh_request(first.refresh()).proved_by(&thief)] {
        let answer = stolen.send().await.refused(400, "invalid_grant");
        assert!(answer.text().contains("unknown, spent, expired or of another client"), "{}", answer.text());
    }
    // Whoever has the token without its key neither spends it nor ends the family, also with one that is spent.
    let second = shop.refresh_request(first.refresh()).proved_by(&prover).send().await.bound_tokens();
    let third = shop.refresh_request(second.refresh()).proved_by(&prover).send().await.bound_tokens();
    shop.refresh_request(first.refresh()).proved_by(&thief).send().await.refused(400, "invalid_grant");
    assert!(world.families().await[0].revoked_at.is_none());
    assert_eq!(world.jwks().await.verify(&third.access).claims["cnf"]["jkt"], prover.jkt());
    // With the key a spent one is a replay, as ever.
    shop.refresh_request(first.refresh()).proved_by(&prover).send().await.refused(400, "invalid_grant");
    assert!(world.families().await[0].revoked_at.is_some());
}

#[tokio::test]
async fn a_confidential_client_may_change_its_key() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").first_party().create().await;
    let (old, new) = (Prover::new(), Prover::new());
    let first = tokens(&shop, &alice, &old).await;
    let second = shop.refresh_request(first.refresh()).proved_by(&new).send().await.bound_tokens();
    assert_eq!(world.jwks().await.verify(&second.access).claims["cnf"]["jkt"], new.jkt());
    let third = shop.refresh_request(second.refresh()).send().await.tokens();
    assert!(world.jwks().await.verify(&third.access).claims.get("cnf").is_none(), "it asked for a bearer token");
}

#[tokio::test]
async fn a_family_that_began_without_a_key_is_bound_to_the_first_that_is_proved() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let prover = Prover::new();
    let plain = shop.tokens_for(&alice, &shop.request().scope(AWAY)).await;
    let bound = shop.refresh_request(plain.refresh()).proved_by(&prover).send().await.bound_tokens();
    assert_eq!(world.jwks().await.verify(&bound.access).claims["cnf"]["jkt"], prover.jkt());
    // RFC 9449 §5: what a public client gets for a proof is bound to its key, the refresh token as well.
    let other = Prover::new();
    shop.refresh_request(bound.refresh()).send().await.refused(400, "invalid_grant");
    shop.refresh_request(bound.refresh()).proved_by(&other).send().await.refused(400, "invalid_grant");
    let next = shop.refresh_request(bound.refresh()).proved_by(&prover).send().await.bound_tokens();
    shop.refresh_request(next.refresh()).proved_by(&prover).send().await.bound_tokens();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_tabs_with_the_same_key_get_the_same_successor() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").public().first_party().create().await;
    let prover = Prover::new();
    let first = tokens(&shop, &alice, &prover).await;
    let send = |_| shop.refresh_request(first.refresh()).proved_by(&prover).send();
    let answers = together((0..20).map(send)).await;
    let mut successors: Vec<_> = answers.into_iter().map(|answer| answer.bound_tokens().refresh().to_owned()).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
}
