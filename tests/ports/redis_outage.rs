//! Redis away, killed, silent, failed over: calls fail in time, and the store is well again by itself.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, Instant};

use signet::{
    kernel::Fault,
    ports::ephemeral::{Heard, Rate, Spend},
};

use crate::{
    redis_server::{RedisServer, free_port, is_installed},
    store::Store,
};

const HOUR: Duration = Duration::from_secs(3600);
const TIMEOUT: Duration = Duration::from_millis(500);
/// Twice the pause between two attempts to dial, and room for a busy machine.
const RECOVERY: Duration = Duration::from_secs(3);

fn store(url: &str) -> Store {
    Store::redis_with(url, "test:", TIMEOUT)
}

/// The call fails as "unavailable", and in time.
async fn assert_unavailable(store: &Store) {
    let asked = Instant::now();
    let answer = store.get("k").await;
    assert!(matches!(answer, Err(Fault::Unavailable { dependency: "redis", .. })), "{answer:?}");
    assert!(asked.elapsed() < TIMEOUT * 2, "{:?}", asked.elapsed());
}

/// How long it takes until a write succeeds.
async fn recovery(store: &Store, limit: Duration) -> Duration {
    let from = Instant::now();
    while let Err(fault) = store.put("k", b"v", HOUR).await {
        assert!(from.elapsed() < limit, "not back after {limit:?}: {}", fault.chain());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    from.elapsed()
}

#[tokio::test]
async fn a_store_starts_without_redis_and_works_when_it_comes() {
    if !is_installed() {
        return;
    }
    let port = free_port();
    let store = store(&format!("redis://127.0.0.1:{port}"));
    for _ in 0..3 {
        assert_unavailable(&store).await;
    }
    let _server = RedisServer::start_on(port, None, &[]);
    // No old error: the first call after the start is answered.
    store.put("k", b"v", HOUR).await.unwrap();
}

#[tokio::test]
async fn a_killed_redis_is_a_fault_and_a_restarted_one_is_found() {
    if !is_installed() {
        return;
    }
    let mut server = RedisServer::start(&[]);
    let store = store(&server.url());
    let rate = Rate { limit: 5, window: HOUR };
    store.put_spendable("code", b"grant", HOUR).await.unwrap();
    assert!(store.hit("b", rate).await.unwrap().allowed);
    server.kill();
    for _ in 0..3 {
        assert_unavailable(&store).await;
        assert!(store.spend("code", HOUR).await.is_err(), "an outage must not look like an unknown code");
        assert!(store.hit("b", rate).await.is_err(), "an outage must not allow");
        assert!(store.claim("jti", HOUR).await.is_err());
    }
    server.restart();
    assert!(recovery(&store, RECOVERY).await < RECOVERY);
    // A new server knows no scripts: they are loaded again by themselves.
    store.put_spendable("code", b"grant", HOUR).await.unwrap();
    assert_eq!(store.spend("code", HOUR).await.unwrap(), Spend::First(b"grant".to_vec()));
    assert!(store.hit("b", rate).await.unwrap().allowed);
}

#[tokio::test]
async fn a_restart_between_two_calls_goes_unnoticed() {
    if !is_installed() {
        return;
    }
    let mut server = RedisServer::start(&[]);
    let store = store(&server.url());
    let mut listener = store.subscribe("keys").await;
    server.kill();
    server.restart();
    // Told by the store once it listens again, without any call of ours.
    let heard = tokio::time::timeout(RECOVERY, listener.next()).await.unwrap();
    assert_eq!(heard, Some(Heard::Missed));
    store.publish("keys", b"x").await.unwrap();
    assert_eq!(listener.next().await, Some(Heard::Message(b"x".as_slice().into())));
}

#[tokio::test]
async fn a_silent_redis_costs_each_call_its_timeout_and_no_more() {
    if !is_installed() {
        return;
    }
    let server = RedisServer::start(&[]);
    let store = store(&server.url());
    store.put("k", b"v", HOUR).await.unwrap();
    server.signal("STOP");
    let asked = Instant::now();
    tokio::join!(assert_unavailable(&store), assert_unavailable(&store), assert_unavailable(&store));
    assert_unavailable(&store).await;
    assert!(asked.elapsed() < TIMEOUT * 4);
    server.signal("CONT");
    assert!(recovery(&store, RECOVERY).await < RECOVERY);
}

#[tokio::test]
async fn a_cluster_does_what_one_server_does() {
    if !is_installed() {
        return;
    }
    let bus = free_port().to_string();
    let server = RedisServer::start(&["--cluster-enabled", "yes", "--cluster-port", &bus]);
    assert!(server.ask("CLUSTER ADDSLOTSRANGE 0 16383").unwrap().contains("OK"));
    server.wait_until("CLUSTER INFO", "cluster_state:ok");
    let store = store(&format!("redis+cluster://127.0.0.1:{0},127.0.0.1:{0}", server.port));
    let mut listener = store.subscribe("keys").await;
    store.put_spendable("code", b"grant", HOUR).await.unwrap();
    assert_eq!(store.spend("code", HOUR).await.unwrap(), Spend::First(b"grant".to_vec()));
    assert_eq!(store.spend("code", HOUR).await.unwrap(), Spend::Again(b"grant".to_vec()));
    assert!(store.claim("jti", HOUR).await.unwrap());
    assert!(!store.claim("jti", HOUR).await.unwrap());
    assert_eq!(store.hit("b", Rate { limit: 2, window: HOUR }).await.unwrap().remaining, 1);
    store.ping().await.unwrap();
    store.publish("keys", b"x").await.unwrap();
    assert_eq!(listener.next().await, Some(Heard::Message(b"x".as_slice().into())));
}

#[tokio::test]
async fn sentinels_lead_to_the_master_and_after_its_death_to_the_next() {
    if !is_installed() {
        return;
    }
    let mut master = RedisServer::start(&[]);
    let replica =
        RedisServer::start(&["--replicaof", "127.0.0.1", &master.port.to_string(), "--repl-diskless-sync-delay", "0"]);
    replica.wait_until("INFO replication", "master_link_status:up");
    let configuration = format!(
        "sentinel monitor main 127.0.0.1 {} 1\nsentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n",
        master.port
    );
    let sentinel = RedisServer::start_on(free_port(), Some(&configuration), &["--sentinel"]);
    sentinel.wait_until("SENTINEL REPLICAS main", &replica.port.to_string());
    let store = store(&format!("redis+sentinel://127.0.0.1:{}/main", sentinel.port));
    store.put("k", b"before", HOUR).await.unwrap();
    master.kill();
    recovery(&store, Duration::from_secs(20)).await;
    assert!(replica.ask("INFO replication").unwrap().contains("role:master"));
}
