//! Why a session or a refresh token family ended.

use serde::Serialize;

/// Why it ended. Names are part of the product's interface: they stand in rows and facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The person signed out on that device.
    SignOut,
    /// The person ended it from another device.
    EndedByOwner,
    /// The password was reset by a mailed link.
    PasswordReset,
    /// The person changed the password and asked to sign out everywhere else.
    PasswordChanged,
    /// Someone else signed in with the same browser.
    Replaced,
    /// An operator locked the person out.
    UserLocked,
    /// A spent token was presented.
    Replayed,
    /// It was not used for too long, or its absolute time was over.
    Expired,
    /// The person took back what they had allowed the client.
    ConsentWithdrawn,
}

impl EndReason {
    /// Every reason, for documentation and tests.
    pub const ALL: &[Self] = &[
        Self::SignOut,
        Self::EndedByOwner,
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::Replaced,
        Self::UserLocked,
        Self::Replayed,
        Self::Expired,
        Self::ConsentWithdrawn,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignOut => "sign_out",
            Self::EndedByOwner => "ended_by_owner",
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::Replaced => "replaced",
            Self::UserLocked => "user_locked",
            Self::Replayed => "replayed",
            Self::Expired => "expired",
            Self::ConsentWithdrawn => "consent_withdrawn",
        }
    }

    /// The reason of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for reason in EndReason::ALL {
            assert_eq!(EndReason::named(reason.name()), Some(*reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
        assert_eq!(EndReason::named("bored"), None);
    }
}
