//! The ephemeral store: what may be gone tomorrow, but must not be taken twice today. Redis, or the process itself.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use crate::{
    config::RedisUrl,
    kernel::{Clock, Fault},
};

mod memory;
mod pace;
mod rate;
mod redis;
mod topic;

pub use self::memory::Memory;
pub use self::pace::{Pace, Paced};
pub use self::rate::{Allowance, Rate};
pub use self::redis::Redis;
pub use self::topic::{Heard, Subscription};

/// What every question to the store becomes.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// What became of an attempt to spend a value.
#[derive(Clone, PartialEq, Eq)]
pub enum Spend {
    /// This attempt spent it.
    First(Vec<u8>),
    /// It had been spent before: a replay.
    Again(Vec<u8>),
    /// Nothing of that name, or no longer.
    Unknown,
}

impl fmt::Debug for Spend {
    // The bytes are what a code stands for: not for a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First(_) => "First(…)",
            Self::Again(_) => "Again(…)",
            Self::Unknown => "Unknown",
        })
    }
}

/// A store of short-lived values, shared by the nodes of a deployment. Each method is one atomic step. Times to live are
/// rounded up to whole milliseconds, at least one. A value put with [`Ephemeral::put`] cannot be spent, and a spendable one or a name that is paced
/// cannot be read or taken: asking for that is a defect and answered by [`Fault::Broken`]. A store that does not answer is
/// [`Fault::Unavailable`]; nothing is tried twice, because an answer may be lost after the deed was done.
pub trait Ephemeral: Send + Sync + 'static {
    /// Stores a value, in place of any other of that name.
    fn put<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, ()>;

    /// Stores a value if there is none of that name; whether it did.
    fn put_new<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, bool>;

    /// Reads a value.
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>>;

    /// Reads a value and removes it: of any number of callers one gets it.
    fn take<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>>;

    /// Removes whatever has that name.
    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()>;

    /// True for the first caller, false for every other one until `ttl` has passed.
    fn claim<'a>(&'a self, key: &'a str, ttl: Duration) -> Answer<'a, bool> {
        self.put_new(key, &[], ttl)
    }

    /// Stores a value that can be spent once, in place of any other of that name.
    fn put_spendable<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, ()>;

    /// Spends a value. It stays for `keep` from the first time, so that a replay is recognized and what it gave can be
    /// revoked (RFC 6749 §4.1.2).
    fn spend<'a>(&'a self, key: &'a str, keep: Duration) -> Answer<'a, Spend>;

    /// Counts a hit if the rate allows it.
    fn hit<'a>(&'a self, bucket: &'a str, rate: Rate) -> Answer<'a, Allowance>;

    /// Whether a hit would be allowed, without counting one.
    fn peek<'a>(&'a self, bucket: &'a str, rate: Rate) -> Answer<'a, Allowance>;

    /// Forgets the hits of a bucket.
    fn forget<'a>(&'a self, bucket: &'a str) -> Answer<'a, ()>;

    /// Notes that somebody asks again under this name, and says whether that was too early; each question that is lengthens the
    /// wait for all that follow.
    fn pace<'a>(&'a self, key: &'a str, pace: Pace) -> Answer<'a, Paced>;

    /// Announces something to the listeners of a topic on every node. Nobody has to listen.
    fn publish<'a>(&'a self, topic: &'a str, message: &'a [u8]) -> Answer<'a, ()>;

    /// Listens to a topic from now on. It never fails: while the store is away nothing is heard, and [`Heard::Missed`] when
    /// it is back.
    fn subscribe<'a>(&'a self, topic: &'a str) -> Pin<Box<dyn Future<Output = Subscription> + Send + 'a>>;

    /// How long the store takes to answer.
    fn ping(&self) -> Answer<'_, Duration>;

    /// Whether other nodes see the same values.
    fn is_shared(&self) -> bool;

    /// Drops what has expired, where the store does not do so by itself; how many that were.
    fn sweep(&self) -> usize {
        0
    }
}

/// The store that the configuration names: Redis at `url`, or without one this process's own memory. `prefix` precedes
/// every Redis key; no call to Redis takes longer than `timeout`; `clock` ages the values in memory (Redis has its own).
/// Call it inside the Tokio runtime; it does not wait for Redis, which may come up later.
///
/// # Errors
/// As [`Redis::open`].
pub fn connect(
    url: Option<&RedisUrl>,
    prefix: &str,
    timeout: Duration,
    clock: Clock,
) -> Result<Arc<dyn Ephemeral>, Fault> {
    Ok(match url {
        Some(url) => Arc::new(Redis::open(url, prefix, timeout)?),
        None => Arc::new(Memory::new(clock)),
    })
}
