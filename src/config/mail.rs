//! The mail that Signet sends.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::{Mailbox, Span};

section! {
    /// The mail that Signet sends, through the server that `smtp_url` names.
    pub struct Mail as "mail" {
        /// The sender.
        from: Mailbox = Mailbox { name: Some("Signet".into()), address: "no-reply@localhost".into() },
        /// Where answers go, if not to the sender.
        reply_to: Option<Mailbox> = None,
        /// How often sending is tried, at growing intervals, before a mail is given up.
        attempts: u32 = 10,
        /// How long one attempt may take.
        timeout: Span = Span::secs(10),
        /// How long a mail that was sent stays listed, without its body.
        keep_sent: Span = Span::days(7),
    }
}

impl Judged for Mail {
    fn judge(&self, objections: &mut Objections) {
        objections.within(&["attempts"], self.attempts, 1, 100);
        objections.within(&["timeout"], self.timeout, Span::secs(1), Span::minutes(5));
    }
}
