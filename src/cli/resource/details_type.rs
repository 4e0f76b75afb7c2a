//! `--authorization-details-type NAME=FILE`: a type of authorization details, with the file of its JSON Schema.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::Value;

use crate::cli::Ending;

/// A name and a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DetailsType {
    name: String,
    file: PathBuf,
}

impl DetailsType {
    /// Reads `NAME=FILE`; what follows the first equals sign is the file.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, file)) if !name.is_empty() && !file.is_empty() => {
                Ok(Self { name: name.to_owned(), file: file.into() })
            }
            _ => Err("must be NAME=FILE".into()),
        }
    }

    /// The schemas of several, by name.
    pub(super) fn read_all(types: Vec<Self>) -> Result<BTreeMap<String, Value>, Ending> {
        let mut schemas = BTreeMap::new();
        for Self { name, file } in types {
            let place = file.display();
            let text = fs::read_to_string(&file).map_err(|error| Ending::Usage(format!("{place}: {error}")))?;
            let schema = serde_json::from_str(&text).map_err(|error| Ending::Usage(format!("{place}: {error}")))?;
            if schemas.insert(name.clone(), schema).is_some() {
                return Err(Ending::Usage(format!("--authorization-details-type names {name} twice.")));
            }
        }
        Ok(schemas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_file() {
        let parsed = DetailsType::parse("payment=types/a=b.json").unwrap();
        assert_eq!((parsed.name.as_str(), parsed.file.to_str()), ("payment", Some("types/a=b.json")));
        for bad in ["payment", "=file", "payment=", ""] {
            assert!(DetailsType::parse(bad).is_err(), "{bad}");
        }
    }
}
