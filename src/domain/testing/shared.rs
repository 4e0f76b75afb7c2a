//! The store in memory, claiming that other nodes see it: so that what is only done in a deployment of several nodes can be
//! tested without Redis.

use std::{pin::Pin, time::Duration};

use crate::ports::ephemeral::{Allowance, Answer, Ephemeral, Memory, Pace, Paced, Rate, Spend, Subscription};

#[derive(Debug)]
pub(super) struct Shared(pub(super) Memory);

impl Ephemeral for Shared {
    fn put<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, ()> {
        self.0.put(key, value, ttl)
    }

    fn put_new<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, bool> {
        self.0.put_new(key, value, ttl)
    }

    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.0.get(key)
    }

    fn take<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.0.take(key)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        self.0.delete(key)
    }

    fn put_spendable<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, ()> {
        self.0.put_spendable(key, value, ttl)
    }

    fn spend<'a>(&'a self, key: &'a str, keep: Duration) -> Answer<'a, Spend> {
        self.0.spend(key, keep)
    }

    fn hit<'a>(&'a self, bucket: &'a str, rate: Rate) -> Answer<'a, Allowance> {
        self.0.hit(bucket, rate)
    }

    fn peek<'a>(&'a self, bucket: &'a str, rate: Rate) -> Answer<'a, Allowance> {
        self.0.peek(bucket, rate)
    }

    fn forget<'a>(&'a self, bucket: &'a str) -> Answer<'a, ()> {
        self.0.forget(bucket)
    }

    fn pace<'a>(&'a self, key: &'a str, pace: Pace) -> Answer<'a, Paced> {
        self.0.pace(key, pace)
    }

    fn publish<'a>(&'a self, topic: &'a str, message: &'a [u8]) -> Answer<'a, ()> {
        self.0.publish(topic, message)
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Pin<Box<dyn Future<Output = Subscription> + Send + 'a>> {
        self.0.subscribe(topic)
    }

    fn ping(&self) -> Answer<'_, Duration> {
        self.0.ping()
    }

    fn is_shared(&self) -> bool {
        true
    }
}
