//! Authorization details as a person reads them: titles of the type's schema, values as they are. Whatever an application sends
//! there is only text: bounded, without characters that hide or turn around what stands beside them.

use serde_json::{Map, Value};
use unicode_normalization::char::is_combining_mark;

use super::{Kinds, kinds::Kind};
use crate::kernel::{
    details::{Detail, Details},
    text::unprintable,
};

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its type.
    pub kind: String,
    /// What the type means.
    pub title: String,
    /// More about it.
    pub description: Option<String>,
    /// The name of the API that it is for; none where the type is not registered any more.
    pub api: Option<String>,
    /// What it says.
    pub members: Vec<Member>,
}

/// One member, or one within another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What it is.
    pub label: String,
    /// Its values; one, as a rule.
    pub values: Vec<String>,
}

/// Longest value that is shown, in characters.
const LONGEST: usize = 500;
/// Longest title or label.
const LONGEST_LABEL: usize = 120;
/// Most marks that one letter carries.
const MOST_MARKS: usize = 4;
/// How far references within a schema are followed.
const FOLLOWED: usize = 8;

/// Each object in words, in the order in which they were asked for.
pub fn in_words(details: &Details, kinds: &Kinds) -> Vec<Told> {
    details.iter().map(|detail| told(detail, kinds.find(detail.kind()))).collect()
}

fn told(detail: &Detail, kind: Option<&Kind>) -> Told {
    let none = Value::Null;
    let root = kind.map_or(&none, |kind| &kind.schema);
    let mut members = Vec::new();
    let schema = Schema { root, at: Some(root) };
    schema.tell(detail.members(), "", &mut members);
    Told {
        kind: visible(detail.kind(), LONGEST_LABEL),
        title: schema.text("title").unwrap_or_else(|| words(detail.kind())),
        description: schema.text("description"),
        api: kind.map(|kind| visible(&kind.api, LONGEST_LABEL)),
        members,
    }
}

/// A schema within the one of a type.
#[derive(Clone, Copy)]
struct Schema<'a> {
    root: &'a Value,
    at: Option<&'a Value>,
}

impl<'a> Schema<'a> {
    /// The schema that is meant: references within the document followed.
    fn resolved(self) -> Option<&'a Value> {
        let mut at = self.at?;
        for _ in 0..FOLLOWED {
            let Some(to) = at.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#')) else { break };
            at = self.root.pointer(to)?;
        }
        Some(at)
    }

    /// A text beside the reference counts before the one behind it.
    fn text(self, name: &str) -> Option<String> {
        let of = |schema: &Value| schema.get(name).and_then(Value::as_str).map(|text| visible(text, LONGEST));
        self.at.and_then(of).or_else(|| self.resolved().and_then(of))
    }

    fn within(self, at: Option<&'a Value>) -> Self {
        Self { at, ..self }
    }

    /// The parts that a schema is put together from, itself first.
    fn parts(self) -> impl Iterator<Item = &'a Value> {
        let own = self.resolved();
        let parts = own.and_then(|own| own.get("allOf")).and_then(Value::as_array).into_iter().flatten();
        own.into_iter().chain(parts.filter_map(move |part| self.within(Some(part)).resolved()))
    }

    /// The schema of a member.
    fn member(self, name: &str) -> Self {
        self.within(self.parts().find_map(|part| part.get("properties")?.get(name)))
    }

    /// The schema of each item of a list.
    fn item(self) -> Self {
        self.within(self.parts().find_map(|part| part.get("items")))
    }

    /// The members of an object: those that have to be there first, in the schema's order.
    fn ordered(self, object: &'a Map<String, Value>) -> Vec<(&'a String, &'a Value)> {
        let lists = self.parts().filter_map(|part| part.get("required")?.as_array());
        let required: Vec<&str> = lists.flatten().filter_map(Value::as_str).collect();
        let place = |name: &str| required.iter().position(|first| *first == name).unwrap_or(required.len());
        let mut members: Vec<_> = object.iter().collect();
        members.sort_by_key(|(name, _)| place(name));
        members
    }

    fn tell(self, object: &'a Map<String, Value>, before: &str, into: &mut Vec<Member>) {
        for (name, value) in self.ordered(object) {
            if before.is_empty() && name == "type" {
                continue;
            }
            let schema = self.member(name);
            let label = schema.text("title").unwrap_or_else(|| words(name));
            schema.tell_value(value, &joined(before, &label), into);
        }
    }

    fn tell_value(self, value: &'a Value, label: &str, into: &mut Vec<Member>) {
        let one = |text: String| Member { label: label.to_owned(), values: vec![text] };
        match value {
            Value::Object(object) => match amount(object) {
                Some(amount) => into.push(one(amount)),
                None if object.is_empty() => into.push(one("(empty)".into())),
                None => self.tell(object, label, into),
            },
            Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                for (index, item) in items.iter().enumerate() {
                    self.item().tell_value(item, &joined(label, &(index + 1).to_string()), into);
                }
            }
            Value::Array(items) if items.is_empty() => into.push(one("(none)".into())),
            Value::Array(items) => {
                let values = items.iter().map(|item| self.item().scalar(item)).collect();
                into.push(Member { label: label.to_owned(), values });
            }
            scalar => into.push(one(self.scalar(scalar))),
        }
    }

    /// A value that is no list and no object: by its title, where the schema has one for it (`oneOf` with `const`).
    fn scalar(self, value: &Value) -> String {
        let titled = |part: &'a Value| {
            let choices = ["oneOf", "anyOf"].into_iter().filter_map(|name| part.get(name)?.as_array()).flatten();
            let mut meant = choices.filter(|choice| choice.get("const") == Some(value));
            meant.find_map(|choice| choice.get("title")?.as_str())
        };
        match (self.parts().find_map(titled), value) {
            (Some(title), _) => visible(title, LONGEST),
            (None, Value::String(text)) if text.trim().is_empty() => "(empty)".into(),
            (None, Value::String(text)) => visible(text, LONGEST),
            (None, Value::Bool(yes)) => if *yes { "yes" } else { "no" }.into(),
            (None, Value::Null) => "(none)".into(),
            (None, other) => visible(&other.to_string(), LONGEST),
        }
    }
}

