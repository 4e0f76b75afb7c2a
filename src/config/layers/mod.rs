//! The layers that settings come from: defaults, `signet.toml`, `.env`, the environment.

mod dotenv;
mod load;
mod mistake;
mod origin;
mod sources;
#[cfg(test)]
mod tests;
mod toml_file;

pub use mistake::{Mistake, Mistakes};
pub use origin::{Origin, Origins};
pub use sources::Sources;

use super::values::Given;

/// One setting as one layer gives it.
struct Assignment {
    /// Section, empty for the keys above all sections.
    section: &'static str,
    /// Key.
    key: &'static str,
    /// The value, or the path of the file that holds it.
    given: Given,
    /// True when `given` is the path of a file.
    in_file: bool,
    /// Where it stands.
    origin: Origin,
}
