//! Where a value came from, in words an operator can follow.

use std::collections::BTreeMap;
use std::fmt;

use crate::config::section::full_name;

/// Where a value stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it is built in.
    #[default]
    BuiltIn,
    /// In the TOML file.
    Toml {
        /// Name of the file.
        file: String,
        /// Key, with its section.
        key: String,
    },
    /// In `.env`.
    Dotenv {
        /// Number of the line, from 1; of the last line if the value has several.
        line: usize,
    },
    /// In the environment.
    Environment {
        /// Name of the variable.
        name: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("default"),
            Self::Toml { file, key } if key.is_empty() => f.write_str(file),
            Self::Toml { file, key } => write!(f, "{file} {key}"),
            Self::Dotenv { line } => write!(f, ".env line {line}"),
            Self::Environment { name } => write!(f, "environment {name}"),
        }
    }
}

/// The origin of every value that is not built in, by section and key.
#[derive(Clone, Debug, Default)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// Notes where a value came from.
    pub(in crate::config) fn note(&mut self, section: &str, key: &str, origin: Origin) {
        self.0.insert(full_name(section, key), origin);
    }

    /// Where the value of a key came from.
    pub fn of(&self, section: &str, key: &str) -> Origin {
        self.0.get(&full_name(section, key)).cloned().unwrap_or_default()
    }
}
