//! How fast a client may ask again, where each impatient question makes it wait longer (RFC 8628 §3.5).

use std::time::Duration;

use super::rate::micros;

/// What an asker is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long it has to wait between two questions, at first.
    pub interval: Duration,
    /// By how much that grows with each question that comes too early.
    pub penalty: Duration,
    /// By how much a question may come early all the same: timers and networks are not exact.
    pub tolerance: Duration,
    /// How long the last question is remembered.
    pub keep: Duration,
}

/// What a question came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paced {
    /// Whether it came too early.
    pub early: bool,
    /// How long to wait before the next one.
    pub interval: Duration,
}

/// When somebody last asked, and how long they have to wait since, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) at: i64,
    pub(super) interval: i64,
}

impl Pace {
    /// What one more question at `now` comes to. Redis does the same sum by itself, in one script.
    pub(super) fn judge(self, last: Option<Asked>, now: i64) -> (Asked, Paced) {
        let interval = last.map_or(micros(self.interval), |last| last.interval);
        let early = last.is_some_and(|last| now - last.at < interval - micros(self.tolerance));
        let interval = if early { interval.saturating_add(micros(self.penalty)) } else { interval };
        let waits = Duration::from_micros(interval.unsigned_abs());
        (Asked { at: now, interval }, Paced { early, interval: waits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impatience_is_told_and_remembered() {
        let pace = Pace {
            interval: Duration::from_secs(5),
            penalty: Duration::from_secs(5),
            tolerance: Duration::from_millis(500),
            keep: Duration::from_secs(600),
        };
        let second = 1_000_000;
        let (asked, first) = pace.judge(None, 0);
        assert_eq!(first, Paced { early: false, interval: Duration::from_secs(5) });
        let (asked, almost) = pace.judge(Some(asked), 4_500_000);
        assert!(!almost.early, "within the tolerance");
        let (asked, early) = pace.judge(Some(asked), asked.at + 4 * second);
        assert_eq!(early, Paced { early: true, interval: Duration::from_secs(10) });
        let (asked, again) = pace.judge(Some(asked), asked.at + 6 * second);
        assert_eq!(again, Paced { early: true, interval: Duration::from_secs(15) });
        let (asked, patient) = pace.judge(Some(asked), asked.at + 15 * second);
        assert_eq!(patient, Paced { early: false, interval: Duration::from_secs(15) });
        assert!(pace.judge(Some(asked), i64::MIN / 2).1.early, "a clock that goes back is no patience");
    }
}
