//! A type of authorization details (RFC 9396 §2.1): a name, and the JSON Schema that says what its objects look like.

use serde_json::{Map, Value, json};

use crate::app::Schema;

/// The only draft that is read.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Longest name, in characters.
const LONGEST: usize = 200;
/// Largest schema, in bytes.
const LARGEST: usize = 32_768;

/// The keyword of a schema that says that what was allowed is never taken as allowed again: a payment, say.
const ONCE: &str = "x-once";

/// Whether a text can be the name of a type: one word, or a URI.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() || name.len() > LONGEST {
        return Err("must have 1 to 200 characters");
    }
    match name.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\<>=".contains(&b)) {
        true => Ok(()),
        false => Err("has characters that the name of a type cannot have"),
    }
}

/// Whether a schema can be registered for a type.
pub fn check_schema(name: &str, schema: &Value) -> Result<(), String> {
    let Some(members) = schema.as_object() else { return Err("must be a JSON object".into()) };
    if schema.to_string().len() > LARGEST {
        return Err("is larger than 32768 bytes".into());
    }
    if members.get("$schema").is_some_and(|draft| draft != DRAFT) {
        return Err(format!("must be of the draft {DRAFT}"));
    }
    if members.get(ONCE).is_some_and(|once| !once.is_boolean()) {
        return Err(format!("has {ONCE}, which must be true or false"));
    }
    if members.get("properties").is_some_and(|properties| !properties.is_object()) {
        return Err("has properties, which must be an object".into());
    }
    Schema::compile(&closed(name, schema)).map(drop).map_err(|error| error.to_string())
}

/// The schema that objects are judged by: what it does not name is unknown, and unknown members are refused (RFC 9396 §5); the type
/// is there already.
pub fn closed(name: &str, schema: &Value) -> Value {
    let mut members = schema.as_object().cloned().unwrap_or_default();
    members.entry("type").or_insert_with(|| "object".into());
    let properties = members.entry("properties").or_insert_with(|| Map::new().into());
    if let Value::Object(properties) = properties {
        properties.insert("type".into(), json!({ "const": name }));
    }
    if !members.contains_key("additionalProperties") {
        members.entry("unevaluatedProperties").or_insert(false.into());
    }
    members.into()
}

/// Whether a person is asked each time, whatever they allowed before.
pub fn is_once(schema: &Value) -> bool {
    schema.get(ONCE).and_then(Value::as_bool).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(schema: &Value, object: &Value) -> bool {
        Schema::compile(&closed("payment", schema)).unwrap().misfit(object).is_none()
    }

    #[test]
    fn what_a_schema_does_not_name_is_unknown() {
        let schema = json!({ "properties": { "amount": { "type": "string" } }, "required": ["amount"] });
        assert!(fits(&schema, &json!({ "type": "payment", "amount": "1" })));
        for object in [
            json!({ "type": "payment" }),
            json!({ "type": "payment", "amount": 1 }),
            json!({ "type": "payment", "amount": "1", "iban": "DE" }),
            json!({ "type": "account", "amount": "1" }),
            json!({ "amount": "1", "Type": "payment" }),
            json!(["payment"]),
        ] {
            assert!(!fits(&schema, &object), "{object}");
        }
        // Also where it is put together from parts, and unless it says otherwise.
        let parts = json!({ "allOf": [schema, { "properties": { "iban": {} } }] });
        assert!(fits(&parts, &json!({ "type": "payment", "amount": "1", "iban": "DE" })));
        assert!(!fits(&parts, &json!({ "type": "payment", "amount": "1", "bic": "DE" })));
        let open = json!({ "additionalProperties": { "type": "string" } });
        assert!(fits(&open, &json!({ "type": "payment", "whatever": "1" })));
        assert!(!fits(&open, &json!({ "type": "payment", "whatever": 1 })));
        assert!(!fits(&json!({}), &json!({ "type": "payment", "whatever": 1 })));
    }

    #[test]
    fn a_schema_stands_for_itself() {
        let deep =
            json!({ "$defs": { "amount": { "type": "string" } }, "properties": { "a": { "$ref": "#/$defs/amount" } } });
        assert_eq!(check_schema("payment", &deep), Ok(()));
        assert_eq!(check_schema("payment", &json!({ "$schema": DRAFT, "x-once": true })), Ok(()));
        for bad in [
            json!([]),
            json!(true),
            json!({ "$schema": "http://json-schema.org/draft-07/schema#" }),
            json!({ "$ref": "https://schemas.example.test/payment.json" }),
            json!({ "properties": { "a": { "$ref": "#/$defs/nowhere" } } }),
            json!({ "properties": [] }),
            json!({ "required": "amount" }),
            json!({ "x-once": "yes" }),
            json!({ "description": "x".repeat(LARGEST) }),
        ] {
            assert!(check_schema("payment", &bad).is_err(), "{bad:.80}");
        }
        assert!(is_once(&json!({ "x-once": true })) && !is_once(&json!({})));
    }

    #[test]
    fn names_are_words_or_uris() {
        for good in ["payment_initiation", "https://scheme.example.org/files", "urn:example:files"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "a b", "a\n", "zahlung\u{e4}", "a=b", "<a>", "a\"b", &"a".repeat(201)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
