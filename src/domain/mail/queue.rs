//! A queued mail, and when it is tried again.

use std::time::Duration;

use chrono::TimeDelta;

use crate::kernel::{Time, backoff, id::MailId};

/// The wait after the first failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// No wait is longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3600);

/// A mail that this node has claimed for one attempt.
pub(super) struct Claimed {
    /// Identifier.
    pub(super) id: MailId,
    /// Name of its template.
    pub(super) kind: String,
    /// The address.
    pub(super) recipient: String,
    /// The context of the template, sealed.
    pub(super) sealed: Vec<u8>,
    /// Which attempt this is, from 1.
    pub(super) attempt: u32,
    /// When it was written.
    pub(super) created_at: Time,
}

/// When a mail whose attempt number `attempts` (from 1) failed at `now` is tried again: after 30 s, 1 min, 2 min and so on
/// up to 6 hours, each spread by a fifth to both sides, so that mails that failed together do not come back together.
pub fn next_attempt(attempts: u32, now: Time, mail: MailId) -> Time {
    let wait = backoff::wait(attempts, FIRST_WAIT, LONGEST_WAIT, mail.uuid());
    now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn mail(tail: u8) -> MailId {
        let mut bytes = [7; 16];
        bytes[15] = tail;
        Uuid::from_bytes(bytes).into()
    }

    fn wait(attempts: u32, tail: u8) -> i64 {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        (next_attempt(attempts, now, mail(tail)) - now).num_seconds()
    }

    #[test]
    fn waits_double_up_to_six_hours() {
        let middle = 128;
        assert_eq!((1..=4).map(|attempts| wait(attempts, middle)).collect::<Vec<_>>(), [30, 60, 120, 240]);
        assert!((wait(11, middle) - 6 * 3600).abs() < 60);
        assert_eq!(wait(100, middle), wait(11, middle));
        assert_eq!(wait(u32::MAX, middle), wait(0, middle).max(wait(11, middle)));
    }

    #[test]
    fn mails_that_failed_together_come_back_apart() {
        assert_eq!(wait(1, 0), 24);
        assert_eq!(wait(1, 255), 36);
    }

    #[test]
    fn ten_attempts_outlast_an_hour_without_a_mail_server() {
        let total: i64 = (1..10).map(|attempts| wait(attempts, 0)).sum();
        assert!(total > 3600, "{total} s");
    }
}
