//! Rates as settings write them, in the terms of the store that counts them.

use crate::{config, ports::ephemeral::Rate};

/// The rate that a setting names; a count of 0 switches the limit off in both.
pub fn rate(setting: config::Rate) -> Rate {
    Rate { limit: setting.count, window: setting.window.std() }
}
