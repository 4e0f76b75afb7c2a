//! One host, or all hosts below a name.

use std::fmt;

use super::{host_name::HostName, setting::Setting};

/// `app.example.com` for that host, `*.example.com` for every host below that name (and not the name itself).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostPattern {
    name: HostName,
    below: bool,
}

impl HostPattern {
    /// Whether a host, as the URL standard writes it, is meant.
    pub fn matches(&self, host: &str) -> bool {
        let name = self.name.as_str();
        match self.below {
            true => host.strip_suffix(name).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            false => host == name,
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.name)
    }
}

impl Setting for HostPattern {
    fn kind() -> String {
        "host name or `*.` and a host name".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let below = text.strip_prefix("*.");
        Ok(Self { name: HostName::parse(below.unwrap_or(text))?, below: below.is_some() })
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
    fn a_star_stands_for_what_is_below_a_name() {
        let one = HostPattern::parse("App.example.com").unwrap();
        assert!(one.matches("app.example.com"));
        assert!(!one.matches("x.app.example.com") && !one.matches("example.com"));
        let below = HostPattern::parse("*.example.com").unwrap();
        assert!(below.matches("app.example.com") && below.matches("a.b.example.com"));
        for other in ["example.com", ".example.com", "evilexample.com", "example.com.evil.test"] {
            assert!(!below.matches(other), "{other}");
        }
        assert_eq!((one.shown().as_str(), below.shown().as_str()), ("app.example.com", "*.example.com"));
        for text in ["*", "*.", "a.*.com", "https://a.example", "*.*.example.com"] {
            assert!(HostPattern::parse(text).is_err(), "{text}");
        }
    }
}
