//! Mails that operations send: queued in the transaction that made them true, rendered and sent by a job.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kernel::{email::Email, id::UserId};

macro_rules! letters {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// Every mail that Signet writes; its name is its template's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Letter { $($(#[$doc])* #[serde(rename = $name)] $variant,)+ }

        impl Letter {
            /// Every letter, for tests.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The template's name, `templates/mail/<name>.{txt,html}`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

letters! {
    /// Link and code that verify an address.
    VerifyEmail = "verify_email";
    /// Somebody tried to register an address that has an account.
    AlreadyRegistered = "already_registered";
    /// Link that resets a password.
    ResetPassword = "reset_password";
    /// The password was changed or reset.
    PasswordChanged = "password_changed";
    /// A spent refresh token was presented.
    RefreshReuse = "refresh_reuse";
    /// An application asks for an approval.
    ApprovalWanted = "approval_wanted";
    /// A sign-in from a device not seen before.
    NewSignIn = "new_sign_in";
}

/// A mail to be sent. The context may hold links and codes: it is sealed at rest.
#[derive(Debug, Clone)]
pub struct Message {
    /// Which mail.
    pub letter: Letter,
    /// To whom.
    pub to: Email,
    /// The person it goes to, where there is one.
    pub user: Option<UserId>,
    /// What the template says.
    pub context: Value,
}
