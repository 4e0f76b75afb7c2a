//! What is wrong with the settings, all of it at once.

use std::fmt;

use super::origin::Origin;
use crate::config::section::full_name;

/// One thing that is wrong. It never quotes a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Section, empty for the keys above all sections.
    pub section: String,
    /// Key; empty when a whole file or section is meant.
    pub key: String,
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong, a clause that follows the key's name.
    pub why: String,
}

impl Mistake {
    /// A mistake in a setting.
    pub(in crate::config) fn new(section: &str, key: &str, origin: Origin, why: impl Into<String>) -> Self {
        Self { section: section.into(), key: key.into(), origin, why: why.into() }
    }
}

impl fmt::Display for Mistake {
    /// Writes `tokens.code_ttl must be at most 10m (environment SIGNET_TOKENS__CODE_TTL)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = full_name(&self.section, &self.key);
        if !name.is_empty() {
            write!(f, "{name} ")?;
        }
        write!(f, "{} ({})", self.why, self.origin)
    }
}

/// Every mistake in the settings; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        write!(f, "{count} {noun} in the settings:")?;
        for mistake in &self.0 {
            write!(f, "\n- {mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}
