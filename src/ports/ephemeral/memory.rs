//! The ephemeral store in the process's own memory: for one node, and gone when it ends.

use std::{
    collections::{HashMap, hash_map::RandomState},
    future::ready,
    hash::BuildHasher,
    pin::Pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{
    Answer, Ephemeral, Spend,
    pace::{Asked, Pace, Paced},
    rate::{Allowance, Rate, micros},
    topic::{Subscription, Topics},
};
use crate::kernel::{Clock, Fault};

/// Locks are held for the length of a map access: a few shards keep two cores from meeting.
const SHARDS: usize = 16;

/// How many values, and apart from them how many buckets, are kept at most: some 300 MB of the usual size.
const CAPACITY: usize = 500_000;

/// Below this size nothing is gained by looking for what has expired.
const TIDY_FROM: usize = 256;

/// The store in memory. When it is full it refuses what is new and evicts nothing: an evicted code or claim could be used
/// twice.
#[derive(Debug)]
pub struct Memory {
    clock: Clock,
    capacity: usize,
    hasher: RandomState,
    values: Vec<Mutex<Shard<Entry>>>,
    buckets: Vec<Mutex<Shard<i64>>>,
    value_count: AtomicUsize,
    bucket_count: AtomicUsize,
    topics: Topics,
}

/// Part of a map, the size at which the expired are looked for next, and when they last were.
#[derive(Debug)]
struct Shard<V> {
    map: HashMap<String, V>,
    tidy_at: usize,
    tidied: i64,
}

/// A value and when it ends, in microseconds since the epoch.
struct Entry {
    kind: Kind,
    ends: i64,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entry(…)")
    }
}

enum Kind {
    Plain(Vec<u8>),
    Spendable { value: Vec<u8>, spent: bool },
    Paced(Asked),
}

/// Something that ends by itself.
trait Mortal {
    fn ends(&self) -> i64;
}

impl Mortal for Entry {
    fn ends(&self) -> i64 {
        self.ends
    }
}

impl Mortal for i64 {
    // A bucket is empty again when everything is paid.
    fn ends(&self) -> i64 {
        *self
    }
}

impl Memory {
    /// An empty store that ages by `clock`.
    pub fn new(clock: Clock) -> Self {
        Self::with_capacity(clock, CAPACITY)
    }

    /// The same with room for `capacity` values and as many buckets.
    pub fn with_capacity(clock: Clock, capacity: usize) -> Self {
        Self {
            clock,
            capacity,
            hasher: RandomState::new(),
            values: (0..SHARDS).map(|_| Mutex::default()).collect(),
            buckets: (0..SHARDS).map(|_| Mutex::default()).collect(),
            value_count: AtomicUsize::new(0),
            bucket_count: AtomicUsize::new(0),
            topics: Topics::default(),
        }
    }

    /// Drops what has expired; how many that were. Insertions do so by themselves as the store grows.
    pub fn sweep(&self) -> usize {
        let now = self.now();
        let values = self.values.iter().map(|shard| lock(shard).tidy(now, &self.value_count)).sum::<usize>();
        let buckets = self.buckets.iter().map(|shard| lock(shard).tidy(now, &self.bucket_count)).sum::<usize>();
        values + buckets
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_micros()
    }

    /// When a value ends that is put now.
    fn end(&self, ttl: Duration) -> i64 {
        self.now().saturating_add(micros(ttl.max(Duration::from_millis(1))))
    }

