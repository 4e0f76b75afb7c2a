//! The trail, against a database.

use super::*;
use crate::domain::testing::{PASSWORD, World};

#[tokio::test]
async fn people_read_their_own_trail_backwards_page_by_page() {
    let world = World::start().await;
    world.registered("bob@example.test").await;
    world.registered("ada@example.test").await;
    let signed_in = world.ask(World::sign_in("ada@example.test", PASSWORD)).await.unwrap();
    let caller = world.person(&signed_in).await;
    let page = async |before, limit| world.app.perform(caller.clone(), ListActivity { before, limit }).await.unwrap();
    let all = page(None, 1000).await;
    let names: Vec<_> = all.iter().map(|activity| activity.name.as_str()).collect();
    assert_eq!(names, ["session.started", "email.verified", "email.verification_sent", "user.registered"]);
    assert_eq!(all[0].words, "Signed in");
    assert_eq!(all[0].session, Some(signed_in.session.id));
    assert_eq!(all[0].device.as_deref(), Some("Firefox on Linux"));
    assert_eq!(all[0].address.as_deref(), Some("192.0.2.1"));

    let (first, second) = (page(None, 3).await, page(Some(all[2].id), 3).await);
    assert_eq!([first, second].concat(), all);
    let bobs = world.ask(World::sign_in("bob@example.test", PASSWORD)).await.unwrap();
    let foreign =
        world.app.perform(world.person(&bobs).await, ListActivity { before: Some(all[0].id), limit: 9 }).await;
    assert!(foreign.unwrap().is_empty(), "another person's fact is no place to begin");
}
