//! A length of time, as settings write it: `30s`, `10m`, `12h`, `14d` or bare seconds.

use std::fmt;
use std::time::Duration;

use chrono::TimeDelta;

use super::setting::{Setting, mismatch};

/// A whole number of seconds, at most a hundred years.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Span(u64);

/// Longer spans would overflow dates when added to now.
const LONGEST: Span = Span::days(36_500);

const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];

impl Span {
    /// A span of so many seconds.
    pub const fn secs(count: u64) -> Self {
        Self(count)
    }

    /// A span of so many minutes.
    pub const fn minutes(count: u64) -> Self {
        Self(count.saturating_mul(60))
    }

    /// A span of so many hours.
    pub const fn hours(count: u64) -> Self {
        Self(count.saturating_mul(3_600))
    }

    /// A span of so many days of 24 hours.
    pub const fn days(count: u64) -> Self {
        Self(count.saturating_mul(86_400))
    }

    /// The number of seconds.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// For timers.
    pub const fn std(self) -> Duration {
        Duration::from_secs(self.0)
    }

    /// For dates.
    pub fn chrono(self) -> TimeDelta {
        i64::try_from(self.0).ok().and_then(TimeDelta::try_seconds).unwrap_or(TimeDelta::MAX)
    }
}

impl fmt::Display for Span {
    /// Writes the largest unit that keeps the number whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, letter) in UNITS {
            if self.0 >= unit && self.0.is_multiple_of(unit) {
                return write!(f, "{}{letter}", self.0 / unit);
            }
        }
        write!(f, "{}s", self.0)
    }
}

impl Setting for Span {
    fn kind() -> String {
        "duration".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let letter = &text[digits.len()..];
        let unit = match letter {
            "" => Some(1),
            _ => UNITS.iter().find(|(_, name)| *name == letter).map(|(unit, _)| *unit),
        };
        let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let (Some(unit), true) = (unit, all_digits) else {
            return Err(format!("must be a duration such as 30s, 10m, 12h or 14d, not {text:?}"));
        };
        digits
            .parse::<u64>()
            .ok()
            .and_then(|count| count.checked_mul(unit))
            .map(Self)
            .filter(|span| *span <= LONGEST)
            .ok_or_else(|| format!("must be at most {LONGEST}, not {text:?}"))
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::Integer(seconds) => Self::parse(&seconds.to_string()),
            toml::Value::String(text) => Self::parse(text),
            other => Err(mismatch::<Self>(other)),
        }
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn every_unit_reads() {
        for (text, seconds) in [("30s", 30), ("10m", 600), ("12h", 43_200), ("14d", 1_209_600), ("45", 45), ("0s", 0)] {
            assert_eq!(Span::parse(text), Ok(Span::secs(seconds)), "{text}");
        }
        assert_eq!(Span::from_toml(&toml::Value::Integer(90)), Ok(Span::secs(90)));
    }

    #[test]
    fn what_is_written_reads_back() {
        for seconds in [0, 1, 59, 60, 61, 3_600, 5_400, 86_400, 90_000, 31_536_000] {
            let span = Span::secs(seconds);
            assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }
        assert_eq!(Span::secs(5_400).to_string(), "90m");
        assert_eq!(Span::days(1).to_string(), "1d");
        assert_eq!(Span::secs(0).to_string(), "0s");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "m", "-5s", "5x", "1.5h", "1h30m", "٣s", "5 m", "99999999999999999999s", "36501d", "5M"] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
        assert!(Span::from_toml(&toml::Value::Integer(-1)).is_err());
        assert!(Span::from_toml(&toml::Value::Float(1.0)).is_err());
    }

    #[test]
    fn both_kinds_of_duration_agree() {
        assert_eq!(Span::minutes(2).std(), Duration::from_secs(120));
        assert_eq!(Span::minutes(2).chrono(), TimeDelta::seconds(120));
        assert_eq!(Span::secs(u64::MAX).chrono(), TimeDelta::MAX);
    }
}
