//! The use of Redis.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::Span;

section! {
    /// The use of the Redis that `redis_url` names; without meaning when the process's own memory is used.
    pub struct Redis as "redis" {
        /// What every key starts with, so that installations can share a server.
        prefix: String = "signet:".into(),
        /// How long a command may take before the request is answered with 503.
        timeout: Span = Span::secs(1),
    }
}

impl Judged for Redis {
    fn judge(&self, objections: &mut Objections) {
        objections.unless(!self.prefix.is_empty(), &["prefix"], "must not be empty");
        // Braces choose the slot of a key in a cluster (Redis Cluster specification, hash tags); Signet places its own.
        objections.unless(!self.prefix.contains(['{', '}']), &["prefix"], "must not contain braces");
        objections.at_least(&["timeout"], self.timeout, Span::secs(1));
    }
}
