//! What a client is entitled to, before any token exists.

use super::{IdentityAssertion, Lineage, Target};
use crate::{
    domain::{
        oauth::{exchange::TokenType, native_sso::DeviceSecret, refresh::Authentication},
        users::User,
    },
    kernel::{
        id::{GrantId, IssuerId, UserId},
        scope::Scopes,
        secret::Secret,
    },
};

/// Whom tokens are about.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A person who signed in.
    Person {
        /// Who.
        user: Box<User>,
        /// How and when.
        authentication: Authentication,
        /// What the tokens belong to and die with.
        grant: GrantId,
    },
    /// The client itself.
    Client,
    /// Somebody whom another issuer vouches for (RFC 7523 §2.1).
    Vouched(Vouched),
    /// Another client, whose own token was exchanged.
    Service(String),
    /// A person, at another authorization server.
    Abroad(Box<IdentityAssertion>),
}

/// Somebody by another issuer's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// Whose word it is.
    pub issuer: IssuerId,
    /// What `sub` says.
    pub subject: String,
    /// The person, where it is one of ours; a service otherwise.
    pub user: Option<UserId>,
}

/// That a token came of another one (RFC 8693).
#[derive(Debug)]
pub struct Exchange {
    /// Where it comes from.
    pub lineage: Lineage,
    /// What the answer calls it (`issued_token_type`).
    pub issued: TokenType,
}

/// What the ID token has to say besides.
#[derive(Debug, Default)]
pub struct IdTokenOrder {
    /// Repeated from the request.
    pub nonce: Option<String>,
    /// The scopes whose claims stand in it; none where they are at the userinfo endpoint.
    pub claims_of: Option<Scopes>,
    /// The grant that it belongs to. Only a client that exchanges tokens is told, in a claim of ours: what it exchanges an ID token
    /// for dies with the grant.
    pub grant: Option<GrantId>,
}

impl IdTokenOrder {
    /// One of a grant, with nothing besides.
    pub fn of(grant: GrantId) -> Self {
        Self { nonce: None, claims_of: None, grant: Some(grant) }
    }
}

/// What a client is entitled to.
#[derive(Debug)]
pub struct Entitlement {
    /// Whom it is about.
    pub subject: Subject,
    /// What the access token is for, and what it allows there.
    pub target: Target,
    /// The refresh token, whose family is written already.
    pub refresh_token: Option<Secret>,
    /// Whether an ID token belongs to it.
    pub id_token: Option<IdTokenOrder>,
    /// The secret that signs in other apps of the vendor on this device, together with the ID token.
    pub device_secret: Option<DeviceSecret>,
    /// What it was exchanged for, if it was.
    pub exchange: Option<Exchange>,
}
