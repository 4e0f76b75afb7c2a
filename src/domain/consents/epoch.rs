//! Which life of a consent something belongs to.

use serde::{Deserialize, Serialize};

/// How often a person has taken back everything from a client. Whatever is granted carries the epoch of its moment: it is good
/// while that is the present one, so one increment ends codes, tokens and refresh tokens alike, on every node and whatever
/// their clocks say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(i32);

impl Epoch {
    /// The first: nothing was ever taken back.
    pub const FIRST: Self = Self(0);

    /// Whether nothing was ever taken back: tokens need not say so.
    pub fn is_first(&self) -> bool {
        self.0 == 0
    }

    /// As the row holds it.
    pub fn number(self) -> i32 {
        self.0
    }
}

impl From<i32> for Epoch {
    fn from(number: i32) -> Self {
        Self(number)
    }
}
