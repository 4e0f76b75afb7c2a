//! A number of bytes, as settings write it: `512`, `64KiB`, `2MiB`, `1GiB`.

use std::fmt;

use super::setting::{Setting, mismatch};

/// A size in bytes, at most 4 GiB − 1 so that it is a `usize` everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Bytes(u32);

const UNITS: [(u32, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];

impl Bytes {
    /// So many bytes.
    pub const fn new(count: u32) -> Self {
        Self(count)
    }

    /// So many times 1024 bytes.
    pub const fn kib(count: u32) -> Self {
        Self(count.saturating_mul(1 << 10))
    }

    /// The number of bytes.
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Bytes {
    /// Writes the largest unit that keeps the number whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in UNITS {
            if self.0 >= unit && self.0.is_multiple_of(unit) {
                return write!(f, "{}{name}", self.0 / unit);
            }
        }
        write!(f, "{}", self.0)
    }
}

impl Setting for Bytes {
    fn kind() -> String {
        "size".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (digits, unit) = UNITS
            .iter()
            .find_map(|(unit, name)| text.strip_suffix(name).map(|digits| (digits, *unit)))
            .unwrap_or((text, 1));
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format!("must be a size such as 64KiB or 2MiB, not {text:?}"));
        }
        digits
            .parse::<u32>()
            .ok()
            .and_then(|count| count.checked_mul(unit))
            .map(Self)
            .ok_or_else(|| format!("must be less than 4GiB, not {text:?}"))
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::Integer(count) => Self::parse(&count.to_string()),
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
    fn sizes_read_and_write() {
        for (text, count) in [("512", 512), ("64KiB", 65_536), ("2MiB", 2_097_152), ("1GiB", 1 << 30)] {
            assert_eq!(Bytes::parse(text), Ok(Bytes::new(count)));
            assert_eq!(Bytes::new(count).to_string(), text);
        }
        assert_eq!(Bytes::kib(64).as_usize(), 65_536);
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", "KiB", "64KB", "64k", "-1", "1.5MiB", "4GiB", "64 KiB"] {
            assert!(Bytes::parse(text).is_err(), "{text}");
        }
    }
}
