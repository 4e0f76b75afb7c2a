//! What every ephemeral store must do, one caller at a time and two hundred at once.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use signet::{
    kernel::Fault,
    ports::ephemeral::{Ephemeral, Heard, Pace, Rate, Spend},
};
use tokio::task::JoinSet;

use crate::store::Store;

const HOUR: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(200);

/// Each of these for each store.
macro_rules! every_store_holds {
    ($($test:ident)+) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                super::$test(super::Store::memory()).await;
            })+
        }

        mod redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                if let Some(store) = super::Store::redis() {
                    super::$test(store).await;
                }
            })+
        }
    };
}

every_store_holds! {
    a_value_is_read_replaced_and_deleted
    a_value_is_any_bytes
    a_value_expires
    a_value_is_put_once_if_new
    a_value_is_taken_once
    a_name_is_claimed_once_until_it_expires
    a_value_is_spent_once_and_remembered
    an_unspent_value_expires
    plain_and_spendable_values_are_not_mixed_up
    a_rate_is_kept_and_recovers
    a_peek_counts_nothing
    a_forgotten_bucket_is_empty
    a_limit_of_zero_is_switched_off
    whoever_asks_too_early_waits_longer_from_then_on
    of_100_questions_at_once_one_is_in_time
    a_listener_hears_what_is_said_on_its_topic
    of_200_spends_one_is_the_first
    of_200_claims_one_succeeds
    of_200_takes_one_gets_the_value
    of_100_hits_with_limit_10_ten_are_allowed
    the_store_answers
}

/// Asks the same thing so many times at once.
async fn at_once<T, F, A>(store: &Store, times: usize, ask: F) -> Vec<T>
where
    T: Send + 'static,
    F: Fn(std::sync::Arc<dyn Ephemeral>) -> A,
    A: Future<Output = Result<T, Fault>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for _ in 0..times {
        tasks.spawn(ask((*store).clone()));
    }
    tasks.join_all().await.into_iter().collect::<Result<_, _>>().unwrap()
}

async fn a_value_is_read_replaced_and_deleted(store: Store) {
    assert_eq!(store.get("k").await.unwrap(), None);
    store.put("k", b"one", HOUR).await.unwrap();
    store.put("k", b"two", HOUR).await.unwrap();
    assert_eq!(store.get("k").await.unwrap().unwrap(), b"two");
    store.delete("k").await.unwrap();
    assert_eq!(store.get("k").await.unwrap(), None);
    store.delete("k").await.unwrap();
}

async fn a_value_is_any_bytes(store: Store) {
    let bytes: Vec<u8> = (0..=255).collect();
    for value in [bytes.as_slice(), b""] {
        store.put("k", value, HOUR).await.unwrap();
        assert_eq!(store.get("k").await.unwrap().unwrap(), value);
        store.put_spendable("s", value, HOUR).await.unwrap();
        assert_eq!(store.spend("s", HOUR).await.unwrap(), Spend::First(value.to_vec()));
    }
}

async fn a_value_expires(store: Store) {
    store.put("k", b"v", SOON).await.unwrap();
    store.put("later", b"v", HOUR).await.unwrap();
    store.put("now", b"v", Duration::ZERO).await.unwrap();
    store.pass(SOON * 2).await;
    for gone in ["k", "now"] {
        assert_eq!(store.get(gone).await.unwrap(), None);
        assert_eq!(store.take(gone).await.unwrap(), None);
    }
    assert_eq!(store.get("later").await.unwrap().unwrap(), b"v");
}

async fn a_value_is_put_once_if_new(store: Store) {
    assert!(store.put_new("k", b"one", SOON).await.unwrap());
    assert!(!store.put_new("k", b"two", HOUR).await.unwrap());
    assert_eq!(store.get("k").await.unwrap().unwrap(), b"one");
    store.pass(SOON * 2).await;
    assert!(store.put_new("k", b"three", HOUR).await.unwrap());
    assert_eq!(store.get("k").await.unwrap().unwrap(), b"three");
}

async fn a_value_is_taken_once(store: Store) {
    store.put("k", b"v", HOUR).await.unwrap();
    assert_eq!(store.take("k").await.unwrap().unwrap(), b"v");
    assert_eq!(store.take("k").await.unwrap(), None);
    assert_eq!(store.get("k").await.unwrap(), None);
}