    fn shard<'a, V>(&self, shards: &'a [Mutex<Shard<V>>], key: &str) -> Result<MutexGuard<'a, Shard<V>>, Fault> {
        let index = self.hasher.hash_one(key) % (shards.len().max(1) as u64);
        let shard = usize::try_from(index).ok().and_then(|index| shards.get(index));
        shard.map(lock).ok_or_else(|| Fault::broken("the memory store has no shards"))
    }

    fn value(&self, key: &str) -> Result<MutexGuard<'_, Shard<Entry>>, Fault> {
        self.shard(&self.values, key)
    }

    fn store(&self, key: &str, kind: Kind, ttl: Duration) -> Result<(), Fault> {
        let entry = Entry { kind, ends: self.end(ttl) };
        self.value(key)?.insert(key, entry, self.now(), &self.value_count, self.capacity)
    }

    fn store_new(&self, key: &str, value: &[u8], ttl: Duration) -> Result<bool, Fault> {
        let (now, entry) = (self.now(), Entry { kind: Kind::Plain(value.to_vec()), ends: self.end(ttl) });
        let mut shard = self.value(key)?;
        if shard.live(key, now).is_some() {
            return Ok(false);
        }
        shard.insert(key, entry, now, &self.value_count, self.capacity).map(|()| true)
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        match self.value(key)?.live(key, self.now()).map(|entry| &entry.kind) {
            None => Ok(None),
            Some(Kind::Plain(value)) => Ok(Some(value.clone())),
            Some(_) => Err(wrong_kind()),
        }
    }

    fn read_and_remove(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        let mut shard = self.value(key)?;
        match shard.live(key, self.now()).map(|entry| &entry.kind) {
            None => return Ok(None),
            Some(Kind::Plain(_)) => {}
            Some(_) => return Err(wrong_kind()),
        }
        Ok(shard.remove(key, &self.value_count).and_then(|entry| match entry.kind {
            Kind::Plain(value) => Some(value),
            _ => None,
        }))
    }

    fn spend_now(&self, key: &str, keep: Duration) -> Result<Spend, Fault> {
        let ends = self.end(keep);
        match self.value(key)?.live(key, self.now()) {
            None => Ok(Spend::Unknown),
            Some(Entry { kind: Kind::Plain(_) | Kind::Paced(_), .. }) => Err(wrong_kind()),
            Some(Entry { kind: Kind::Spendable { value, spent: true }, .. }) => Ok(Spend::Again(value.clone())),
            Some(Entry { kind: Kind::Spendable { value, spent }, ends: end }) => {
                (*spent, *end) = (true, ends);
                Ok(Spend::First(value.clone()))
            }
        }
    }

    fn note_question(&self, key: &str, pace: Pace) -> Result<Paced, Fault> {
        let (now, ends) = (self.now(), self.end(pace.keep));
        let mut shard = self.value(key)?;
        let last = match shard.live(key, now).map(|entry| &entry.kind) {
            None => None,
            Some(Kind::Paced(asked)) => Some(*asked),
            Some(_) => return Err(wrong_kind()),
        };
        let (asked, paced) = pace.judge(last, now);
        shard.insert(key, Entry { kind: Kind::Paced(asked), ends }, now, &self.value_count, self.capacity)?;
        Ok(paced)
    }

    fn count_hit(&self, bucket: &str, rate: Rate) -> Result<Allowance, Fault> {
        let now = self.now();
        let mut shard = self.shard(&self.buckets, bucket)?;
        let paid_until = shard.map.get(bucket).copied().unwrap_or(now).max(now);
        let allowance = rate.judge_hit(paid_until, now);
        if allowance.allowed {
            let paid_until = paid_until.saturating_add(rate.step());
            shard.insert(bucket, paid_until, now, &self.bucket_count, self.capacity)?;
        }
        Ok(allowance)
    }

    fn judge(&self, bucket: &str, rate: Rate) -> Result<Allowance, Fault> {
        let paid_until = self.shard(&self.buckets, bucket)?.map.get(bucket).copied().unwrap_or(0);
        Ok(rate.judge(paid_until, self.now()))
    }
}

impl<V> Default for Shard<V> {
    fn default() -> Self {
        Self { map: HashMap::new(), tidy_at: TIDY_FROM, tidied: 0 }
    }
}

impl<V: Mortal> Shard<V> {
    /// The entry, unless it has expired.
    fn live(&mut self, key: &str, now: i64) -> Option<&mut V> {
        self.map.get_mut(key).filter(|entry| entry.ends() > now)
    }

    /// Puts an entry; refuses a new one when the store is full.
    fn insert(&mut self, key: &str, entry: V, now: i64, count: &AtomicUsize, capacity: usize) -> Result<(), Fault> {
        if let Some(old) = self.map.get_mut(key) {
            *old = entry;
            return Ok(());
        }
        // Each tidying doubles the size at which the next one comes: its cost is shared by as many insertions. A full
        // store looks once a second: a flood must not make it look at everything for every insertion.
        let full = count.load(Ordering::Relaxed) >= capacity;
        if self.map.len() >= self.tidy_at || full && now.saturating_sub(self.tidied) >= 1_000_000 {
            self.tidy(now, count);
        }
        if count.fetch_add(1, Ordering::Relaxed) >= capacity {
            count.fetch_sub(1, Ordering::Relaxed);
            return Err(Fault::unavailable("memory store", "it is full"));
        }
        self.map.insert(key.to_owned(), entry);
        Ok(())
    }

    fn remove(&mut self, key: &str, count: &AtomicUsize) -> Option<V> {
        let removed = self.map.remove(key)?;
        count.fetch_sub(1, Ordering::Relaxed);
        Some(removed)
    }

    /// Drops the expired; how many that were.
    fn tidy(&mut self, now: i64, count: &AtomicUsize) -> usize {
        let before = self.map.len();
        self.map.retain(|_, entry| entry.ends() > now);
        let dropped = before - self.map.len();
        count.fetch_sub(dropped, Ordering::Relaxed);
        self.tidy_at = (self.map.len() * 2).max(TIDY_FROM);
        self.tidied = now;
        dropped
    }
}

