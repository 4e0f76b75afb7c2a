//! Facts: everything that is worth remembering, each with its stable name. One row of `user_activity` per fact.

use serde_json::{Map, Value};

use super::id::{ClientId, GrantId, SessionId, UserId};

macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// What can happen, in the past tense. Names are part of the product's interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fact { $($(#[$doc])* $variant,)+ }

        impl Fact {
            /// Every fact, for documentation and tests.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable name, `noun.verbed`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

facts! {
    /// A person registered.
    UserRegistered = "user.registered";
    /// Somebody tried to register an address that has an account.
    UserRegistrationRepeated = "user.registration_repeated";
    /// An operator created a person.
    UserCreated = "user.created";
    /// An operator locked a person out.
    UserLocked = "user.locked";
    /// An operator let a person in again.
    UserUnlocked = "user.unlocked";
    /// A person was deleted.
    UserDeleted = "user.deleted";
    /// A verification link and code were sent.
    EmailVerificationSent = "email.verification_sent";
    /// A person proved that the address is theirs.
    EmailVerified = "email.verified";
    /// A wrong verification code was tried.
    EmailVerificationFailed = "email.verification_failed";
    /// A person signed in.
    SessionStarted = "session.started";
    /// A sign-in with this account's name failed.
    SignInFailed = "sign_in.failed";
    /// A session ended; the details say why.
    SessionEnded = "session.ended";
    /// A reset link was asked for.
    PasswordResetRequested = "password.reset_requested";
    /// A password was reset by a link.
    PasswordReset = "password.reset";
    /// A person changed the password.
    PasswordChanged = "password.changed";
    /// An imported or outdated hash was replaced at sign-in.
    PasswordHashUpgraded = "password.hash_upgraded";
    /// A person allowed a client something.
    ConsentGranted = "consent.granted";
    /// A person refused a client.
    ConsentDenied = "consent.denied";
    /// A person took back what they allowed a client.
    ConsentWithdrawn = "consent.withdrawn";
    /// A client on a device asked to be signed in by a person elsewhere.
    DeviceRequested = "device.requested";
    /// A person signed a device in.
    DeviceAllowed = "device.allowed";
    /// A person refused to sign a device in.
    DeviceDenied = "device.denied";
    /// A client asked a person to let it act for them (CIBA).
    BackchannelRequested = "backchannel.requested";
    /// A person allowed that.
    BackchannelAllowed = "backchannel.allowed";
    /// A person refused that.
    BackchannelDenied = "backchannel.denied";
    /// A code was issued to a client, or the tokens that a person allowed elsewhere.
    AuthorizationGranted = "authorization.granted";
    /// A code was presented again: everything it gave is revoked.
    CodeReplayed = "code.replayed";
    /// A spent refresh token was presented: its family is revoked.
    RefreshTokenReplayed = "refresh_token.replayed";
    /// A lost successor was replaced once.
    RefreshTokenReplaced = "refresh_token.replaced";
    /// A client exchanged a token for another one, to act for somebody.
    TokenExchanged = "token.exchanged";
    /// A client obtained a token by the word of another issuer.
    AssertionRedeemed = "assertion.redeemed";
    /// A client's workload came with a new token of its platform, and was believed.
    WorkloadAuthenticated = "workload.authenticated";
    /// A client gave a token back.
    TokenRevoked = "token.revoked";
    /// An API was registered.
    ResourceCreated = "resource.created";
    /// An API was deleted.
    ResourceUpdated = "resource.updated";
    /// See above.
    ResourceDeleted = "resource.deleted";
    /// Another issuer was registered, whose word counts from now on.
    IssuerCreated = "issuer.created";
    /// Another issuer was deleted: its word counts no longer.
    IssuerDeleted = "issuer.deleted";
    /// A person was linked to what another issuer calls them.
    IssuerSubjectLinked = "issuer_subject.linked";
    /// Such a link was removed.
    IssuerSubjectUnlinked = "issuer_subject.unlinked";
    /// A client was registered.
    ClientCreated = "client.created";
    /// A client registered itself.
    ClientRegistered = "client.registered";
    /// A client changed its registration.
    ClientUpdated = "client.updated";
    /// An initial access token was made.
    InitialTokenCreated = "initial_token.created";
    /// An initial access token was deleted.
    InitialTokenDeleted = "initial_token.deleted";
    /// A client got a new secret.
    ClientSecretRotated = "client.secret_rotated";
    /// A client was deleted.
    ClientDeleted = "client.deleted";
    /// A new signing key was announced.
    KeyAnnounced = "key.announced";
    /// A signing key stopped signing.
    KeyRetired = "key.retired";
}

/// One fact with whom and what it concerns. When, where and in which request come from the operation.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened.
    pub fact: Fact,
    /// Whom it concerns.
    pub user: Option<UserId>,
    /// The client it concerns.
    pub client: Option<ClientId>,
    /// The session it concerns.
    pub session: Option<SessionId>,
    /// More, never secret.
    pub details: Map<String, Value>,
}

impl From<Fact> for Event {
    fn from(fact: Fact) -> Self {
        Self { fact, user: None, client: None, session: None, details: Map::new() }
    }
}

impl Fact {
    /// The event that concerns a person.
    pub fn of(self, user: UserId) -> Event {
        Event { user: Some(user), ..self.into() }
    }
}

impl Event {
    /// Names the client.
    #[must_use]
    pub fn client(mut self, client: ClientId) -> Self {
        self.client = Some(client);
        self
    }

    /// Names the session.
    #[must_use]
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// Names the grant.
    #[must_use]
    pub fn grant(self, grant: GrantId) -> Self {
        self.with("grant", grant.to_string())
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_noun_verbed() {
        let names: HashSet<_> = Fact::ALL.iter().map(|fact| fact.name()).collect();
        assert_eq!(names.len(), Fact::ALL.len());
        assert!(names.iter().all(|name| name.matches('.').count() == 1));
    }
}