/// An amount of money: an object of a currency and a number, as payments have it.
fn amount(object: &Map<String, Value>) -> Option<String> {
    let currency = object.get("currency")?.as_str()?;
    let number = match object.get("amount").or_else(|| object.get("value"))? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (object.len() == 2).then(|| format!("{} {}", visible(&number, LONGEST_LABEL), visible(currency, LONGEST_LABEL)))
}

fn joined(before: &str, label: &str) -> String {
    if before.is_empty() { label.to_owned() } else { format!("{before} · {label}") }
}

/// A technical name as words: `instructedAmount` is "Instructed amount".
fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut lower = false;
    for c in name.chars() {
        match c {
            '_' | '-' => words.push(' '),
            c if c.is_uppercase() && lower => {
                words.push(' ');
                words.extend(c.to_lowercase());
            }
            c if words.is_empty() => words.extend(c.to_uppercase()),
            c => words.push(c),
        }
        lower = c.is_lowercase();
    }
    visible(&words, LONGEST_LABEL)
}

/// A text in which everything can be seen: one line, nothing that hides or turns text around, no towers of marks; what is too long
/// says so.
fn visible(text: &str, longest: usize) -> String {
    let mut marks = 0;
    let mut seen = String::with_capacity(text.len().min(longest));
    for c in text.chars().take(longest) {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        seen.push(match c {
            '\n' | '\r' | '\t' => ' ',
            c if unprintable(c) || is_invisible(c) || marks > MOST_MARKS => '\u{FFFD}',
            c => c,
        });
    }
    match text.chars().count() {
        all if all > longest => format!("{seen}… (and {} more characters)", all - longest),
        _ => seen,
    }
}