/// A panic elsewhere leaves a map as whole as before: every change of it is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wrong_kind() -> Fault {
    Fault::broken("a spendable value was used as a plain one, or a plain one as spendable")
}

fn at_once<'a, T: Send + 'a>(result: Result<T, Fault>) -> Answer<'a, T> {
    Box::pin(ready(result))
}

impl Ephemeral for Memory {
    fn put<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, ()> {
        Box::pin(async move { self.store(key, Kind::Plain(value.to_vec()), ttl) })
    }

    fn put_new<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, bool> {
        Box::pin(async move { self.store_new(key, value, ttl) })
    }

    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async move { self.read(key) })
    }

    fn take<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async move { self.read_and_remove(key) })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.value(key)?.remove(key, &self.value_count);
            Ok(())
        })
    }

    fn put_spendable<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, ()> {
        Box::pin(async move { self.store(key, Kind::Spendable { value: value.to_vec(), spent: false }, ttl) })
    }

    fn spend<'a>(&'a self, key: &'a str, keep: Duration) -> Answer<'a, Spend> {
        Box::pin(async move { self.spend_now(key, keep) })
    }

    fn hit<'a>(&'a self, bucket: &'a str, rate: Rate) -> Answer<'a, Allowance> {
        Box::pin(async move { if rate.limit == 0 { Ok(Allowance::UNLIMITED) } else { self.count_hit(bucket, rate) } })
    }

    fn peek<'a>(&'a self, bucket: &'a str, rate: Rate) -> Answer<'a, Allowance> {
        Box::pin(async move { if rate.limit == 0 { Ok(Allowance::UNLIMITED) } else { self.judge(bucket, rate) } })
    }

    fn forget<'a>(&'a self, bucket: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.shard(&self.buckets, bucket)?.remove(bucket, &self.bucket_count);
            Ok(())
        })
    }

    fn pace<'a>(&'a self, key: &'a str, pace: Pace) -> Answer<'a, Paced> {
        at_once(self.note_question(key, pace))
    }

    fn publish<'a>(&'a self, topic: &'a str, message: &'a [u8]) -> Answer<'a, ()> {
        self.topics.tell(topic, message);
        at_once(Ok(()))
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Pin<Box<dyn Future<Output = Subscription> + Send + 'a>> {
        Box::pin(ready(self.topics.join(topic)))
    }

    fn ping(&self) -> Answer<'_, Duration> {
        at_once(Ok(Duration::ZERO))
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn sweep(&self) -> usize {
        Self::sweep(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::TimeDelta;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_full_store_refuses_what_is_new_keeps_what_it_has_and_makes_room_when_that_expires() {
        let clock = Clock::shifted();
        let store = Memory::with_capacity(clock.clone(), 2);
        store.put("a", b"1", HOUR).await.unwrap();
        store.put("b", b"1", HOUR).await.unwrap();
        assert!(matches!(store.put("c", b"1", HOUR).await, Err(Fault::Unavailable { .. })));
        store.put("a", b"2", HOUR).await.unwrap();
        assert_eq!(store.get("a").await.unwrap().unwrap(), b"2");
        store.delete("b").await.unwrap();
        store.put("c", b"1", HOUR).await.unwrap();
        clock.advance(TimeDelta::hours(1));
        assert_eq!(store.sweep(), 2);
        store.put("d", b"1", HOUR).await.unwrap();
    }

    #[tokio::test]
    async fn a_flood_of_buckets_leaves_room_for_values() {
        let store = Memory::with_capacity(Clock::System, 2);
        let rate = Rate { limit: 1, window: HOUR };
        for bucket in ["a", "b"] {
            store.hit(bucket, rate).await.unwrap();
        }
        assert!(store.hit("c", rate).await.is_err());
        store.put("a", b"1", HOUR).await.unwrap();
    }

    #[tokio::test]
    async fn a_growing_store_drops_what_has_expired_by_itself() {
        let clock = Clock::shifted();
        let store = Memory::new(clock.clone());
        for round in 0..10 {
            for key in 0..TIDY_FROM * SHARDS {
                store.put(&format!("{round}-{key}"), b"", Duration::from_secs(60)).await.unwrap();
            }
            clock.advance(TimeDelta::minutes(2));
        }
        let kept = store.value_count.load(Ordering::Relaxed);
        assert!(kept <= 4 * TIDY_FROM * SHARDS, "{kept} of {} kept", 10 * TIDY_FROM * SHARDS);
    }
}
