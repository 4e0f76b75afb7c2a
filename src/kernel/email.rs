//! E-mail addresses: kept as typed, compared by a canonical form.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::text::unprintable;

/// An address that mail can be sent to (RFC 5321 §4.5.3.1 lengths, RFC 6531 Unicode), without display name,
/// comments or quoted local part.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email {
    typed: String,
    canonical: String,
}

/// The text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an e-mail address")]
pub struct NotAnEmail;

impl Email {
    /// Parses an address as a person types it; surrounding white space is dropped.
    pub fn parse(input: &str) -> Result<Self, NotAnEmail> {
        let typed = input.trim();
        let (local, domain) = typed.rsplit_once('@').ok_or(NotAnEmail)?;
        let local_ok = (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(local_character);
        if !local_ok || typed.len() > 254 {
            return Err(NotAnEmail);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| NotAnEmail)?;
        if domain.is_empty() || domain.ends_with('.') || domain.split('.').any(str::is_empty) {
            return Err(NotAnEmail);
        }
        let folded: String = fold(local);
        // Folding may expand: the canonical form must fit its column and still be one address.
        if folded.contains('@') || folded.len() + domain.len() > 319 {
            return Err(NotAnEmail);
        }
        Ok(Self { typed: typed.to_owned(), canonical: format!("{folded}@{domain}") })
    }

    /// As its owner typed it: what mail is sent to and pages show.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// The form in which two spellings of one address are equal: NFKC, case-folded, domain in ASCII.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// As shown to someone who need not know it: `a•••@example.test`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.typed.rsplit_once('@').unwrap_or((&self.typed, ""));
        format!("{}•••@{domain}", local.chars().next().unwrap_or('•'))
    }
}

/// The canonical form of a sign-in name that need not be an address: what throttles and look-ups are keyed by.
pub fn canonical_name(input: &str) -> String {
    Email::parse(input).map_or_else(|_| fold(input.trim()), |email| email.canonical)
}

/// NFKC and full case folding, until stable (folding can denormalize).
fn fold(text: &str) -> String {
    let folded: String = caseless::default_case_fold_str(&text.nfkc().collect::<String>());
    folded.nfkc().collect()
}

/// RFC 5322 atext, the dot, and any printable Unicode beyond ASCII (RFC 6531).
fn local_character(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~.".contains(c)
        || (!c.is_ascii() && !unprintable(c) && !c.is_whitespace())
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({})", self.masked())
    }
}

impl TryFrom<String> for Email {
    type Error = NotAnEmail;

    fn try_from(text: String) -> Result<Self, NotAnEmail> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.typed
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn spellings_of_one_address_are_equal() {
        let canonical = |text| Email::parse(text).unwrap().canonical().to_owned();
        assert_eq!(canonical("Ada@Example.TEST"), "ada@example.test");
        assert_eq!(canonical("ADA@example.test "), canonical("ada@EXAMPLE.test"));
        assert_eq!(canonical("straße@example.test"), canonical("STRASSE@example.test"));
        assert_eq!(canonical("ｆｕｌｌ@example.test"), "full@example.test");
        assert_eq!(canonical("a@bücher.test"), canonical("A@XN--BCHER-KVA.test"));
    }

    #[test]
    fn the_typed_form_is_kept() {
        assert_eq!(Email::parse(" Ada@Example.TEST ").unwrap().as_typed(), "Ada@Example.TEST");
        assert_eq!(Email::parse("ada@example.test").unwrap().masked(), "a•••@example.test");
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for bad in [
            "",
            "ada",
            "@example.test",
            "ada@",
            "a b@example.test",
            "ada@exa mple.test",
            "a\0@example.test",
            ".a@example.test",
            "a..b@example.test",
            "a@example..test",
            "a@-example.test",
            "a@b@example.test",
            "<a@example.test>",
            "\"a\"@example.test",
            "a@example.test.",
            "a\u{202e}b@example.test",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Email::parse(&format!("{}@example.test", "a".repeat(65))).is_err());
    }
}
