//! A sender or reply address: `Name <local@domain>` or `local@domain`.

use std::fmt;

use super::setting::Setting;

/// A mail address with an optional display name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mailbox {
    /// The display name.
    pub name: Option<String>,
    /// The address, `local@domain`.
    pub address: String,
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            // RFC 5322 §3.2.3: these would otherwise end the name or start a list.
            Some(name) if name.contains(|c| "()[]:;@,.".contains(c)) => write!(f, "\"{name}\" <{}>", self.address),
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

/// Only what keeps a header whole; the mail library judges the rest.
fn is_address(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "<>,;:\"@".contains(c));
    text.split_once('@').is_some_and(|(local, domain)| plain(local) && plain(domain))
}

impl Setting for Mailbox {
    fn kind() -> String {
        "mailbox".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("must be an address such as Signet <no-reply@example.com>, not {text:?}");
        // A line break here would start a header of the attacker's choice in every mail.
        if text.chars().any(char::is_control) {
            return Err(wrong());
        }
        let (name, address) = match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address.trim()),
            None => ("", text.trim()),
        };
        if !is_address(address) || name.contains(['<', '>', '"', '\\']) {
            return Err(wrong());
        }
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), address: address.to_owned() })
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
    fn both_forms_are_read() {
        let named = Mailbox::parse("Signet <no-reply@localhost>").unwrap();
        assert_eq!(named.name.as_deref(), Some("Signet"));
        assert_eq!(named.address, "no-reply@localhost");
        assert_eq!(named.to_string(), "Signet <no-reply@localhost>");
        assert_eq!(Mailbox::parse("a@b.example").unwrap().name, None);
        let quoted = Mailbox::parse("\"Example, Inc.\" <a@b.example>").unwrap();
        assert_eq!(quoted.name.as_deref(), Some("Example, Inc."));
        assert_eq!(quoted.to_string(), "\"Example, Inc.\" <a@b.example>");
    }

    #[test]
    fn nothing_that_breaks_a_header_is_read() {
        for text in ["", "Signet", "a@", "@b", "a@b@c", "a b@c", "A <a@b>\r\nBcc: x@y", "A <a@b>, B <c@d>", "A <a@b"] {
            assert!(Mailbox::parse(text).is_err(), "{text}");
        }
    }
}
