//! Sets of scopes (RFC 6749 §3.3): sorted, without repetition, every token well-formed.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

/// A set of scope tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scopes(BTreeSet<String>);

/// A character outside of RFC 6749 §3.3 (`%x21 / %x23-5B / %x5D-7E`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the scope contains a character that RFC 6749 section 3.3 does not allow")]
pub struct MalformedScope;

impl Scopes {
    /// Parses a space-separated list; the empty text is the empty set.
    pub fn parse(text: &str) -> Result<Self, MalformedScope> {
        let well_formed = |token: &str| token.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        text.split(' ')
            .filter(|token| !token.is_empty())
            .map(|token| if well_formed(token) { Ok(token.to_owned()) } else { Err(MalformedScope) })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the set has `scope`.
    pub fn has(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether everything in it is in `other` too.
    pub fn within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// The set with `scope`, which must be well-formed.
    #[must_use]
    pub fn with(mut self, scope: &str) -> Self {
        self.0.insert(scope.to_owned());
        self
    }

    /// The set without `scope`.
    #[must_use]
    pub fn without(mut self, scope: &str) -> Self {
        self.0.remove(scope);
        self
    }

    /// The tokens in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, token) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(token)?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Scopes {
    type Error = MalformedScope;

    fn try_from(text: String) -> Result<Self, MalformedScope> {
        Self::parse(&text)
    }
}

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> Self {
        scopes.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_set_is_sorted_and_without_repetition() {
        assert_eq!(Scopes::parse("profile openid  profile").unwrap().to_string(), "openid profile");
        assert!(Scopes::parse("").unwrap().is_empty());
    }

    #[test]
    fn characters_outside_the_grammar_are_refused() {
        for bad in ["a\"b", "a\\b", "a\tb", "ä", "a\0"] {
            assert_eq!(Scopes::parse(bad), Err(MalformedScope), "{bad:?}");
        }
    }

    #[test]
    fn narrowing_is_a_subset() {
        let all = Scopes::parse("a b c").unwrap();
        assert!(Scopes::parse("a c").unwrap().within(&all));
        assert!(!Scopes::parse("a d").unwrap().within(&all));
    }
}
