//! kill -9 in the middle of refresh rotations: no token that an answer brought is lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::world::{Broken, Node, Person, Postgres};

const PEOPLE: usize = 6;
const CRASHES: u64 = 5;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/manage.sh test faults"]
async fn no_acknowledged_token_is_lost_on_sqlite() {
    let node = Node::start(&[]).await;
    rotate_and_crash(node).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/manage.sh test faults"]
async fn no_acknowledged_token_is_lost_on_postgresql() {
    let postgres = Postgres::start();
    let node = Node::start(&[("SIGNET_DATABASE_URL", &postgres.url())]).await;
    rotate_and_crash(node).await;
}

async fn rotate_and_crash(mut node: Node) {
    let port = node.port;
    let email = Person::create(&node, "alice");
    let (stop, rotations) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut workers = Vec::new();
    for _ in 0..PEOPLE {
        let person = Person::sign_in(&email, port).await;
        workers.push(tokio::spawn(keep_rotating(person, port, stop.clone(), rotations.clone())));
    }
    for crash in 0..CRASHES {
        // Never at the same point of the rotations.
        tokio::time::sleep(Duration::from_millis(700 + 137 * crash)).await;
        node.kill();
        node.begin().await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::Relaxed);
    let mut lost_answers = 0;
    for worker in workers {
        let (mut person, lost) = worker.await.unwrap();
        lost_answers += lost;
        assert_eq!(person.rotate(port).await.unwrap().status, 200, "the last token is good");
        assert_eq!(person.me().at(port).await.unwrap().status, 200);
    }
    let rotations = rotations.load(Ordering::Relaxed);
    assert!(rotations > 50, "only {rotations} rotations");
    assert!(lost_answers > 0, "no crash hit a rotation");
    eprintln!("{rotations} rotations, {CRASHES} crashes, {lost_answers} answers lost, no token");
}

/// Rotates until told to stop. A token whose answer was lost in a crash is presented again, as a client does.
async fn keep_rotating(
    mut person: Person,
    port: u16,
    stop: Arc<AtomicBool>,
    rotations: Arc<AtomicU64>,
) -> (Person, usize) {
    let mut lost = 0;
    while !stop.load(Ordering::Relaxed) {
        match person.rotate(port).await {
            Ok(answer) if answer.status == 200 => drop(rotations.fetch_add(1, Ordering::Relaxed)),
            // While a node starts it says when to come again.
            Ok(answer) if answer.is_sorry() => {}
            Ok(answer) => panic!("a token that was given is refused: {} {}", answer.status, answer.text()),
            Err(Broken::Refused) => {}
            Err(Broken::Unanswered(_) | Broken::Torn(_)) => lost += 1,
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    (person, lost)
}
