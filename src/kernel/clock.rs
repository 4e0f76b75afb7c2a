//! The one place where time comes from; tests turn it by hand.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// An instant, in UTC, to the microsecond (what PostgreSQL keeps).
pub type Time = DateTime<Utc>;

/// Where `now` comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// The machine's clock plus so many microseconds: tests move it, it never stands still.
    Shifted(Arc<AtomicI64>),
}

impl Clock {
    /// A clock for tests, which starts at the machine's time.
    pub fn shifted() -> Self {
        Self::Shifted(Arc::default())
    }

    /// The present instant.
    #[allow(clippy::disallowed_methods)] // the one reader of the machine's clock
    pub fn now(&self) -> Time {
        let now = Utc::now().trunc_subsecs(6);
        match self {
            Self::System => now,
            Self::Shifted(by) => now + TimeDelta::microseconds(by.load(Ordering::SeqCst)),
        }
    }

    /// Moves a shifted clock by `delta`; the system's clock cannot be moved and stays.
    pub fn advance(&self, delta: TimeDelta) {
        if let (Self::Shifted(by), Some(micros)) = (self, delta.num_microseconds()) {
            by.fetch_add(micros, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_clock_moves_and_the_system_clock_does_not() {
        let clock = Clock::shifted();
        let before = clock.now();
        clock.advance(TimeDelta::hours(1));
        assert!(clock.now() - before >= TimeDelta::hours(1));
        let system = Clock::System;
        let before = system.now();
        system.advance(TimeDelta::hours(1));
        assert!(system.now() - before < TimeDelta::minutes(1));
    }
}
