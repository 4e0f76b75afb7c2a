//! A queued notice, and when it is tried again.

use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;
use uuid::Uuid;

use crate::kernel::{
    Time, backoff,
    id::{ClientId, NoticeId, SessionId, UserId},
};

/// After so many attempts, some two hours, a notice is given up: whatever the client keeps of the session expires on its own.
pub const MOST_ATTEMPTS: u32 = 10;

/// The wait after the first failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(10);

/// No wait is longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It will be tried, for the first time or again.
    Pending,
    /// The client took it.
    Sent,
    /// It was given up.
    Failed,
}

impl State {
    /// Every state.
    pub const ALL: &[Self] = &[Self::Pending, Self::Sent, Self::Failed];

    /// As rows hold it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }
}

/// A notice that this node has claimed for one attempt.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Identifier.
    pub id: NoticeId,
    /// Row of the client that hears.
    pub client: ClientId,
    /// Whose session is over.
    pub user: UserId,
    /// Which session.
    pub session: SessionId,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// When something whose attempt number `attempt` (from 1) failed at `now` is tried again; none where it is given up. `which`: what
/// it is known by, so that not all are tried in the same moment.
pub fn next_attempt(attempt: u32, now: Time, which: Uuid) -> Option<Time> {
    let wait = backoff::wait(attempt, FIRST_WAIT, LONGEST_WAIT, which);
    (attempt < MOST_ATTEMPTS).then(|| now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;

    #[test]
    fn a_client_that_is_away_for_an_hour_hears_of_it_all_the_same() {
        let now = Clock::System.now();
        let id = NoticeId::fresh().uuid();
        let waits = (1..MOST_ATTEMPTS).map(|attempt| next_attempt(attempt, now, id).unwrap() - now);
        assert!(waits.sum::<TimeDelta>() > TimeDelta::hours(1));
        assert_eq!(next_attempt(MOST_ATTEMPTS, now, id), None);
        assert_eq!(next_attempt(u32::MAX, now, id), None);
    }

    #[test]
    fn states_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::named(state.name()), Some(*state));
        }
        assert_eq!(State::named("lost"), None);
    }
}
