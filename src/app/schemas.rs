//! JSON Schemas (draft 2020-12), compiled once for as long as they are the same: requests are judged by what is ready.

use std::{collections::HashMap, error::Error, panic, sync::Arc};

use arc_swap::ArcSwap;
use boon::{Compiler, Draft, ErrorKind, SchemaIndex, UrlLoader, ValidationError};
use serde_json::Value;

use crate::kernel::secret::Digest;

/// Most that are kept ready. Beyond that all are forgotten, and those in use are compiled again.
const MOST: usize = 500;
/// What a schema is called while it is compiled: nowhere.
const HERE: &str = "https://schema.invalid/";

/// Compiled schemas by their digest: whoever changes a schema has another one, on every node.
#[derive(Default)]
pub struct Schemas(ArcSwap<HashMap<String, Arc<Schema>>>);

/// One schema that is ready.
pub struct Schema {
    all: boon::Schemas,
    own: SchemaIndex,
}

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
        let none = |error: &boon::CompileError| NoSchema(format!("{error:#}"));
        let compile = || {
            let mut compiler = Compiler::new();
            compiler.set_default_draft(Draft::V2020_12);
            compiler.enable_format_assertions();
            compiler.use_loader(Box::new(Nowhere));
            compiler.add_resource(HERE, schema.clone()).map_err(|error| none(&error))?;
            let mut all = boon::Schemas::new();
            let own = compiler.compile(HERE, &mut all).map_err(|error| none(&error))?;
            Ok(Self { all, own })
        };
        // Where an assertion of the library fails, in builds that have them, the schema is none either: a pattern that is too large.
        panic::catch_unwind(panic::AssertUnwindSafe(compile))
            .unwrap_or_else(|_| Err(NoSchema("it cannot be compiled".into())))
    }

    /// Where a value is not as the schema has it: the path of the first place, and what is wrong there. None where it is. The value
    /// itself is not repeated.
    pub fn misfit(&self, value: &Value) -> Option<(String, &'static str)> {
        let error = self.all.validate(value, self.own).err()?;
        let leaf = leaf(&error);
        Some((leaf.instance_location.to_string(), words(&leaf.kind)))
    }
}

/// The first thing that is wrong, at its place.
fn leaf<'e, 's, 'v>(error: &'e ValidationError<'s, 'v>) -> &'e ValidationError<'s, 'v> {
    error.causes.first().map_or(error, leaf)
}

fn words(kind: &ErrorKind<'_, '_>) -> &'static str {
    match kind {
        ErrorKind::AdditionalProperties { .. } | ErrorKind::PropertyName { .. } => "a member is unknown",
        ErrorKind::FalseSchema => "it is unknown",
        ErrorKind::Required { .. } | ErrorKind::DependentRequired { .. } | ErrorKind::Dependency { .. } => {
            "a member is missing"
        }
        ErrorKind::Type { .. } => "the type is wrong",
        _ => "the value is not allowed",
    }
}

/// Fetches nothing.
struct Nowhere;

impl UrlLoader for Nowhere {
    fn load(&self, url: &str) -> Result<Value, Box<dyn Error>> {
        Err(format!("{url} is not fetched").into())
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
        assert_eq!(schema.misfit(&json!({ "amount": "secret" })), Some(("/amount".into(), "the value is not allowed")));
        assert_eq!(schema.misfit(&json!({ "amount": 7 })), Some(("/amount".into(), "the type is wrong")));
        assert_eq!(schema.misfit(&json!({})), Some((String::new(), "a member is missing")));
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
        assert_eq!(evil.misfit(&json!(long)), Some((String::new(), "the value is not allowed")));
    }
}
