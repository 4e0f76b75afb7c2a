//! JSON Schemas (draft 2020-12), compiled once for as long as they are the same: requests are judged by what is ready.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::kernel::secret::Digest;

/// Most that are kept ready. Beyond that all are forgotten, and those in use are compiled again.
const MOST: usize = 500;
/// Most memory that one regular expression may take, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;

/// Compiled schemas by their digest: whoever changes a schema has another one, on every node.
#[derive(Default)]
pub struct Schemas(ArcSwap<HashMap<String, Arc<Schema>>>);

/// One schema that is ready.
pub struct Schema(Validator);

/// Why a schema is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a JSON Schema (draft 2020-12): {0}")]
pub struct NoSchema(String);

impl Schemas {
    /// The compiled form of a schema.
    pub fn of(&self, schema: &Value) -> Result<Arc<Schema>, NoSchema> {
        let name = Digest::of(schema.to_string().as_bytes()).hex();
        if let Some(ready) = self.0.load().get(&name) {
            return Ok(ready.clone());
        }
        let compiled = Arc::new(Schema::compile(schema)?);
        self.0.rcu(|schemas| {
            let mut schemas = if schemas.len() < MOST { HashMap::clone(schemas) } else { HashMap::new() };
            schemas.insert(name.clone(), compiled.clone());
            schemas
        });
        Ok(compiled)
    }
}

impl Schema {
    /// Compiles a schema. Nothing is fetched: a reference to somewhere else makes it none. Its patterns are matched in linear time,
    /// whatever the text (no look-around, no back references).
    pub fn compile(schema: &Value) -> Result<Self, NoSchema> {
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .offline()
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex().size_limit(LARGEST_PATTERN).dfa_size_limit(LARGEST_PATTERN));
        options.build(schema).map(Self).map_err(|error| NoSchema(error.to_string()))
    }

    /// Where a value is not as the schema has it: the path of the first place, and the keyword that it fails. None where it is.
    /// The value itself is not repeated.
    pub fn misfit(&self, value: &Value) -> Option<(String, String)> {
        let error = self.0.validate(value).err()?;
        Some((error.instance_path().to_string(), error.kind().keyword().to_owned()))
    }
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Schemas").field(&self.0.load().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_compiled_once() {
        let schemas = Schemas::default();
        let (one, two) = (json!({ "type": "object" }), json!({ "type": "array" }));
        let first = schemas.of(&one).unwrap();
        assert!(Arc::ptr_eq(&first, &schemas.of(&one).unwrap()));
        assert!(!Arc::ptr_eq(&first, &schemas.of(&two).unwrap()));
        for number in 0..MOST {
            schemas.of(&json!({ "const": number })).unwrap();
        }
        assert!(schemas.0.load().len() <= MOST);
    }

    #[test]
    fn it_says_where_a_value_does_not_fit() {
        let schema = json!({
            "type": "object",
            "properties": { "amount": { "type": "string", "pattern": "^[0-9]+$" } },
            "required": ["amount"],
        });
        let schema = Schema::compile(&schema).unwrap();
        assert_eq!(schema.misfit(&json!({ "amount": "7" })), None);
        assert_eq!(schema.misfit(&json!({ "amount": "secret" })), Some(("/amount".into(), "pattern".into())));
        assert_eq!(schema.misfit(&json!({ "amount": 7 })), Some(("/amount".into(), "type".into())));
        assert_eq!(schema.misfit(&json!({})), Some((String::new(), "required".into())));
    }

    #[test]
    fn nothing_is_fetched_and_no_pattern_takes_forever() {
        for schema in [
            json!({ "$ref": "https://schemas.example.test/payment.json" }),
            json!({ "$ref": "file:///etc/passwd" }),
            json!({ "type": "nothing" }),
            json!({ "pattern": "(" }),
            json!({ "pattern": "^(?=.*a)b" }),
            json!({ "pattern": "(\\w{1000}){1000}" }),
        ] {
            assert!(Schema::compile(&schema).is_err(), "{schema}");
        }
        let evil = Schema::compile(&json!({ "pattern": "^(a+)+$" })).unwrap();
        let long = format!("{}!", "a".repeat(100_000));
        assert_eq!(evil.misfit(&json!(long)).map(|(_, keyword)| keyword).as_deref(), Some("pattern"));
    }
}
