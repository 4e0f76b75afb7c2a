//! Announcements between nodes: topics, and those who listen to them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::broadcast::{self, error::RecvError};

/// How many announcements a slow listener may be behind; older ones are dropped and it hears [`Heard::Missed`].
const BACKLOG: usize = 256;

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An announcement.
    Message(Arc<[u8]>),
    /// Some may have been lost (a slow listener, a connection that broke): whatever was learned from announcements has to
    /// be read anew.
    Missed,
}

/// One listener of one topic; dropping it ends the listening.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<Heard>);

impl Subscription {
    /// Waits for the next announcement; `None` when the store is gone.
    pub async fn next(&mut self) -> Option<Heard> {
        match self.0.recv().await {
            Ok(heard) => Some(heard),
            Err(RecvError::Lagged(_)) => Some(Heard::Missed),
            Err(RecvError::Closed) => None,
        }
    }
}

/// The topics that someone on this node listens to.
#[derive(Debug, Default)]
pub(super) struct Topics(Mutex<HashMap<String, broadcast::Sender<Heard>>>);

impl Topics {
    /// A new listener.
    pub(super) fn join(&self, topic: &str) -> Subscription {
        let mut topics = self.lock();
        let sender = topics.entry(topic.to_owned()).or_insert_with(|| broadcast::channel(BACKLOG).0);
        Subscription(sender.subscribe())
    }

    /// Tells the listeners of a topic.
    pub(super) fn tell(&self, topic: &str, message: &[u8]) {
        if let Some(sender) = self.lock().get(topic) {
            let _ = sender.send(Heard::Message(message.into())); // an error means that nobody listens
        }
    }

    /// Tells every listener that announcements may have been lost.
    pub(super) fn tell_missed(&self) {
        for sender in self.lock().values() {
            let _ = sender.send(Heard::Missed); // an error means that nobody listens
        }
    }

    /// The topics that still have listeners; the others are dropped.
    pub(super) fn names(&self) -> Vec<String> {
        let mut topics = self.lock();
        topics.retain(|_, sender| sender.receiver_count() > 0);
        topics.keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, broadcast::Sender<Heard>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_listener_is_told_that_it_missed_something() {
        let topics = Topics::default();
        let mut slow = topics.join("keys");
        for _ in 0..=BACKLOG {
            topics.tell("keys", b"x");
        }
        assert_eq!(slow.next().await, Some(Heard::Missed));
        assert_eq!(slow.next().await, Some(Heard::Message(Arc::from(*b"x"))));
    }

    #[test]
    fn a_topic_without_listeners_is_forgotten() {
        let topics = Topics::default();
        let listener = topics.join("keys");
        assert_eq!(topics.names(), ["keys"]);
        drop(listener);
        assert!(topics.names().is_empty());
    }
}
