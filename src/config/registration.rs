//! Who may register.

use super::section::{Judged, section};

section! {
    /// Who may register.
    pub struct Registration as "registration" {
        /// Whether anyone may register. Otherwise accounts are made with `signet user create`.
        open: bool = true,
    }
}

impl Judged for Registration {}
