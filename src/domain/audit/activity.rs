//! One fact in somebody's life, with words for it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::kernel::{
    Fact, Time,
    id::{ActivityId, ClientId, RequestId, SessionId},
};

/// One fact, as the person it concerns may read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Activity {
    /// Identifier; later ones sort later.
    pub id: ActivityId,
    /// When.
    pub at: Time,
    /// What: a stable `noun.verbed` name.
    pub name: String,
    /// What, in words.
    pub words: String,
    /// Who acted: `nobody`, `person`, `operator` or `job`.
    pub actor: String,
    /// The client it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// The session it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The network address of whoever acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Their device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The request in which it happened.
    pub request: RequestId,
    /// More; never secret.
    pub details: Map<String, Value>,
}

/// The words for a fact by its stable name; the name itself for one from a newer release.
pub(super) fn words(name: &str) -> String {
    Fact::ALL.iter().find(|fact| fact.name() == name).map_or(name, |fact| said(*fact)).to_owned()
}

/// What a fact is called in front of the person it concerns. A new fact does not compile until it has words.
fn said(fact: Fact) -> &'static str {
    match fact {
        Fact::UserRegistered => "You created your account",
        Fact::UserRegistrationRepeated => "Someone tried to register your address again",
        Fact::UserCreated => "Your account was created for you",
        Fact::UserLocked => "Your account was locked",
        Fact::UserUnlocked => "Your account was unlocked",
        Fact::UserDeleted => "Your account was deleted",
        Fact::EmailVerificationSent => "A confirmation mail was sent to you",
        Fact::EmailVerified => "Your e-mail address was confirmed",
        Fact::EmailVerificationFailed => "A wrong confirmation code was entered",
        Fact::SessionStarted => "Signed in",
        Fact::SignInFailed => "A sign-in failed",
        Fact::SessionEnded => "Signed out",
        Fact::PasswordResetRequested => "A link to choose a new password was sent to you",
        Fact::PasswordReset => "A new password was chosen by a mailed link",
        Fact::PasswordChanged => "The password was changed",
        Fact::PasswordHashUpgraded => "Your password is stored more safely now",
        Fact::ConsentGranted => "You allowed an application to use your account",
        Fact::ConsentDenied => "You refused an application",
        Fact::ConsentWithdrawn => "What an application was allowed was withdrawn",
        Fact::DeviceRequested => "A device asked to be signed in",
        Fact::DeviceAllowed => "You signed in a device",
        Fact::DeviceDenied => "You refused to sign in a device",
        Fact::BackchannelRequested => "An application asked for your approval",
        Fact::BackchannelAllowed => "You approved what an application asked for",
        Fact::BackchannelDenied => "You refused what an application asked for",
        Fact::AuthorizationGranted => "Signed in to an application",
        Fact::CodeReplayed => "An application presented a used code; its access ended",
        Fact::RefreshTokenReplayed => "An application presented a used key; its access ended",
        Fact::RefreshTokenReplaced => "A lost key of an application was replaced",
        Fact::TokenExchanged => "An application passed its access on to act for you",
        Fact::AssertionRedeemed => "An application got access by the word of another service",
        Fact::WorkloadAuthenticated => "A service proved who it is with a token of its platform",
        Fact::TokenRevoked => "An application gave its access back",
        Fact::ResourceCreated => "An API was registered",
        Fact::ResourceUpdated => "An API was changed",
        Fact::ResourceDeleted => "An API was deleted",
        Fact::IssuerCreated => "Another issuer was registered",
        Fact::IssuerDeleted => "Another issuer was deleted",
        Fact::IssuerSubjectLinked => "Your account was linked to one at another service",
        Fact::IssuerSubjectUnlinked => "The link to your account at another service was removed",
        Fact::ClientCreated => "An application was registered",
        Fact::ClientRegistered => "An application registered itself",
        Fact::ClientUpdated => "The registration of an application changed",
        Fact::InitialTokenCreated => "A registration token was made",
        Fact::InitialTokenDeleted => "A registration token was deleted",
        Fact::ClientSecretRotated => "An application got a new secret",
        Fact::ClientDeleted => "An application was deleted",
        Fact::KeyAnnounced => "A signing key was announced",
        Fact::KeyRetired => "A signing key was retired",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_fact_has_words_of_its_own() {
        let all: HashSet<_> = Fact::ALL.iter().map(|fact| said(*fact)).collect();
        assert_eq!(all.len(), Fact::ALL.len());
        assert_eq!(words("session.started"), "Signed in");
    }

    #[test]
    fn a_fact_from_a_newer_release_is_called_by_its_name() {
        assert_eq!(words("passkey.added"), "passkey.added");
    }
}
