//! The documents that clients describe themselves with (client ID metadata documents), as this node last read them: one reader at
//! a time for each address, and a bounded number of addresses.
//!
//! Only documents that were judged good are kept: errors and useless documents are not
//! (draft-ietf-oauth-client-id-metadata-document §5.2).

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Map, Value};
use tokio::sync::OwnedMutexGuard;

use crate::kernel::Time;

/// So many addresses are remembered.
const MOST: usize = 1000;

/// Documents by address.
#[derive(Default)]
pub struct ClientDocuments {
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<KnownDocument>>>>,
}

/// What is known of one address.
#[derive(Debug, Default)]
pub struct KnownDocument {
    /// The last good document.
    pub kept: Option<KeptDocument>,
    /// When reading it last failed; none after a success.
    pub failed_at: Option<Time>,
}

/// A good document.
#[derive(Debug, Clone)]
pub struct KeptDocument {
    /// Its members.
    pub members: Map<String, Value>,
    /// Until when it counts without asking again.
    pub fresh_until: Time,
}

impl ClientDocuments {
    /// What is known of an address, for one at a time: whoever else wants it waits.
    pub async fn entry(&self, url: &str) -> OwnedMutexGuard<KnownDocument> {
        self.slot(url).lock_owned().await
    }

    fn slot(&self, url: &str) -> Arc<tokio::sync::Mutex<KnownDocument>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(url) {
            // Whoever is in use stays; of the others any may go, they are read again.
            let idle = known.iter().find(|(_, slot)| Arc::strong_count(slot) == 1).map(|(url, _)| url.clone());
            idle.map(|idle| known.remove(&idle));
        }
        known.entry(url.to_owned()).or_default().clone()
    }
}

impl KnownDocument {
    /// The kept document, while it is fresh.
    pub fn fresh(&self, now: Time) -> Option<&KeptDocument> {
        self.kept.as_ref().filter(|kept| now < kept.fresh_until)
    }
}

impl fmt::Debug for ClientDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientDocuments").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::Clock;

    #[tokio::test]
    async fn addresses_are_forgotten_when_there_are_too_many_but_not_while_in_use() {
        let documents = ClientDocuments::default();
        let held = documents.entry("https://held.example.test/client").await;
        for nth in 0..MOST + 10 {
            drop(documents.entry(&format!("https://client{nth}.example.test/client")).await);
        }
        let known = documents.known.lock().unwrap();
        assert_eq!(known.len(), MOST);
        assert!(known.contains_key("https://held.example.test/client"));
        drop(held);
    }

    #[test]
    fn a_document_is_fresh_until_it_is_not() {
        let now = Clock::System.now();
        let fresh_until = now + TimeDelta::seconds(5);
        let known = KnownDocument { kept: Some(KeptDocument { members: Map::new(), fresh_until }), failed_at: None };
        assert!(known.fresh(now).is_some() && known.fresh(fresh_until).is_none());
        assert!(KnownDocument::default().fresh(now).is_none());
    }
}
