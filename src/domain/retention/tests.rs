//! What goes, and what stays.

use chrono::TimeDelta;

use super::*;
use crate::{
    domain::testing::{PASSWORD, World},
    kernel::Caller,
};

async fn delete(world: &World) -> Deleted {
    world.app.perform(Caller::job(world.tenant.clone()), DeleteExpired).await.unwrap()
}

#[tokio::test]
async fn rows_go_when_their_time_is_over_and_not_before() {
    let world = World::start().await;
    world.registered("ada@example.test").await;
    let signed_in = world.ask(World::sign_in("ada@example.test", PASSWORD)).await.unwrap();
    world.family(signed_in.user.id, None).await;
    assert_eq!(delete(&world).await, Deleted::default());

    world.pass(TimeDelta::days(8));
    let week = delete(&world).await;
    assert_eq!(week, Deleted { mails: week.mails, ..Deleted::default() });
    assert!(week.mails >= 1);

    world.pass(TimeDelta::days(24)); // the proof ended after a day, the family at once
    let month = delete(&world).await;
    assert_eq!(month, Deleted { proofs: 1, families: 1, ..Deleted::default() });

    world.pass(TimeDelta::days(31)); // the session ran out after 14 days without use
    assert_eq!(delete(&world).await, Deleted { sessions: 1, ..Deleted::default() });
    let facts = world.facts().await.len();

    world.pass(TimeDelta::days(400));
    assert_eq!(delete(&world).await, Deleted { activity: facts as u64, ..Deleted::default() });
    assert_eq!(world.facts().await, Vec::<String>::new());
    world.ask(World::sign_in("ada@example.test", PASSWORD)).await.unwrap();
}
