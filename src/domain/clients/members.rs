//! Members of a metadata document, taken out one by one, with every wrong one noted.

use std::{fmt::Display, str::FromStr};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::kernel::{Refusal, refusal::Findings};

/// What is left of the document, and what was wrong. A member that is null is left out (RFC 7591 §2).
pub(super) struct Members {
    members: Map<String, Value>,
    findings: Findings,
}

impl Members {
    pub(super) fn of(members: Map<String, Value>) -> Self {
        let members = members.into_iter().filter(|(_, value)| !value.is_null()).collect();
        Self { members, findings: Findings::default() }
    }

    /// A text; empty counts as none.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.members.remove(name)? {
            Value::String(text) => Some(text).filter(|text| !text.is_empty()),
            _ => self.wrong(name, "has to be a text"),
        }
    }

    /// A list of texts; none is an empty one.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        self.list(name).unwrap_or_default()
    }

    fn list(&mut self, name: &'static str) -> Option<Vec<String>> {
        let value = self.members.remove(name)?;
        let texts = value
            .as_array()
            .and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
        texts.or_else(|| self.wrong(name, "has to be a list of texts"))
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.members.remove(name)? {
            Value::Bool(flag) => Some(flag),
            _ => self.wrong(name, "has to be true or false"),
        }
    }

    /// A whole number that is not negative.
    pub(super) fn number(&mut self, name: &'static str) -> Option<u32> {
        let value = self.members.remove(name)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        number.or_else(|| self.wrong(name, "has to be a whole number that is not negative"))
    }

    /// An object.
    pub(super) fn object(&mut self, name: &'static str) -> Option<Value> {
        let value = self.members.remove(name)?;
        if value.is_object() { Some(value) } else { self.wrong(name, "has to be an object") }
    }

    /// One of a few words.
    pub(super) fn named<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Option<T> {
        let text = self.text(name)?;
        self.findings.keep(name, "invalid", text.parse::<T>())
    }

    /// Several of a few words, each once.
    pub(super) fn named_list<T: FromStr<Err: Display> + PartialEq>(&mut self, name: &'static str) -> Option<Vec<T>> {
        let mut list = Vec::new();
        for text in self.list(name)? {
            if let Some(value) = self.findings.keep(name, "invalid", text.parse::<T>())
                && !list.contains(&value)
            {
                list.push(value);
            }
        }
        Some(list)
    }

    /// Something that is read from JSON.
    pub(super) fn read<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let value = self.members.remove(name)?;
        serde_json::from_value(value).ok().or_else(|| self.wrong(name, "has a value that is not supported"))
    }

    /// The members `base#tag`, by tag.
    pub(super) fn tagged(&mut self, base: &str) -> Vec<(String, Value)> {
        let tag = |name: &String| name.strip_prefix(base)?.strip_prefix('#').map(str::to_owned);
        let tags: Vec<String> = self.members.keys().filter_map(tag).collect();
        tags.into_iter().filter_map(|tag| Some((tag.clone(), self.members.remove(&format!("{base}#{tag}"))?))).collect()
    }

    /// Refuses a member that is there and asks for what is not done.
    pub(super) fn refuse(&mut self, name: &'static str, asks: impl Fn(&Value) -> bool) {
        if self.members.remove(name).is_some_and(|value| asks(&value)) {
            self.note(name, "is not supported");
        }
    }

    pub(super) fn note(&mut self, name: &'static str, why: &'static str) {
        self.findings.note(name, "invalid", why);
    }

    fn wrong<T>(&mut self, name: &'static str, why: &'static str) -> Option<T> {
        self.findings.note(name, "wrong_type", why);
        None
    }

    /// The refusal, if anything was wrong.
    pub(super) fn refusal(self) -> Option<Refusal> {
        self.findings.refusal()
    }
}
