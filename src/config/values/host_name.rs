//! The name of a host, without scheme, port or path.

use std::fmt;

use super::setting::Setting;

/// A host as it stands in a `Host` header, lower case, international names in punycode.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostName(String);

impl HostName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Setting for HostName {
    fn kind() -> String {
        "host name".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        // The URL standard lets a `*` stand in a name, but an operator who writes one means a pattern.
        url::Host::parse(text.trim())
            .ok()
            .filter(|_| !text.contains('*'))
            .map(|host| Self(host.to_string()))
            .ok_or_else(|| format!("must be a host name without scheme, port or path, not {text:?}"))
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn names_are_normalized() {
        assert_eq!(HostName::parse("ID.Example.COM").unwrap().as_str(), "id.example.com");
        assert_eq!(HostName::parse("bücher.example").unwrap().as_str(), "xn--bcher-kva.example");
        assert_eq!(HostName::parse("[::1]").unwrap().as_str(), "[::1]");
    }

    #[test]
    fn more_than_a_name_is_refused() {
        for text in ["", "https://a.example", "a.example:443", "a.example/x", "*", "*.example", "a b"] {
            assert!(HostName::parse(text).is_err(), "{text}");
        }
    }
}
