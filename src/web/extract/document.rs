//! A JSON document, read so that a name that stands twice is noticed: two readers of one document would see two requests
//! (RFC 8259 §4).

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// A JSON document, as far as it matters here.
#[derive(Debug)]
pub enum Document {
    /// An object whose names are all different.
    Object(Map<String, Value>),
    /// An object with a name that stands twice.
    Repeated,
    /// Anything else.
    Other,
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let (mut members, mut repeated) = (Map::new(), false);
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            repeated |= members.insert(name, value).is_some();
        }
        Ok(if repeated { Document::Repeated } else { Document::Object(members) })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Document, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Document::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Document, E> {
        Ok(Document::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Document, E> {
        Ok(Document::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Document, E> {
        Ok(Document::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Document, E> {
        Ok(Document::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Document, E> {
        Ok(Document::Other)
    }

    fn visit_unit<E>(self) -> Result<Document, E> {
        Ok(Document::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Document {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_object_has_each_name_once() {
        assert!(matches!(read(r#"{"a":1,"b":{"a":2}}"#), Document::Object(members) if members.len() == 2));
        assert!(matches!(read(r#"{"a":1,"b":2,"a":1}"#), Document::Repeated));
        assert!(matches!(read(r#"{"a":1,"\u0061":1}"#), Document::Repeated), "one name in two spellings");
    }

    #[test]
    fn everything_else_is_something_else() {
        for other in ["[]", "[{},[1]]", "1", "-1", "1.5", "\"a\"", "true", "null"] {
            assert!(matches!(read(other), Document::Other), "{other}");
        }
    }
}
