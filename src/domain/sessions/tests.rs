//! Sessions, against a database.

use chrono::TimeDelta;

use super::*;
use crate::{
    domain::{
        sessions::{LockUser, UnlockUser},
        sign_in::{SignIn, SignedIn},
        testing::{PASSWORD, World},
        users::{DeleteUser, Whom},
    },
    kernel::{Code, id::SessionId, secret::Secret},
};

const ADA: &str = "ada@example.test";
const BOB: &str = "bob@example.test";

async fn sign_in(world: &World, email: &str, present: Option<SessionId>) -> SignedIn {
    world.ask(SignIn { session: present, ..World::sign_in(email, PASSWORD) }).await.unwrap()
}

fn cookie(signed_in: &SignedIn) -> &Secret {
    signed_in.cookie.as_ref().unwrap()
}

#[tokio::test]
async fn proving_oneself_again_keeps_the_session_and_changes_its_secret() {
    let world = World::start().await;
    world.registered(ADA).await;
    let first = sign_in(&world, ADA, None).await;
    world.pass(TimeDelta::hours(1));
    let again = sign_in(&world, ADA, Some(first.session.id)).await;
    assert_eq!(again.session.id, first.session.id);
    assert_eq!(again.session.created_at, first.session.created_at);
    assert!(world.resume(cookie(&first)).await.is_none());
    let principal = world.resume(cookie(&again)).await.unwrap();
    assert!(principal.authenticated_at - first.session.authenticated_at >= TimeDelta::hours(1));
}

#[tokio::test]
async fn another_person_in_the_same_browser_ends_the_session_that_was_there() {
    let world = World::start().await;
    world.registered(ADA).await;
    world.registered(BOB).await;
    let adas = sign_in(&world, ADA, None).await;
    let bobs = sign_in(&world, BOB, Some(adas.session.id)).await;
    assert_ne!(bobs.session.id, adas.session.id);
    assert!(world.resume(cookie(&adas)).await.is_none());
    assert_eq!(world.resume(cookie(&bobs)).await.unwrap().user, bobs.user.id);
    let ended = store::find(world.app.db.reader(), world.tenant.id, adas.session.id).await.unwrap().unwrap();
    assert_eq!(ended.end_reason.as_deref(), Some("replaced"));
}

#[tokio::test]
async fn a_session_that_is_over_is_not_renewed() {
    let world = World::start().await;
    world.registered(ADA).await;
    let first = sign_in(&world, ADA, None).await;
    world.pass(TimeDelta::days(15));
    let second = sign_in(&world, ADA, Some(first.session.id)).await;
    assert_ne!(second.session.id, first.session.id);
}

#[tokio::test]
async fn a_session_in_use_lives_to_its_absolute_end_and_an_idle_one_does_not() {
    let world = World::start().await;
    world.registered(ADA).await;
    let used = sign_in(&world, ADA, None).await;
    let idle = sign_in(&world, ADA, None).await;
    for _ in 0..29 {
        world.pass(TimeDelta::days(1));
        assert!(world.resume(cookie(&used)).await.is_some());
    }
    assert!(world.resume(cookie(&idle)).await.is_none());
    world.pass(TimeDelta::days(1));
    assert!(world.resume(cookie(&used)).await.is_none());
}

#[tokio::test]
async fn people_see_and_end_their_own_sessions_only() {
    let world = World::start().await;
    world.registered(ADA).await;
    world.registered(BOB).await;
    let (here, there, third) =
        (sign_in(&world, ADA, None).await, sign_in(&world, ADA, None).await, sign_in(&world, ADA, None).await);
    let bobs = sign_in(&world, BOB, None).await;
    let caller = world.person(&here).await;
    let listed = world.app.perform(caller.clone(), ListSessions).await.unwrap();
    assert_eq!(listed.len(), 3);
    assert!(listed[0].current && listed[0].session.id == here.session.id);
    assert!(!listed[1].current);

    for foreign in [bobs.session.id, SessionId::fresh()] {
        let error = world.app.perform(caller.clone(), EndSession { id: foreign }).await.unwrap_err();
        assert_eq!(error.refusal().unwrap().code, Code::NotFound);
    }
    assert!(world.resume(cookie(&bobs)).await.is_some());
    for _ in 0..2 {
        world.app.perform(caller.clone(), EndSession { id: there.session.id }).await.unwrap();
        assert!(world.resume(cookie(&there)).await.is_none());
    }
    assert_eq!(world.app.perform(caller.clone(), EndOtherSessions).await.unwrap(), 1);
    assert!(world.resume(cookie(&third)).await.is_none());
    world.app.perform(caller, SignOut).await.unwrap();
    assert!(world.resume(cookie(&here)).await.is_none());
    let ended = world.facts().await.iter().filter(|fact| *fact == "session.ended").count();
    assert_eq!(ended, 3, "one fact each, none for what was over");
}

