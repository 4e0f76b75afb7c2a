//! Objections to values that are readable but make no sense, alone or together.

use std::fmt::Display;

/// One objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The keys that are at odds; the first is the one to change.
    pub keys: &'static [&'static str],
    /// A clause that follows the key's name.
    pub why: String,
}

/// Every objection to one section.
#[derive(Default)]
pub struct Objections(Vec<Objection>);

impl Objections {
    /// Objects unless the condition holds.
    pub fn unless(&mut self, holds: bool, keys: &'static [&'static str], why: impl Into<String>) {
        if !holds {
            let why = why.into();
            self.0.push(Objection { keys, why });
        }
    }

    /// Objects to a value outside `low..=high`.
    pub fn within<T: PartialOrd + Display>(&mut self, key: &'static [&'static str], value: T, low: T, high: T) {
        let why = format!("must be from {low} to {high}, not {value}");
        self.unless(value >= low && value <= high, key, why);
    }

    /// Objects to a value below `low`.
    pub fn at_least<T: PartialOrd + Display>(&mut self, key: &'static [&'static str], value: T, low: T) {
        let why = format!("must be at least {low}, not {value}");
        self.unless(value >= low, key, why);
    }

    /// What was noted.
    pub fn into_vec(self) -> Vec<Objection> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn only_what_does_not_hold_is_noted() {
        let mut objections = Objections::default();
        objections.within(&["a"], 5, 5, 7);
        objections.within(&["b"], 8, 5, 7);
        objections.at_least(&["c"], 1, 1);
        objections.at_least(&["d"], 0, 1);
        let noted = objections.into_vec();
        let keys: Vec<_> = noted.iter().map(|o| o.keys[0]).collect();
        assert_eq!(keys, ["b", "d"]);
        assert_eq!(noted[0].why, "must be from 5 to 7, not 8");
    }
}