async fn a_name_is_claimed_once_until_it_expires(store: Store) {
    assert!(store.claim("jti", SOON).await.unwrap());
    assert!(!store.claim("jti", HOUR).await.unwrap());
    assert!(store.claim("other", HOUR).await.unwrap());
    store.pass(SOON * 2).await;
    assert!(store.claim("jti", HOUR).await.unwrap());
}

async fn a_value_is_spent_once_and_remembered(store: Store) {
    assert_eq!(store.spend("code", HOUR).await.unwrap(), Spend::Unknown);
    store.put_spendable("code", b"grant", SOON).await.unwrap();
    assert_eq!(store.spend("code", SOON * 4).await.unwrap(), Spend::First(b"grant".to_vec()));
    assert_eq!(store.spend("code", HOUR).await.unwrap(), Spend::Again(b"grant".to_vec()));
    // Past the time it was put for, within the time it is kept for.
    store.pass(SOON * 2).await;
    assert_eq!(store.spend("code", HOUR).await.unwrap(), Spend::Again(b"grant".to_vec()));
    // A replay does not prolong that.
    store.pass(SOON * 3).await;
    assert_eq!(store.spend("code", HOUR).await.unwrap(), Spend::Unknown);
}

async fn an_unspent_value_expires(store: Store) {
    store.put_spendable("code", b"grant", SOON).await.unwrap();
    store.pass(SOON * 2).await;
    assert_eq!(store.spend("code", HOUR).await.unwrap(), Spend::Unknown);
}

async fn plain_and_spendable_values_are_not_mixed_up(store: Store) {
    store.put("plain", b"v", HOUR).await.unwrap();
    store.put_spendable("code", b"v", HOUR).await.unwrap();
    let broken = |result: Result<(), Fault>| assert!(matches!(result, Err(Fault::Broken { .. })), "{result:?}");
    broken(store.spend("plain", HOUR).await.map(drop));
    broken(store.get("code").await.map(drop));
    broken(store.take("code").await.map(drop));
    assert!(!store.put_new("code", b"w", HOUR).await.unwrap());
    assert_eq!(store.spend("code", HOUR).await.unwrap(), Spend::First(b"v".to_vec()));
    store.put("code", b"w", HOUR).await.unwrap();
    assert_eq!(store.get("code").await.unwrap().unwrap(), b"w");
    store.put_spendable("plain", b"w", HOUR).await.unwrap();
    assert_eq!(store.spend("plain", HOUR).await.unwrap(), Spend::First(b"w".to_vec()));
    store.delete("plain").await.unwrap();
    assert_eq!(store.spend("plain", HOUR).await.unwrap(), Spend::Unknown);
}

async fn a_rate_is_kept_and_recovers(store: Store) {
    let rate = Rate { limit: 2, window: SOON * 4 };
    let first = store.hit("b", rate).await.unwrap();
    assert!(first.allowed && first.remaining == 1, "{first:?}");
    let second = store.hit("b", rate).await.unwrap();
    assert!(second.allowed && second.remaining == 0, "{second:?}");
    let third = store.hit("b", rate).await.unwrap();
    assert!(!third.allowed && third.remaining == 0, "{third:?}");
    assert!(third.retry_after > Duration::ZERO && third.retry_after <= rate.window / 2, "{third:?}");
    assert!(store.hit("other", rate).await.unwrap().allowed);
    store.pass(third.retry_after + Duration::from_millis(1)).await;
    assert!(store.hit("b", rate).await.unwrap().allowed, "one share of the window later one more is allowed");
    store.pass(rate.window * 2).await;
    assert_eq!(store.peek("b", rate).await.unwrap().remaining, 2);
}

async fn a_peek_counts_nothing(store: Store) {
    let rate = Rate { limit: 1, window: HOUR };
    for _ in 0..3 {
        let peeked = store.peek("b", rate).await.unwrap();
        assert!(peeked.allowed && peeked.remaining == 1, "{peeked:?}");
    }
    assert!(store.hit("b", rate).await.unwrap().allowed);
    let peeked = store.peek("b", rate).await.unwrap();
    assert!(!peeked.allowed && peeked.retry_after > HOUR - Duration::from_secs(60), "{peeked:?}");
}

async fn a_forgotten_bucket_is_empty(store: Store) {
    let rate = Rate { limit: 1, window: HOUR };
    store.put("b", b"a value of the same name", HOUR).await.unwrap();
    assert!(store.hit("b", rate).await.unwrap().allowed);
    store.forget("b").await.unwrap();
    assert!(store.hit("b", rate).await.unwrap().allowed);
    assert!(!store.hit("b", rate).await.unwrap().allowed);
    assert!(store.get("b").await.unwrap().is_some());
}