/// Characters without a shape of their own: zero-width ones, marks of direction, fillers, variation selectors and tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told_as(schema: Value, object: Value) -> Vec<(String, String)> {
        let kind = Kind { name: "payment".into(), resource: "bank".into(), api: "Bank".into(), schema };
        let details = Details::parse(&json!([object]).to_string()).unwrap();
        let told = told(details.iter().next().unwrap(), Some(&kind));
        told.members.into_iter().map(|member| (member.label, member.values.join(" | "))).collect()
    }

    fn pair(label: &str, value: &str) -> (String, String) {
        (label.into(), value.into())
    }

    #[test]
    fn a_payment_reads_like_one() {
        let schema = json!({
            "title": "Make a payment",
            "$defs": { "account": { "title": "Account", "properties": { "iban": { "title": "IBAN" } } } },
            "properties": {
                "instructedAmount": { "title": "Amount" },
                "creditorName": { "title": "To" },
                "creditorAccount": { "$ref": "#/$defs/account", "title": "Their account" },
                "kind": { "oneOf": [{ "const": "now", "title": "At once" }, { "const": "later" }] },
            },
            "required": ["creditorName", "creditorAccount", "instructedAmount"],
        });
        let object = json!({
            "type": "payment",
            "instructedAmount": { "currency": "EUR", "amount": "123.50" },
            "creditorName": "Merchant A",
            "creditorAccount": { "iban": "DE02100100109307118603", "bic": "X" },
            "kind": "now",
            "remittance_information": ["Ref", 7, true],
            "accounts": [{ "iban": "A" }, { "iban": "B" }],
            "none": [],
        });
        // What is required comes first, in its order; the rest as the client sent it, or sorted: as its JSON is read.
        let mut told = told_as(schema, object);
        let place = |value: &str| told.iter().position(|(_, shown)| shown == value).unwrap();
        assert!(
            place("Merchant A") < place("DE02100100109307118603")
                && place("DE02100100109307118603") < place("123.50 EUR")
        );
        assert_eq!(place("123.50 EUR"), 3);
        told.sort();
        assert_eq!(
            told,
            [
                pair("Accounts · 1 · Iban", "A"),
                pair("Accounts · 2 · Iban", "B"),
                pair("Amount", "123.50 EUR"),
                pair("Kind", "At once"),
                pair("None", "(none)"),
                pair("Remittance information", "Ref | 7 | yes"),
                pair("Their account · Bic", "X"),
                pair("Their account · IBAN", "DE02100100109307118603"),
                pair("To", "Merchant A"),
            ]
        );
    }

    #[test]
    fn titles_are_found_in_parts_and_behind_references_that_end() {
        let schema = json!({
            "allOf": [{ "$ref": "#/$defs/base" }, { "properties": { "b": { "title": "Second" } } }],
            "$defs": { "base": { "properties": { "a": { "title": "First" }, "c": { "$ref": "#/$defs/loop" } } },
                       "loop": { "$ref": "#/$defs/loop" } },
        });
        let shown = told_as(schema, json!({ "type": "payment", "a": 1, "b": null, "c": "x" }));
        assert_eq!(shown, [pair("First", "1"), pair("Second", "(none)"), pair("C", "x")]);
    }

    #[test]
    fn a_type_that_is_gone_is_shown_all_the_same() {
        let details = Details::parse(r#"[{"type":"accountAccess","iban":"DE1"}]"#).unwrap();
        let told = &in_words(&details, &Kinds::default())[0];
        assert_eq!((told.title.as_str(), told.api.is_none()), ("Account access", true));
        assert_eq!(told.members, [Member { label: "Iban".into(), values: vec!["DE1".into()] }]);
    }

    #[test]
    fn nothing_is_hidden_or_turned_around() {
        let marks = format!("a{}", "\u{301}".repeat(30));
        for (hostile, shown) in [
            ("Alice\u{202E}ecilA", "Alice\u{FFFD}ecilA"),
            ("a\u{200B}b\u{FEFF}c", "a\u{FFFD}b\u{FFFD}c"),
            ("one\ntwo\u{7}", "one two\u{FFFD}"),
            ("tag\u{E0041}", "tag\u{FFFD}"),
            ("  ", "(empty)"),
            ("", "(empty)"),
        ] {
            let members = told_as(json!({}), json!({ "type": "payment", "x": hostile }));
            assert_eq!(members, [pair("X", shown)]);
            let name = told_as(json!({}), json!({ "type": "payment", hostile: "x" }));
            assert!(!name[0].0.chars().any(|c| unprintable(c) || is_invisible(c)), "{:?}", name[0].0);
        }
        assert!(visible(&marks, 500).matches('\u{301}').count() <= MOST_MARKS);
        let long = told_as(json!({}), json!({ "type": "payment", "x": "x".repeat(600) }));
        assert!(long[0].1.ends_with("… (and 100 more characters)"), "{}", long[0].1);
    }
}
