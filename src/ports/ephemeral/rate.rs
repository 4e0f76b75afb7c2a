//! How often: the generic cell rate algorithm, in whole microseconds, the same in every store.

use std::time::Duration;

/// So many hits in a window. They may come at once; after that one more each `window / limit`, so that a caller is told
/// to wait for one hit's share and not for the whole window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Hits in one window; 0 switches the limit off, as in the configuration.
    pub limit: u32,
    /// The window.
    pub window: Duration,
}

/// Whether a hit is within its rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whether it may happen; a hit that may not is not counted.
    pub allowed: bool,
    /// How many more may happen at once.
    pub remaining: u32,
    /// When the next one may happen; zero if now.
    pub retry_after: Duration,
}

impl Allowance {
    /// What a switched-off limit answers.
    pub(super) const UNLIMITED: Self = Self { allowed: true, remaining: u32::MAX, retry_after: Duration::ZERO };
}

impl Rate {
    /// The share of the window that one hit uses up, in microseconds.
    pub(super) fn step(self) -> i64 {
        (micros(self.window) / i64::from(self.limit.max(1))).max(1)
    }

    /// What `limit` hits use up. The window without the remainder of the division, so that exactly `limit` fit into it.
    pub(super) fn span(self) -> i64 {
        self.step().saturating_mul(i64::from(self.limit))
    }

    /// Whether one more hit fits, when everything so far is paid for at `paid_until` (like `now` in microseconds since the
    /// epoch). `remaining` is before that hit.
    pub(super) fn judge(self, paid_until: i64, now: i64) -> Allowance {
        let debt = paid_until.saturating_sub(now).max(0);
        let free = self.span().saturating_sub(debt).max(0);
        let wait = debt.saturating_add(self.step()).saturating_sub(self.span()).max(0);
        Allowance {
            allowed: wait == 0,
            remaining: u32::try_from(free / self.step()).unwrap_or(u32::MAX),
            retry_after: Duration::from_micros(wait.unsigned_abs()),
        }
    }

    /// The same for a hit that is counted if it is allowed.
    pub(super) fn judge_hit(self, paid_until: i64, now: i64) -> Allowance {
        let before = self.judge(paid_until, now);
        Allowance { remaining: before.remaining.saturating_sub(1), ..before }
    }
}

/// Whole microseconds; more than 292,000 years are as good as for ever.
pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hits at one instant, until one is refused.
    fn burst(rate: Rate, mut paid_until: i64, now: i64) -> (u32, i64) {
        let mut hits = 0;
        while rate.judge(paid_until, now).allowed {
            paid_until = paid_until.max(now) + rate.step();
            hits += 1;
        }
        (hits, paid_until)
    }

    #[test]
    fn exactly_the_limit_fits_at_once_even_where_the_window_does_not_divide() {
        for limit in [1, 3, 7, 10, 999] {
            let rate = Rate { limit, window: Duration::from_secs(1) };
            assert_eq!(burst(rate, 0, 1_700_000_000_000_000).0, limit);
        }
    }

    #[test]
    fn one_more_is_allowed_after_its_share_and_all_after_the_window() {
        let rate = Rate { limit: 10, window: Duration::from_secs(900) };
        let now = 1_700_000_000_000_000;
        let (_, paid_until) = burst(rate, 0, now);
        let refused = rate.judge(paid_until, now);
        assert_eq!(refused, Allowance { allowed: false, remaining: 0, retry_after: Duration::from_secs(90) });
        assert!(!rate.judge(paid_until, now + 89_999_999).allowed);
        assert_eq!(burst(rate, paid_until, now + 90_000_000).0, 1);
        assert_eq!(burst(rate, paid_until, now + 900_000_000).0, 10);
    }

    #[test]
    fn a_lowered_limit_refuses_and_says_how_long() {
        let lowered = Rate { limit: 1, window: Duration::from_secs(1) };
        let judged = lowered.judge(10_000_000, 0);
        assert_eq!(judged, Allowance { allowed: false, remaining: 0, retry_after: Duration::from_secs(10) });
    }

    #[test]
    fn a_hit_counts_itself() {
        let rate = Rate { limit: 2, window: Duration::from_secs(2) };
        assert_eq!(rate.judge(0, 0).remaining, 2);
        assert_eq!(rate.judge_hit(0, 0).remaining, 1);
    }

    #[test]
    fn extremes_do_not_overflow() {
        let rate = Rate { limit: u32::MAX, window: Duration::MAX };
        assert!(rate.judge(i64::MIN, i64::MAX).allowed);
        assert!(rate.judge_hit(i64::MAX, 0).retry_after <= Duration::MAX);
        assert!(Rate { limit: 1, window: Duration::ZERO }.judge(0, 0).allowed);
    }
}