async fn a_limit_of_zero_is_switched_off(store: Store) {
    let rate = Rate { limit: 0, window: HOUR };
    for _ in 0..100 {
        assert!(store.hit("b", rate).await.unwrap().allowed);
    }
    assert!(store.peek("b", rate).await.unwrap().allowed);
}

/// Once in so long, with a hundredth of it forgiven.
const fn pace(interval: Duration) -> Pace {
    let tolerance = Duration::from_millis(interval.as_millis() as u64 / 100);
    Pace { interval, penalty: interval, tolerance, keep: HOUR }
}

async fn whoever_asks_too_early_waits_longer_from_then_on(store: Store) {
    let ask = async || {
        let paced = store.pace("k", pace(SOON)).await.unwrap();
        (paced.early, paced.interval)
    };
    assert_eq!(ask().await, (false, SOON), "the first question");
    assert_eq!(ask().await, (true, SOON * 2));
    store.pass(SOON * 3 / 2).await;
    assert_eq!(ask().await, (true, SOON * 3), "in time for the first interval, and not for the grown one");
    store.pass(SOON * 3).await;
    assert_eq!(ask().await, (false, SOON * 3), "patience does not shorten it again");
    assert!(!store.pace("other", pace(SOON)).await.unwrap().early);
    let brief = Pace { keep: SOON, ..pace(HOUR) };
    assert!(!store.pace("brief", brief).await.unwrap().early);
    store.pass(SOON * 2).await;
    assert_eq!(store.pace("brief", brief).await.unwrap().interval, HOUR, "nobody remembers the first one");
    assert!(matches!(store.get("k").await, Err(Fault::Broken { .. })));
}

async fn of_100_questions_at_once_one_is_in_time(store: Store) {
    let asked = at_once(&store, 100, |store| async move { store.pace("k", pace(HOUR)).await }).await;
    assert_eq!(asked.iter().filter(|paced| !paced.early).count(), 1);
    assert_eq!(asked.iter().map(|paced| paced.interval).max(), Some(HOUR * 100), "no question is lost");
}

async fn a_listener_hears_what_is_said_on_its_topic(store: Store) {
    let (mut keys, mut also) = (store.subscribe("keys").await, store.subscribe("keys").await);
    let mut other = store.subscribe("other").await;
    store.publish("nobody", b"x").await.unwrap();
    store.publish("keys", b"rotated\0").await.unwrap();
    store.publish("other", b"y").await.unwrap();
    assert_eq!(keys.next().await, Some(Heard::Message(b"rotated\0".as_slice().into())));
    assert_eq!(also.next().await, Some(Heard::Message(b"rotated\0".as_slice().into())));
    assert_eq!(other.next().await, Some(Heard::Message(b"y".as_slice().into())));
}

async fn of_200_spends_one_is_the_first(store: Store) {
    store.put_spendable("code", b"grant", HOUR).await.unwrap();
    let spends = at_once(&store, 200, |store| async move { store.spend("code", HOUR).await }).await;
    let count = |wanted: Spend| spends.iter().filter(|spend| **spend == wanted).count();
    assert_eq!(count(Spend::First(b"grant".to_vec())), 1);
    assert_eq!(count(Spend::Again(b"grant".to_vec())), 199);
}

async fn of_200_claims_one_succeeds(store: Store) {
    let claims = at_once(&store, 200, |store| async move { store.claim("jti", HOUR).await }).await;
    assert_eq!(claims.into_iter().filter(|claimed| *claimed).count(), 1);
}

async fn of_200_takes_one_gets_the_value(store: Store) {
    store.put("k", b"v", HOUR).await.unwrap();
    let takes = at_once(&store, 200, |store| async move { store.take("k").await }).await;
    assert_eq!(takes.into_iter().flatten().collect::<Vec<_>>(), [b"v"]);
}

async fn of_100_hits_with_limit_10_ten_are_allowed(store: Store) {
    let rate = Rate { limit: 10, window: HOUR };
    let hits = at_once(&store, 100, move |store| async move { store.hit("b", rate).await }).await;
    assert_eq!(hits.iter().filter(|hit| hit.allowed).count(), 10);
    assert!(hits.iter().filter(|hit| !hit.allowed).all(|hit| hit.retry_after > Duration::ZERO));
}

async fn the_store_answers(store: Store) {
    assert!(store.ping().await.unwrap() < Duration::from_secs(5));
}
