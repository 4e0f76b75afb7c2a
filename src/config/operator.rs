//! What operators see that nobody else does.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::SecretText;

section! {
    /// What operators see that nobody else does.
    pub struct Operator as "operator" {
        /// The bearer token for `/test-info`, 32 characters at least. Unset: in production the page does not exist.
        token: Option<SecretText> = None,
    }
}

impl Judged for Operator {
    fn judge(&self, objections: &mut Objections) {
        let long_enough = self.token.as_ref().is_none_or(|token| token.expose().chars().count() >= 32);
        let why = "must have at least 32 characters (make one with: openssl rand -hex 32)";
        objections.unless(long_enough, &["token"], why);
    }
}
