//! Authorization details (RFC 9396 §2): what is asked for, granted or assigned to a token, as objects that each have a type.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Longest text that is read, in bytes.
const LONGEST: usize = 16_384;
/// Most objects of one request.
const MOST: usize = 20;
/// How deep an object may be nested: a person has to be able to read it.
const DEEPEST: usize = 8;

/// One object, as it was sent.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct Detail(Map<String, Value>);

/// Several, in the order in which they were asked for, none of them twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Details(Vec<Detail>);

/// Why a text is no authorization details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedDetails {
    /// Longer than is read.
    #[error("is longer than 16384 bytes")]
    TooLong,
    /// Not JSON, or no list of objects.
    #[error("is not a JSON array of objects")]
    NoList,
    /// An object whose type is missing or no text.
    #[error("has an object without a type")]
    NoType,
    /// None, or more than are read.
    #[error("must have 1 to 20 objects")]
    Number,
    /// Nested too deeply.
    #[error("is nested too deeply")]
    TooDeep,
    /// A text that no database takes.
    #[error("has a NUL character")]
    Nul,
}

impl Detail {
    /// Its type.
    pub fn kind(&self) -> &str {
        self.0.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// Its members, the type among them.
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl Details {
    /// Reads the parameter.
    pub fn parse(text: &str) -> Result<Self, MalformedDetails> {
        if text.len() > LONGEST {
            return Err(MalformedDetails::TooLong);
        }
        let objects: Vec<Map<String, Value>> = serde_json::from_str(text).map_err(|_| MalformedDetails::NoList)?;
        if !(1..=MOST).contains(&objects.len()) {
            return Err(MalformedDetails::Number);
        }
        let mut details = Self::default();
        for object in objects {
            if object.iter().any(|(name, value)| name.contains('\0') || has_nul(value)) {
                return Err(MalformedDetails::Nul);
            }
            if object.values().any(|value| depth(value) >= DEEPEST) {
                return Err(MalformedDetails::TooDeep);
            }
            details = details.and(Self(vec![Detail::try_from(object)?]));
        }
        Ok(details)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each object.
    pub fn iter(&self) -> impl Iterator<Item = &Detail> {
        self.0.iter()
    }

    /// The types, each once, in alphabetical order: all that a log may know of them.
    pub fn kinds(&self) -> BTreeSet<&str> {
        self.0.iter().map(Detail::kind).collect()
    }

    /// Whether every object stands in `other`, too. Objects are the same or not (RFC 9396 §6.1 leaves it to each type what "less"
    /// is, and nobody but its API knows).
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().all(|detail| other.0.contains(detail))
    }

    /// Those for which this holds.
    #[must_use]
    pub fn only(&self, holds: impl Fn(&Detail) -> bool) -> Self {
        Self(self.0.iter().filter(|detail| holds(detail)).cloned().collect())
    }

    /// These, and those of `more` that are not among them.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        for detail in more.0 {
            if !self.0.contains(&detail) {
                self.0.push(detail);
            }
        }
        self
    }

    /// The last `count` of them.
    #[must_use]
    pub fn latest(mut self, count: usize) -> Self {
        let older = self.0.len().saturating_sub(count);
        self.0.drain(..older);
        self
    }
}

impl TryFrom<Map<String, Value>> for Detail {
    type Error = MalformedDetails;

    fn try_from(object: Map<String, Value>) -> Result<Self, MalformedDetails> {
        match object.get("type").and_then(Value::as_str) {
            Some(kind) if !kind.is_empty() => Ok(Self(object)),
            _ => Err(MalformedDetails::NoType),
        }
    }
}

impl From<Detail> for Map<String, Value> {
    fn from(detail: Detail) -> Self {
        detail.0
    }
}

/// The type alone: the rest is about somebody.
impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Detail({:?}, …)", self.kind())
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(text: &str) -> Details {
        Details::parse(text).unwrap()
    }

    #[test]
    fn objects_with_a_type_in_a_list() {
        let two = details(r#"[{"type":"payment","amount":1.0},{"type":"account"},{"amount":1.0,"type":"payment"}]"#);
        assert_eq!(two.iter().count(), 2, "the same object counts once");
        assert_eq!(two.kinds().into_iter().collect::<Vec<_>>(), ["account", "payment"]);
        let text = serde_json::to_string(&two).unwrap();
        assert_eq!(serde_json::from_str::<Details>(&text).unwrap(), two);
    }

    #[test]
    fn everything_else_is_malformed() {
        use MalformedDetails::*;
        let nested = |levels: usize| format!(r#"[{{"type":"a","x":{}1{}}}]"#, "[".repeat(levels), "]".repeat(levels));
        let many = format!("[{}]", vec![r#"{"type":"a"}"#; 21].join(","));
        for (text, why) in [
            ("", NoList),
            ("{}", NoList),
            (r#"{"type":"a"}"#, NoList),
            (r#"["a"]"#, NoList),
            (r#"[{"type":"a"}"#, NoList),
            (r#"[{"type":"a"}] x"#, NoList),
            (&format!("{}{}", "[".repeat(500), "]".repeat(500)), NoList),
            ("[{}]", NoType),
            (r#"[{"type":7}]"#, NoType),
            (r#"[{"type":""}]"#, NoType),
            (r#"[{"type":"a"},{"Type":"a"}]"#, NoType),
            ("[]", Number),
            (&many, Number),
            (&nested(8), TooDeep),
            (r#"[{"type":"a","x":["\u0000"]}]"#, Nul),
            (r#"[{"type":"a","\u0000":1}]"#, Nul),
            (&format!(r#"[{{"type":"a","x":"{}"}}]"#, "x".repeat(LONGEST)), TooLong),
        ] {
            assert_eq!(Details::parse(text), Err(why), "{text:.60}");
        }
        details(&nested(7));
    }

    #[test]
    fn an_object_is_within_others_as_a_whole() {
        let both = details(r#"[{"type":"a","x":[1,2]},{"type":"b"}]"#);
        assert!(details(r#"[{"x":[1,2],"type":"a"}]"#).within(&both));
        assert!(Details::default().within(&both));
        for other in
            [r#"[{"type":"a"}]"#, r#"[{"type":"a","x":[1]}]"#, r#"[{"type":"a","x":[2,1]}]"#, r#"[{"type":"c"}]"#]
        {
            assert!(!details(other).within(&both), "{other}");
        }
    }

    #[test]
    fn what_is_added_comes_last_and_the_oldest_is_forgotten_first() {
        let [one, two] = [details(r#"[{"type":"a"}]"#), details(r#"[{"type":"b"}]"#)];
        let both = one.clone().and(two.clone()).and(one.clone());
        assert_eq!(both, details(r#"[{"type":"a"},{"type":"b"}]"#));
        assert_eq!(both.clone().latest(1), two);
        assert_eq!(both.clone().latest(5), both);
        assert_eq!(both.only(|detail| detail.kind() == "a"), one);
    }

    #[test]
    fn nothing_but_the_type_is_in_the_log() {
        let said = format!("{:?}", details(r#"[{"type":"payment","iban":"DE02100100109307118603"}]"#));
        assert!(said.contains("payment") && !said.contains("DE02"), "{said}");
    }
}
