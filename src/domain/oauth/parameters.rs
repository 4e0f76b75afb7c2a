//! Request parameters of the protocol endpoints (RFC 6749 §3.1, §3.2).

use serde::{Deserialize, Serialize};

use crate::kernel::{Code, Refusal};

/// Parameters that may stand more than once (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: &[&str] = &["resource", "audience"];

/// The parameters of one request, in order. A parameter without a value counts as omitted.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// From decoded pairs.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The value of `name`, which may stand once.
    pub fn once(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(repeated(name)),
            (value, None) => Ok(value),
        }
    }

    /// The value of `name`, which must stand once.
    pub fn required(&self, name: &'static str) -> Result<&str, Refusal> {
        self.once(name)?.ok_or_else(|| Code::InvalidRequest.because(format!("{name} is missing")))
    }

    /// The first value of `name`: where a repetition has been refused already, or does not matter.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of `name`, which may stand more than once.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The different values of `name`, in the order in which they first stand.
    pub fn distinct(&self, name: &str) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for (_, value) in self.0.iter().filter(|(key, _)| key == name) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        values
    }

    /// Every pair.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Refuses a request in which any parameter stands twice (RFC 6749 §3.1), known or not.
    pub fn refuse_repeated(&self) -> Result<(), Refusal> {
        let mut seen = std::collections::HashSet::with_capacity(self.0.len());
        for (key, _) in &self.0 {
            if !seen.insert(key.as_str()) && !REPEATABLE.contains(&key.as_str()) {
                return Err(repeated(key));
            }
        }
        Ok(())
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// All but the parameters of these names.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| !names.contains(&key.as_str())).cloned().collect())
    }

    /// Only the parameters of these names: what a grant declared to read.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| names.contains(&key.as_str())).cloned().collect())
    }
}

/// Names only: values are codes and secrets.
impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

fn repeated(name: &str) -> Refusal {
    // The name comes from the caller and goes into a header or JSON: only a plain one is repeated back.
    let plain = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    Code::InvalidRequest.because(format!("{} is repeated", if plain { name } else { "a parameter" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        Parameters::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn repetition_is_refused_and_emptiness_is_absence() {
        let p = parameters(&[("a", "1"), ("b", ""), ("c", "1"), ("c", "1")]);
        assert_eq!(p.once("a"), Ok(Some("1")));
        assert_eq!(p.once("b"), Ok(None));
        assert!(p.once("c").is_err());
        assert!(p.required("b").is_err());
        assert!(p.refuse_repeated().is_err());
        assert!(parameters(&[("unknown", "1"), ("unknown", "2")]).refuse_repeated().is_err());
        assert!(parameters(&[("resource", "1"), ("resource", "2")]).refuse_repeated().is_ok());
        assert!(parameters(&[("a", "1"), ("a", "")]).refuse_repeated().is_ok());
    }

    #[test]
    fn what_is_said_twice_counts_once() {
        let p = parameters(&[("resource", "b"), ("resource", "a"), ("x", "c"), ("resource", "b"), ("resource", "")]);
        assert_eq!(p.distinct("resource"), ["b", "a"]);
        assert!(p.distinct("y").is_empty());
    }

    #[test]
    fn a_grant_sees_only_what_it_declares() {
        let p = parameters(&[("a", "1"), ("b", "2")]).only(&["a"]);
        assert_eq!(p.first("a"), Some("1"));
        assert_eq!(p.first("b"), None);
    }
}
