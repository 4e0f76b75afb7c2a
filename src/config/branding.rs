//! What the pages and mails look like.

use std::path::PathBuf;

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::{Accent, Link};

section! {
    /// What the pages and mails look like.
    pub struct Branding as "branding" {
        /// The name on pages and in mails.
        product_name: String = "Signet".into(),
        /// A directory whose templates take the place of the built-in ones of the same name.
        templates_dir: Option<PathBuf> = None,
        /// The privacy policy, linked from every page.
        privacy_url: Option<Link> = None,
        /// The terms of use, linked from every page.
        terms_url: Option<Link> = None,
        /// Where people find help: a page or a `mailto:` address.
        support_url: Option<Link> = None,
        /// The color of buttons and links: `#rrggbb` or `oklch(L C H)`.
        accent: Option<Accent> = None,
    }
}

impl Judged for Branding {
    fn judge(&self, objections: &mut Objections) {
        let length = self.product_name.trim().chars().count();
        objections.unless((1..=64).contains(&length), &["product_name"], "must have 1 to 64 characters");
    }
}
