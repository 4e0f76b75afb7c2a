//! What makes a type usable as a setting, and the plain types that are.

use std::net::SocketAddr;
use std::path::PathBuf;

/// A value that can be written in `signet.toml`, `.env` or the environment.
pub trait Setting: Sized {
    /// True when the value is never shown, not even in part.
    const SECRET: bool = false;
    /// True when `<NAME>_FILE` may name a file that holds the value.
    const FROM_FILE: bool = false;

    /// What the reference calls this type, such as `duration`.
    fn kind() -> String;

    /// Reads the value from text. The error is a clause that follows "the value …"; it must not quote
    /// the text of a secret or of a URL, which may hold a password.
    fn parse(text: &str) -> Result<Self, String>;

    /// Reads the value from TOML; text unless the type has a natural TOML form.
    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(text) => Self::parse(text),
            other => Err(mismatch::<Self>(other)),
        }
    }

    /// The value as an operator would write it, with secrets and passwords replaced.
    fn shown(&self) -> String;
}

/// A value as a layer gave it.
#[derive(Clone)]
pub enum Given {
    /// Text of an environment variable, of a line of `.env` or of a file.
    Text(String),
    /// A value in `signet.toml`.
    Toml(toml::Value),
}

impl Given {
    /// Reads the value as the setting's type.
    pub fn read<T: Setting>(&self) -> Result<T, String> {
        match self {
            Self::Text(text) => T::parse(text),
            Self::Toml(value) => T::from_toml(value),
        }
    }
}

/// The sentence for a TOML value of the wrong type.
pub(super) fn mismatch<T: Setting>(found: &toml::Value) -> String {
    format!("must be a {}, not a TOML {}", T::kind(), found.type_str())
}

impl Setting for String {
    fn kind() -> String {
        "text".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        // A line break in a name or a prefix ends up in headers, keys and log lines.
        if text.chars().any(char::is_control) {
            return Err("must not contain control characters".into());
        }
        Ok(text.to_owned())
    }

    fn shown(&self) -> String {
        self.clone()
    }
}

impl Setting for bool {
    fn kind() -> String {
        "true or false".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!("must be true or false, not {text:?}")),
        }
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| mismatch::<Self>(value))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Setting for u32 {
    fn kind() -> String {
        "number".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.trim().parse().map_err(|_| format!("must be a whole number from 0 to {}, not {text:?}", Self::MAX))
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        let number = value.as_integer().ok_or_else(|| mismatch::<Self>(value))?;
        Self::parse(&number.to_string())
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Setting for PathBuf {
    fn kind() -> String {
        "path".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.contains('\0') {
            return Err("must be a path".into());
        }
        Ok(Self::from(text))
    }

    fn shown(&self) -> String {
        self.display().to_string()
    }
}

impl Setting for SocketAddr {
    fn kind() -> String {
        "address and port".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.trim()
            .parse()
            .map_err(|_| format!("must be an IP address and a port such as 127.0.0.1:8001 or [::]:8001, not {text:?}"))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// An optional setting; an empty text means unset, because compose files write `NAME=${NAME:-}`.
impl<T: Setting> Setting for Option<T> {
    const SECRET: bool = T::SECRET;
    const FROM_FILE: bool = T::FROM_FILE;

    fn kind() -> String {
        T::kind()
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        T::parse(text).map(Some)
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(text) => Self::parse(text),
            other => T::from_toml(other).map(Some),
        }
    }

    fn shown(&self) -> String {
        self.as_ref().map_or_else(|| "(unset)".into(), T::shown)
    }
}

/// A list: comma-separated text, or a TOML array.
impl<T: Setting> Setting for Vec<T> {
    const SECRET: bool = T::SECRET;
    const FROM_FILE: bool = T::FROM_FILE;

    fn kind() -> String {
        format!("list of {}", T::kind())
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::parse).collect()
    }

    fn from_toml(value: &toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::Array(items) => items.iter().map(T::from_toml).collect(),
            toml::Value::String(text) => Self::parse(text),
            other => Err(mismatch::<Self>(other)),
        }
    }

    fn shown(&self) -> String {
        if self.is_empty() {
            return "(none)".into();
        }
        self.iter().map(T::shown).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn numbers_are_whole_and_in_range() {
        assert_eq!(u32::parse(" 7 "), Ok(7));
        assert!(u32::parse("-1").is_err());
        assert!(u32::parse("1.5").is_err());
        assert!(u32::parse("4294967296").is_err());
        assert!(u32::from_toml(&toml::Value::Integer(-1)).is_err());
        assert!(u32::from_toml(&toml::Value::String("1".into())).is_err());
    }

    #[test]
    fn truth_is_spelled_out() {
        assert_eq!(bool::parse("true"), Ok(true));
        assert!(bool::parse("yes").is_err());
        assert!(bool::from_toml(&toml::Value::String("true".into())).is_err());
    }

    #[test]
    fn an_empty_text_unsets_an_optional_setting() {
        assert_eq!(Option::<u32>::parse("  "), Ok(None));
        assert_eq!(Option::<u32>::parse("3"), Ok(Some(3)));
        assert_eq!(Option::<u32>::from_toml(&toml::Value::Integer(3)), Ok(Some(3)));
    }

    #[test]
    fn a_list_is_commas_or_an_array() {
        assert_eq!(Vec::<u32>::parse("1, 2,,3,"), Ok(vec![1, 2, 3]));
        let array = toml::Value::Array(vec![1.into(), 2.into()]);
        assert_eq!(Vec::<u32>::from_toml(&array), Ok(vec![1, 2]));
        assert!(Vec::<u32>::parse("1,x").is_err());
        assert!(Vec::<u32>::from_toml(&toml::Value::Boolean(true)).is_err());
    }

    #[test]
    fn text_refuses_line_breaks() {
        assert!(String::parse("two\nlines").is_err());
        assert_eq!(String::parse("Zoë & Co"), Ok("Zoë & Co".into()));
    }
}
