//! A text that is never shown: passwords and tokens given by the operator.

use std::fmt;

use super::setting::Setting;

/// What stands in the place of a secret wherever settings are shown.
pub(super) const REDACTED: &str = "[redacted]";

/// A secret text. It has no `Display` and no `PartialEq` on purpose: compare digests in constant time.
#[derive(Clone)]
pub struct SecretText(String);

impl SecretText {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Setting for SecretText {
    const SECRET: bool = true;
    const FROM_FILE: bool = true;

    fn kind() -> String {
        "secret".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err("must be one line of text".into());
        }
        Ok(Self(text.to_owned()))
    }

    fn shown(&self) -> String {
        REDACTED.into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn neither_debug_nor_show_tells_it() {
        let secret = SecretText::parse("hunter2").unwrap();
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(secret.shown(), "[redacted]");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn a_mistake_does_not_quote_it() {
        let why = SecretText::parse("hunter2\nhunter3").unwrap_err();
        assert!(!why.contains("hunter"));
    }
}
