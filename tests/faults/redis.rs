//! Redis killed under load, and started again without what it knew.

use std::time::Duration;

use crate::world::{Load, Node, Person, RedisServer, until};

const RECOVERY: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/manage.sh test faults"]
async fn a_killed_redis_is_503_and_forgotten_within_five_seconds() {
    let mut redis = RedisServer::start(&[]);
    let mut node = Node::start(&[("SIGNET_REDIS_URL", &redis.url())]).await;
    let mut person = Person::signed_in(&node, "alice").await;
    let load = Load::start(node.port, vec![Person::login(&person.email), person.me(), person.me()]);
    tokio::time::sleep(Duration::from_secs(1)).await;

    redis.kill();
    // Throttles cannot be counted: nobody may try passwords meanwhile.
    let away = Person::login(&person.email).at(node.port).await.unwrap();
    assert!(away.is_sorry(), "{} {}", away.status, away.text());
    tokio::time::sleep(Duration::from_secs(1)).await;
    redis.restart();
    let took = until("recovery", RECOVERY, async || {
        Person::login(&person.email).at(node.port).await.is_ok_and(|answer| answer.status == 200)
    })
    .await;
    let done = load.end().await;

    let mut sorry = 0;
    for each in &done {
        match &each.result {
            Ok(answer) if answer.is_sorry() => sorry += 1,
            Ok(answer) => assert_eq!(answer.status, 200, "{}", answer.text()),
            Err(broken) => panic!("{broken:?}"),
        }
    }
    assert!(sorry > 0, "nobody met the outage");
    // Sessions and refresh tokens are rows: an empty Redis ends none of them.
    assert_eq!(person.me().at(node.port).await.unwrap().status, 200);
    assert_eq!(person.rotate(node.port).await.unwrap().status, 200);
    assert!(node.is_running());
    println!("back in {took:?}; {sorry} of {} were told 503", done.len());
}
