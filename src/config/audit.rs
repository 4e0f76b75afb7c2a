//! How long the record of what happened is kept.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::Span;

section! {
    /// How long the record of what happened is kept.
    pub struct Audit as "audit" {
        /// Entries of the activity record older than this are deleted.
        keep_activity: Span = Span::days(400),
    }
}

impl Judged for Audit {
    fn judge(&self, objections: &mut Objections) {
        objections.at_least(&["keep_activity"], self.keep_activity, Span::days(1));
    }
}
