//! PostgreSQL away under load.

use std::time::{Duration, Instant};

use crate::world::{Load, Node, Person, Postgres, until};

/// How long after the end of its database a node may need to know; whoever waits then is told.
const DISCOVERY: Duration = Duration::from_secs(1);
/// How long somebody waits for a 503 once the node knows.
const AT_ONCE: Duration = Duration::from_millis(500);
/// How long after its database a node may need to be well again.
const RECOVERY: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/manage.sh test faults"]
async fn a_restarted_postgresql_is_503_and_forgotten_within_five_seconds() {
    let postgres = Postgres::start();
    let mut node = Node::start(&[("SIGNET_DATABASE_URL", &postgres.url())]).await;
    let mut person = Person::signed_in(&node, "alice").await;
    let asks = vec![person.me(), person.me(), Person::login(&person.email), person.me()];
    let load = Load::start(node.port, asks);
    tokio::time::sleep(Duration::from_secs(1)).await;

    postgres.stop();
    let stopped = Instant::now();
    // Long enough for every worker to meet the outage.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(node.is_running(), "a process outlives its database");
    let away = person.rotate(node.port).await.unwrap();
    assert!(away.is_sorry(), "{} {}", away.status, away.text());
    postgres.resume();
    let back = Instant::now();
    let took =
        until("recovery", RECOVERY, async || person.me().at(node.port).await.is_ok_and(|answer| answer.status == 200))
            .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
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
    // Not five seconds each, as the pool would have it.
    for each in done.iter().filter(|each| each.began > stopped && each.began < back) {
        let limit = if each.began > stopped + DISCOVERY { AT_ONCE } else { DISCOVERY + AT_ONCE };
        assert!(each.took < limit, "{:?} after the end it took {:?}", each.began - stopped, each.took);
    }
    let late = done.iter().filter(|each| each.began > back + RECOVERY);
    assert!(late.into_iter().all(|each| each.result.as_ref().is_ok_and(|answer| answer.status == 200)));
    // What was refused for a while is as good as before.
    assert_eq!(person.rotate(node.port).await.unwrap().status, 200);
    assert!(node.is_running());
    println!("away {:?}, back in {took:?}; {sorry} of {} were told 503", back - stopped, done.len());
}