#[tokio::test]
async fn a_deleted_person_is_gone_at_once() {
    let world = World::start().await;
    world.registered(ADA).await;
    let signed_in = sign_in(&world, ADA, None).await;
    world.app.perform(world.operator(), DeleteUser { whom: Whom::from(ADA) }).await.unwrap();
    assert!(world.resume(cookie(&signed_in)).await.is_none());
    let found = store::find(world.app.db.reader(), world.tenant.id, signed_in.session.id).await.unwrap();
    assert!(found.is_none());
}

#[tokio::test]
async fn an_api_session_has_no_cookie_and_is_found_by_its_id() {
    let world = World::start().await;
    world.registered(ADA).await;
    let signed_in = world.ask(SignIn { kind: Kind::Api, ..World::sign_in(ADA, PASSWORD) }).await.unwrap();
    assert!(signed_in.cookie.is_none());
    let by_id = async || {
        let (now, id) = (world.app.clock.now(), signed_in.session.id);
        resume::by_id(&world.app, &world.tenant, id, now).await.unwrap()
    };
    assert_eq!(by_id().await.unwrap().user, signed_in.user.id);
    world.app.perform(world.operator(), LockUser { whom: Whom::from(ADA) }).await.unwrap();
    assert!(by_id().await.is_none());
}

#[tokio::test]
async fn what_is_cached_is_believed_for_a_minute_at_most() {
    let world = World::shared().await;
    world.registered(ADA).await;
    let signed_in = sign_in(&world, ADA, None).await;
    assert!(world.resume(cookie(&signed_in)).await.is_some());
    // A node with a store of its own ends the session: no fence is raised here.
    let elsewhere = world.another_node().await;
    elsewhere.perform(world.person(&signed_in).await, SignOut).await.unwrap();
    assert!(world.resume(cookie(&signed_in)).await.is_some(), "nothing is cached");
    world.pass(TimeDelta::seconds(61));
    assert!(world.resume(cookie(&signed_in)).await.is_none());
}

#[tokio::test]
async fn a_fence_makes_a_cached_session_die_at_once_and_nothing_is_cached_behind_it() {
    let world = World::shared().await;
    world.registered(ADA).await;
    let signed_in = sign_in(&world, ADA, None).await;
    assert!(world.resume(cookie(&signed_in)).await.is_some());
    world.app.perform(world.operator(), LockUser { whom: Whom::from(ADA) }).await.unwrap();
    assert!(world.resume(cookie(&signed_in)).await.is_none());
    world.app.perform(world.operator(), UnlockUser { whom: Whom::from(ADA) }).await.unwrap();
    assert!(world.resume(cookie(&signed_in)).await.is_none(), "it ended with the lock");
    let signed_in = sign_in(&world, ADA, None).await;
    let caller = world.person(&signed_in).await;
    world.pass(TimeDelta::seconds(61));
    assert!(world.resume(cookie(&signed_in)).await.is_some(), "read from the database, behind the fence");
    world.another_node().await.perform(caller, SignOut).await.unwrap();
    assert!(world.resume(cookie(&signed_in)).await.is_none());
}

#[tokio::test]
async fn a_cached_session_dies_when_it_is_renewed_or_ended() {
    let world = World::shared().await;
    world.registered(ADA).await;
    let first = sign_in(&world, ADA, None).await;
    assert!(world.resume(cookie(&first)).await.is_some());
    let again = sign_in(&world, ADA, Some(first.session.id)).await;
    assert!(world.resume(cookie(&first)).await.is_none());
    let caller = world.person(&again).await;
    world.app.perform(caller, SignOut).await.unwrap();
    assert!(world.resume(cookie(&again)).await.is_none());
}

#[tokio::test]
async fn locking_twice_is_one_fact() {
    let world = World::start().await;
    world.registered(ADA).await;
    let whom = || Whom::from(ADA);
    for _ in 0..2 {
        assert!(world.app.perform(world.operator(), LockUser { whom: whom() }).await.unwrap().is_locked());
    }
    for _ in 0..2 {
        assert!(!world.app.perform(world.operator(), UnlockUser { whom: whom() }).await.unwrap().is_locked());
    }
    let facts = world.facts().await;
    assert_eq!(facts[facts.len() - 2..], ["user.locked", "user.unlocked"]);
    assert_eq!(facts.iter().filter(|fact| fact.starts_with("user.")).count(), 3, "{facts:?}");
}
