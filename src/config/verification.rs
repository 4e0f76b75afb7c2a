//! The proof that an address belongs to the person, and forgotten passwords.

use super::objections::Objections;
use super::section::{Judged, section};
use super::values::Span;

section! {
    /// The proof that a mail address belongs to the person, and the reset of forgotten passwords.
    pub struct Verification as "verification" {
        /// Whether a person must have proved the address before applications get to know them. Each tenant may differ.
        required: bool = true,
        /// How long the link and the code in the mail can be used.
        lifetime: Span = Span::hours(24),
        /// How many wrong six-digit codes end a verification.
        code_attempts: u32 = 5,
        /// How long a person waits before the mail is sent again.
        resend_every: Span = Span::secs(60),
        /// How long the link to set a new password can be used.
        reset_lifetime: Span = Span::hours(1),
    }
}

impl Judged for Verification {
    fn judge(&self, objections: &mut Objections) {
        objections.within(&["lifetime"], self.lifetime, Span::minutes(1), Span::days(7));
        // Six digits: ten tries are one chance in a hundred thousand, a hundred tries one in ten thousand.
        objections.within(&["code_attempts"], self.code_attempts, 1, 10);
        objections.within(&["reset_lifetime"], self.reset_lifetime, Span::minutes(1), Span::days(1));
    }
}
