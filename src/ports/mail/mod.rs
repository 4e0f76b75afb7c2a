//! Mail that leaves the house. The development mailbox is not here: it is rows of `outgoing_mail` that nobody sends.

use crate::kernel::Time;

mod smtp;

pub use smtp::Smtp;

/// One letter to one person, with the same words as text and as HTML.
#[derive(Clone)]
pub struct Letter {
    /// The sender: `Signet <no-reply@example.test>` or a bare address.
    pub from: String,
    /// Where answers go, in the same form.
    pub reply_to: Option<String>,
    /// The recipient's bare address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// For those who read text.
    pub text: String,
    /// For everyone else.
    pub html: String,
    /// `<something@host>`, the same at every attempt: a letter that was sent twice is recognized.
    pub message_id: String,
    /// When it was written, not when it is sent.
    pub date: Time,
}

impl std::fmt::Debug for Letter {
    // The body holds links and codes that let its reader in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// Why a letter did not leave. What the server said is in it: one line of at most 500 characters, printable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Another attempt may succeed: no connection, no answer in time, a 4xx, or our own login was refused.
    #[error("the mail server did not take it now: {0}")]
    Temporary(String),
    /// Another attempt will not: a 5xx, or a letter that cannot be written.
    #[error("the mail server will never take it: {0}")]
    Permanent(String),
}
