//! What a client is entitled to, before any token exists.

use super::Target;
use crate::{
    domain::{oauth::refresh::Authentication, users::User},
    kernel::{id::GrantId, scope::Scopes, secret::Secret},
};

/// Whom tokens are about.
#[derive(Debug)]
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
}

/// What the ID token has to say besides.
#[derive(Debug, Default)]
pub struct IdTokenOrder {
    /// Repeated from the request.
    pub nonce: Option<String>,
    /// The scopes whose claims stand in it; none where they are at the userinfo endpoint.
    pub claims_of: Option<Scopes>,
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
}
