//! The password pool under a flood: most are sent away at once, nobody hangs, and nothing is lost when callers go away.
#![allow(clippy::unwrap_used)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use signet::{
    kernel::{Code, Error, secret::Secret},
    ports::passwords::{Hashing, Load, Passwords, Verdict},
};
use tokio::task::JoinSet;

/// Two workers, four places to wait; dear enough that sixty callers meet.
fn pool(wait: Duration) -> Arc<Passwords> {
    let hashing = Hashing { memory_kib: 19_456, iterations: 4, workers: 2, queue: 4, wait, ..Hashing::default() };
    Arc::new(Passwords::new(hashing).unwrap())
}

fn is_busy(error: &Error) -> bool {
    error.refusal().is_some_and(|no| no.code == Code::Busy && no.retry_after == Some(Duration::from_secs(1)))
}

/// Work that lost its caller goes on for as long as one hash takes.
async fn wait_until_free(pool: &Passwords) {
    let from = Instant::now();
    while pool.load().taken > 0 {
        assert!(from.elapsed() < Duration::from_secs(30), "{:?}", pool.load());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_flood_of_60_most_are_busy_and_none_hangs() {
    let pool = pool(Duration::from_secs(20));
    let mut flood = JoinSet::new();
    for _ in 0..60 {
        let pool = Arc::clone(&pool);
        flood.spawn(async move { pool.verify(None, Secret::new("guess")).await });
    }
    let answers = tokio::time::timeout(Duration::from_secs(60), flood.join_all()).await.unwrap();
    let busy = answers.iter().filter(|answer| answer.as_ref().is_err_and(is_busy)).count();
    let done = answers.iter().filter(|answer| matches!(answer, Ok(Verdict::Mismatch))).count();
    assert_eq!(busy + done, 60);
    assert!(busy >= 50, "{busy} busy");
    assert!(done >= 6, "{done} done: the workers and the queue");
    assert_eq!(pool.load(), Load { workers: 2, queue: 4, taken: 0 });
    assert!(pool.hash(Secret::new("afterwards")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_waits_too_long_is_sent_away() {
    let pool = pool(Duration::from_millis(1));
    let mut callers = JoinSet::new();
    for _ in 0..6 {
        let pool = Arc::clone(&pool);
        callers.spawn(async move { pool.hash(Secret::new("password")).await });
    }
    let answers = callers.join_all().await;
    assert!(answers.iter().filter(|answer| answer.as_ref().is_err_and(is_busy)).count() >= 3);
    assert!(answers.iter().filter(|answer| answer.is_ok()).count() >= 2);
    assert_eq!(pool.load().taken, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_go_away_leave_no_permit_behind_and_free_no_busy_worker() {
    let pool = pool(Duration::from_secs(20));
    let mut callers = JoinSet::new();
    for _ in 0..6 {
        let pool = Arc::clone(&pool);
        callers.spawn(async move { pool.hash(Secret::new("password")).await });
    }
    while pool.load().taken < 6 {
        tokio::task::yield_now().await;
    }
    callers.shutdown().await;
    assert!(pool.load().taken <= 2, "those who waited are gone");
    wait_until_free(&pool).await;
    assert!(pool.hash(Secret::new("afterwards")).await.is_ok());
}
