//! Faults: what went wrong on our side. Logged once with its chain; the caller sees only a request id.

use std::error::Error as StdError;

type Source = Box<dyn StdError + Send + Sync>;

/// Something on our side failed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A dependency does not answer: 503 and `Retry-After`, and it may be well in a moment.
    #[error("{dependency} is unavailable")]
    Unavailable {
        /// "database", "redis", …
        dependency: &'static str,
        /// What it said.
        #[source]
        source: Source,
    },
    /// A defect, or damage in the stored data: 500.
    #[error("{what}")]
    Broken {
        /// What did not hold.
        what: String,
        /// Why, where something else said so.
        #[source]
        source: Option<Source>,
    },
}

impl Fault {
    /// A dependency that does not answer.
    pub fn unavailable(dependency: &'static str, source: impl Into<Source>) -> Self {
        Self::Unavailable { dependency, source: source.into() }
    }

    /// Something that must hold and does not.
    pub fn broken(what: impl Into<String>) -> Self {
        Self::Broken { what: what.into(), source: None }
    }

    /// The same, with its cause.
    pub fn broken_by(what: impl Into<String>, source: impl Into<Source>) -> Self {
        Self::Broken { what: what.into(), source: Some(source.into()) }
    }

    /// The fault with its causes on one line, for the log. Some errors repeat their cause in their own words: it is said once.
    pub fn chain(&self) -> String {
        let mut line = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let words = error.to_string();
            if !line.ends_with(&words) {
                line.push_str(": ");
                line.push_str(&words);
            }
            cause = error.source();
        }
        line
    }
}
