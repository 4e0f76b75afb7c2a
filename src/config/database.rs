//! The connection pool of the database.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::Span;

section! {
    /// The connections to the database that `database_url` names.
    pub struct Database as "database" {
        /// How many connections one node keeps open at most.
        max_connections: u32 = 10,
        /// How long a request waits for a free connection before it is answered with 503.
        acquire_timeout: Span = Span::secs(5),
        /// How many prepared statements each connection keeps.
        statement_cache: u32 = 500,
        /// Whether `signet serve` migrates the database before it starts. Unset: only SQLite, where one node owns the
        /// file; on PostgreSQL run `signet migrate up` as a step of its own.
        migrate_on_start: Option<bool> = None,
    }
}

impl Judged for Database {
    fn judge(&self, objections: &mut Objections) {
        objections.at_least(&["max_connections"], self.max_connections, 1);
        objections.at_least(&["acquire_timeout"], self.acquire_timeout, Span::secs(1));
    }
}
