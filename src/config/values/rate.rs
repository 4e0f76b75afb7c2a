//! So many events in so long: `10/15m`; `0` switches the limit off.

use std::fmt;

use super::setting::{Setting, mismatch};
use super::span::Span;

/// A limit on how often something may happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// How many events fit into the window; 0 means that nothing is limited.
    pub count: u32,
    /// The window.
    pub window: Span,
}

impl Rate {
    /// No limit at all.
    pub const OFF: Self = Self::new(0, Span::secs(0));

    /// `count` events per `window`.
    pub const fn new(count: u32, window: Span) -> Self {
        Self { count, window }
    }

    /// True when the limit is switched off.
    pub const fn is_off(self) -> bool {
        self.count == 0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_off() {
            return f.write_str("0");
        }
        write!(f, "{}/{}", self.count, self.window)
    }
}

impl Setting for Rate {
    fn kind() -> String {
        "rate".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "0" {
            return Ok(Self::OFF);
        }
        let wrong = || format!("must be a count and a window such as 10/15m, or 0 for no limit, not {text:?}");
        let (count, window) = text.split_once('/').ok_or_else(wrong)?;
        let count = u32::parse(count).map_err(|_| wrong())?;
        let window = Span::parse(window).map_err(|_| wrong())?;
        if count == 0 {
            return Ok(Self::OFF);
        }
        if window == Span::secs(0) {
            return Err(wrong());
        }
        Ok(Self { count, window })
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::Integer(0) => Ok(Self::OFF),
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
    fn a_rate_reads_and_writes() {
        let rate = Rate::new(10, Span::minutes(15));
        assert_eq!(Rate::parse("10/15m"), Ok(rate));
        assert_eq!(Rate::parse("10 / 900"), Ok(rate));
        assert_eq!(rate.to_string(), "10/15m");
        assert!(!rate.is_off());
    }

    #[test]
    fn zero_switches_off() {
        for off in [Rate::parse("0"), Rate::parse("0/1h"), Rate::from_toml(&toml::Value::Integer(0))] {
            assert_eq!(off, Ok(Rate::OFF));
        }
        assert!(Rate::OFF.is_off());
        assert_eq!(Rate::OFF.to_string(), "0");
    }

    #[test]
    fn a_limit_without_a_window_is_refused() {
        for text in ["", "10", "10/", "/15m", "10/0s", "-1/1m", "x/1m"] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
        assert!(Rate::from_toml(&toml::Value::Integer(10)).is_err());
    }
}
