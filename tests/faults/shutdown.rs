//! SIGTERM: what was asked is answered, by this node or, where it listens no more, by the other.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::world::{Ask, Broken, Node, Person, until};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/manage.sh test faults"]
async fn sigterm_drains_and_nobody_is_left_unanswered() {
    let mut first = Node::start(&[]).await;
    let second = first.another().await;
    let person = Person::signed_in(&first, "alice").await;
    let stop = Arc::new(AtomicBool::new(false));
    let asks = [person.me(), Person::login(&person.email), Ask::get("/oauth2/jwks"), Ask::get("/login"), person.me()];
    let workers: Vec<_> =
        asks.into_iter().map(|ask| tokio::spawn(prefer(ask, first.port, second.port, stop.clone()))).collect();
    tokio::time::sleep(Duration::from_secs(1)).await;

    first.terminate();
    let asked = Instant::now();
    until("the end", Duration::from_secs(10), async || first.has_ended_well()).await;
    let took = asked.elapsed();
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::Relaxed);
    let (mut by_first, mut by_second) = (0, 0);
    for worker in workers {
        let (first, second) = worker.await.unwrap();
        (by_first, by_second) = (by_first + first, by_second + second);
    }
    assert!(by_first > 20 && by_second > 5, "{by_first} and {by_second}: too little to see anything");
    assert!(!first.log().contains("were cut at shutdown"));
    println!("ended in {took:?}; {by_first} answers before, {by_second} by the other node");
}

/// Asks the first node, and the second when nobody listens at the first. How many answers each gave.
async fn prefer(ask: Ask, first: u16, second: u16, stop: Arc<AtomicBool>) -> (usize, usize) {
    let (mut by_first, mut by_second) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let answer = match ask.at(first).await {
            Ok(answer) => {
                by_first += 1;
                answer
            }
            Err(Broken::Refused) => {
                by_second += 1;
                ask.at(second).await.unwrap()
            }
            Err(broken) => panic!("connected, asked, and got no answer: {broken:?}"),
        };
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    (by_first, by_second)
}
