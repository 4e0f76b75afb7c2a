//! Typed identifiers: a UUIDv7 inside, a prefixed text on the wire (`usr_018f…`), never confused with one another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The text is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier that begins with {0}_")]
pub struct NotAnId(pub &'static str);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The wire prefix, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new identifier: sorts by the moment it was made.
            pub fn fresh() -> Self {
                Self(Uuid::now_v7())
            }

            /// The 16 bytes, for keyed digests.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The bare UUID, as rows hold it.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse(text, $prefix).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A tenant: one issuer and everything that belongs to it.
    TenantId = "ten";
    /// A person; also the `sub` of their tokens.
    UserId = "usr";
    /// A tracked session; the `sid` of its tokens.
    SessionId = "ses";
    /// The row of a client (its public `client_id` is a text of its own).
    ClientId = "cli";
    /// A registered API (its resource indicator is a text of its own).
    ResourceId = "rsc";
    /// Another issuer whose word counts here (its issuer identifier is a text of its own).
    IssuerId = "iss";
    /// One initial access token.
    InitialTokenId = "iat";
    /// One grant: everything that one authorization gave, and what a replay revokes.
    GrantId = "gnt";
    /// One row of the audit trail.
    ActivityId = "act";
    /// One proof of an address (verification or reset) that was sent out.
    ProofId = "prf";
    /// One mail in the outgoing queue.
    MailId = "mal";
    /// One notice to one client that a session is over.
    NoticeId = "ntc";
    /// One authorization request in progress.
    FlowId = "flw";
    /// One request that a person decides on another device than the one that asked.
    DecoupledId = "dcp";
    /// One call to one client that somebody has decided.
    PingId = "png";
    /// One HTTP request or command.
    RequestId = "req";
}

/// Accepts exactly what `Display` prints: lower-case hex without dashes, so that one thing has one name.
fn parse(text: &str, prefix: &'static str) -> Result<Uuid, NotAnId> {
    let hex = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|hex| hex.len() == 32 && !hex.bytes().any(|b| b.is_ascii_uppercase()))
        .ok_or(NotAnId(prefix))?;
    Uuid::try_parse(hex).map_err(|_| NotAnId(prefix))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_survives_the_wire() {
        let id = UserId::fresh();
        assert_eq!(id.to_string().parse::<UserId>().unwrap(), id);
        assert!(id.to_string().starts_with("usr_"));
    }

    #[test]
    fn another_kind_of_id_is_refused() {
        assert!(SessionId::fresh().to_string().parse::<UserId>().is_err());
        assert!("usr_".parse::<UserId>().is_err());
        assert!("usr_018F0000000070008000000000000000".parse::<UserId>().is_err());
        assert!("018f0000-0000-7000-8000-000000000000".parse::<UserId>().is_err());
    }
}
