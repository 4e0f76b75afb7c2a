//! Tokens: bound, and refreshed without rotation (Security Profile §5.3.2.1, 4, 5, 9 and 12; §5.3.4).

use axum::http::Method;
use chrono::TimeDelta;
use serde_json::json;
use signet::domain::clients::{AuthMethod, GrantType, Profile, UpdateClient};

use crate::world::{Prover, World, together, unverified};

const AWAY: &str = "openid offline_access";

#[tokio::test]
async fn clause_4_there_are_no_bearer_tokens() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let code = bank.code_of(&alice, &bank.client.request().scope(AWAY)).await;
    bank.code_request(&code).send().await.refused(400, "invalid_dpop_proof");
    let tokens = bank.code_request(&code).proved_by(&bank.prover).send().await.bound_tokens(); // nothing was spent
    bank.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_dpop_proof");
    let call = world.call(Method::GET, "/oauth2/userinfo").bearer(&tokens.access);
    call.send().await.refused(401, "invalid_token"); // §5.3.4 (5)
    let robot = world.strict_with("robot", bank.signer.clone(), |create| {
        create.metadata.security_profile = Profile::Fapi2;
        create.grants = vec![GrantType::ClientCredentials];
        create.scope = "jobs".into();
    });
    let request = robot.await.post(&[("grant_type", "client_credentials")]);
    request.send().await.refused(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn what_was_issued_before_the_profile_does_not_count_under_it() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Usual).await;
    let mut browser = alice.signed_in().await;
    let code = browser.authorize(bank.client.request().scope(AWAY)).await.consent_if_asked().await.code();
    let bearer = bank.code_request(&code).send().await.tokens();
    world.userinfo(&bearer.access).await.expect(200);
    let changes = json!({ "security_profile": "fapi2" }).as_object().cloned().unwrap();
    world.operator(UpdateClient { client_id: bank.client.id.clone(), changes }).await.unwrap();
    world.userinfo(&bearer.access).await.refused(401, "invalid_token");
    // The grant goes on: its next access token is bound.
    let next = bank.refresh_request(bearer.refresh()).proved_by(&bank.prover).send().await.bound_tokens();
    assert_eq!(next.refresh(), bearer.refresh());
}

#[tokio::test]
async fn clause_9_a_refresh_token_stays_what_it_is() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let first = bank.tokens_of(&alice, AWAY).await;
    for _ in 0..3 {
        world.advance(TimeDelta::days(20)); // use prolongs it, past `tokens.refresh_idle`
        let next = bank.refresh_request(first.refresh()).proved_by(&bank.prover).send().await.bound_tokens();
        assert_eq!(next.refresh(), first.refresh());
        assert_eq!(unverified(next.id()).claims["auth_time"], unverified(first.id()).claims["auth_time"]);
    }
    let family = &world.families().await[0];
    assert!(family.revoked_at.is_none() && family.generation == 0);
    // The client may change its key (§6.1).
    let other = Prover::new();
    let next = bank.refresh_request(first.refresh()).proved_by(&other).send().await.bound_tokens();
    assert_eq!(unverified(&next.access).claims["cnf"]["jkt"], other.jkt());
    // Its absolute end stays, too.
    world.advance(TimeDelta::days(31));
    bank.refresh_request(first.refresh()).proved_by(&bank.prover).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_that_is_given_back_is_dead() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let first = bank.tokens_of(&alice, AWAY).await;
    bank.refresh_request(first.refresh()).proved_by(&bank.prover).send().await.bound_tokens();
    bank.post(&[("token", first.refresh())]).call_to("/oauth2/revoke").send().await.expect(200);
    bank.refresh_request(first.refresh()).proved_by(&bank.prover).send().await.refused(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_thirty_uses_at_once_all_get_tokens_and_none_after_a_revocation() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let first = bank.tokens_of(&alice, AWAY).await;
    let use_it = |nth: usize| {
        let (bank, token) = (bank.clone(), first.refresh().to_owned());
        async move {
            if nth == 15 {
                bank.post(&[("token", &token)]).call_to("/oauth2/revoke").send().await.expect(200);
                return None;
            }
            let answer = bank.refresh_request(&token).proved_by(&bank.prover).send().await;
            match answer.status.as_u16() {
                200 => assert_eq!(answer.bound_tokens().refresh(), token),
                _ => drop(answer.refused(400, "invalid_grant")),
            }
            Some(())
        }
    };
    let answered = together((0..30).filter(|nth| *nth != 15).map(use_it)).await;
    assert_eq!(answered.len(), 29);
    assert!(world.families().await[0].revoked_at.is_none());
    together((0..30).map(use_it)).await;
    bank.refresh_request(first.refresh()).proved_by(&bank.prover).send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn clients_that_are_held_to_nothing_rotate_as_before() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Usual).await;
    assert_eq!(bank.client.method, AuthMethod::PrivateKeyJwt);
    let tokens = bank.tokens_of(&alice, AWAY).await;
    let next = bank.refresh_request(tokens.refresh()).proved_by(&bank.prover).send().await.bound_tokens();
    assert_ne!(next.refresh(), tokens.refresh());
    // Held to it from now on, it keeps the token that it has by then; the spent one is a replay as ever.
    let changes = json!({ "security_profile": "fapi2" }).as_object().cloned().unwrap();
    world.operator(UpdateClient { client_id: bank.client.id.clone(), changes }).await.unwrap();
    for _ in 0..2 {
        let kept = bank.refresh_request(next.refresh()).proved_by(&bank.prover).send().await.bound_tokens();
        assert_eq!(kept.refresh(), next.refresh());
    }
    let again = bank.refresh_request(tokens.refresh()).proved_by(&bank.prover).send().await.bound_tokens();
    assert_eq!(again.refresh(), next.refresh(), "a repeated request within the grace");
}

#[tokio::test]
async fn clause_12_a_code_is_bound_to_the_key_that_was_named() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let bank = world.strict("bank", Profile::Fapi2).await;
    let code = bank.code_of(&alice, &bank.client.request().with("dpop_jkt", &bank.prover.jkt())).await;
    bank.code_request(&code).proved_by(&Prover::new()).send().await.refused(400, "invalid_grant");
}
