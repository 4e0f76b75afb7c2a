//! How long to wait before something that failed is tried again.

use std::time::Duration;

use uuid::Uuid;

/// The wait after the failed attempt number `attempts` (from 1): `first`, and twice as long after each further one, up to
/// `longest`; spread by a fifth to both sides, so that what failed together does not come back together.
///
/// The spread comes from the tail of the row's identifier, which is random in a UUIDv7: jitter that a test can repeat.
pub fn wait(attempts: u32, first: Duration, longest: Duration, row: Uuid) -> Duration {
    let doublings = attempts.saturating_sub(1).min(20);
    let wait = first.saturating_mul(1 << doublings).min(longest);
    let spread = 0.8 + 0.4 * f64::from(row.as_bytes()[15]) / f64::from(u8::MAX);
    wait.mul_f64(spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(10);
    const LONGEST: Duration = Duration::from_secs(3600);

    fn seconds(attempts: u32, tail: u8) -> u64 {
        let mut bytes = [7; 16];
        bytes[15] = tail;
        wait(attempts, FIRST, LONGEST, Uuid::from_bytes(bytes)).as_secs()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        assert_eq!((1..=4).map(|attempts| seconds(attempts, 128)).collect::<Vec<_>>(), [10, 20, 40, 80]);
        assert_eq!(seconds(u32::MAX, 128), seconds(30, 128));
        assert!(seconds(30, 255) <= 3600 * 12 / 10);
    }

    #[test]
    fn what_failed_together_comes_back_apart() {
        assert_eq!((seconds(1, 0), seconds(1, 255)), (8, 12));
    }
}
