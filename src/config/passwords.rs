//! The cost of a password hash, and what a password may be.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::Span;

section! {
    /// Passwords: their length, and the cost of the Argon2id hash (RFC 9106). The defaults are those of the OWASP
    /// Password Storage Cheat Sheet. Hashes made at a lower cost are upgraded at the next sign-in.
    pub struct Passwords as "passwords" {
        /// Memory of one hash in KiB.
        memory_kib: u32 = 19_456,
        /// Passes over the memory.
        iterations: u32 = 2,
        /// Lanes of one hash.
        parallelism: u32 = 1,
        /// How many hashes are computed at once; 0 means one per core.
        workers: u32 = 0,
        /// How many more may wait their turn; 0 means twice the workers.
        queue: u32 = 0,
        /// How long one waits its turn before the request is answered with 503.
        wait: Span = Span::secs(1),
        /// The shortest password in characters (NIST SP 800-63B-4 §3.1.1: at least 8).
        min_length: u32 = 8,
        /// The longest password in characters (NIST SP 800-63B-4 §3.1.1: at least 64 must be accepted).
        max_length: u32 = 1024,
    }
}

impl Judged for Passwords {
    fn judge(&self, objections: &mut Objections) {
        objections.within(&["iterations"], self.iterations, 1, 100);
        objections.within(&["parallelism"], self.parallelism, 1, 64);
        // RFC 9106 §3.1 asks for 8 KiB a lane; below 7 MiB a graphics card guesses at leisure.
        objections.within(&["memory_kib"], self.memory_kib, 7_168, 4_194_304);
        objections.at_least(&["wait"], self.wait, Span::secs(1));
        objections.at_least(&["min_length"], self.min_length, 8);
        // The form limit bounds what can be sent at all; normalization costs time in proportion to the length.
        objections.within(&["max_length"], self.max_length, 64, 4_096);
        let ordered = self.min_length <= self.max_length;
        let why = format!("must not be greater than passwords.max_length ({})", self.max_length);
        objections.unless(ordered, &["min_length", "max_length"], why);
    }
}
