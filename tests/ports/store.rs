//! The stores under test, each test with its own part of them.
#![allow(clippy::unwrap_used)]

use std::{ops::Deref, sync::Arc, time::Duration};

use chrono::TimeDelta;
use signet::{
    config::{RedisUrl, Setting},
    kernel::Clock,
    ports::{
        ephemeral::{Ephemeral, connect},
        random,
    },
};

/// A store, and how to let time pass in it.
pub struct Store {
    store: Arc<dyn Ephemeral>,
    clock: Clock,
}

impl Deref for Store {
    type Target = Arc<dyn Ephemeral>;

    fn deref(&self) -> &Self::Target {
        &self.store
    }
}

impl Store {
    /// The process's memory.
    pub fn memory() -> Self {
        let clock = Clock::shifted();
        Self { store: connect(None, "", Duration::ZERO, clock.clone()).unwrap(), clock }
    }

    /// Redis at `SIGNET_TEST_REDIS_URL`, with a prefix of its own; `None` (and a line that says so) when that is unset.
    #[allow(clippy::disallowed_methods)] // a setting of the tests, not of the service
    pub fn redis() -> Option<Self> {
        match std::env::var("SIGNET_TEST_REDIS_URL") {
            Ok(url) => Some(Self::redis_at(&url)),
            Err(_) => {
                eprintln!("skipped: SIGNET_TEST_REDIS_URL is not set");
                None
            }
        }
    }

    /// Redis at a URL, with a prefix of its own.
    pub fn redis_at(url: &str) -> Self {
        let prefix = format!("test:{}:", random::token("").unwrap().expose());
        Self::redis_with(url, &prefix, Duration::from_secs(5))
    }

    /// Redis with a prefix that others may share.
    pub fn redis_with(url: &str, prefix: &str, timeout: Duration) -> Self {
        Self {
            store: connect(Some(&RedisUrl::parse(url).unwrap()), prefix, timeout, Clock::System).unwrap(),
            clock: Clock::System,
        }
    }

    /// Lets time pass: by turning the clock, or, as nobody can turn Redis', by waiting.
    pub async fn pass(&self, time: Duration) {
        if self.is_shared() {
            tokio::time::sleep(time).await;
        } else {
            self.clock.advance(TimeDelta::from_std(time).unwrap());
        }
    }
}
