//! The ways to obtain tokens. Client authentication, permission, scopes, minting and audit happen around a grant, so that none
//! can forget them.

mod authorization_code;
mod ciba;
mod client_credentials;
mod device_code;
mod jwt_bearer;
mod refresh_token;
mod token_exchange;

use std::pin::Pin;

use super::{
    Parameters,
    confirmation::{Confirmation, Possession},
    token::{Entitlement, Wanted},
};
use crate::{
    app::Cx,
    domain::clients::{Client, GrantType},
    kernel::{Result, details::Details},
};

/// What a grant is asked with.
pub struct TokenRequest {
    /// The client, authenticated and permitted.
    pub client: Client,
    /// The parameters that the grant declared, and no others.
    pub parameters: Parameters,
    /// The resources that it names (RFC 8707 §2.2): every grant is for some.
    pub resources: Vec<String>,
    /// The authorization details that it names (RFC 9396 §6), of types that the client may use.
    pub details: Option<Details>,
    /// What its sender proved to hold.
    pub held: Possession,
}

impl TokenRequest {
    /// What the new token is to be for.
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted { resources: &self.resources, details: self.details.as_ref() }
    }

    /// What a refresh token is bound to that comes of this request. One of a confidential client is bound to the client already,
    /// which may change its keys (RFC 9449 §5, RFC 8705 §4).
    pub fn refresh_confirmation(&self) -> Confirmation {
        match self.client.is_public() {
            true => self.confirmation(),
            false => Confirmation::default(),
        }
    }

    /// What an access token is bound to that comes of this request.
    pub fn confirmation(&self) -> Confirmation {
        Confirmation::binding(&self.held, self.client.metadata.tls_client_certificate_bound_access_tokens)
    }
}

/// What judging a request comes to.
pub type Redeeming<'a> = Pin<Box<dyn Future<Output = Result<Entitlement>> + Send + 'a>>;

/// One way to obtain tokens.
pub trait Grant: Send + Sync {
    /// The grant type that asks for it.
    fn grant_type(&self) -> GrantType;

    /// The parameters it reads; the rest is invisible to it.
    fn parameters(&self) -> &'static [&'static str];

    /// Whether a person may stand behind it, and an ID token come of it.
    fn identifies(&self) -> bool {
        true
    }

    /// Judges the request and says what the client is entitled to.
    fn redeem<'a>(&'a self, cx: &'a mut Cx, request: &'a TokenRequest) -> Redeeming<'a>;
}

/// Every grant.
pub const GRANTS: &[&dyn Grant] = &[
    &authorization_code::AuthorizationCode,
    &refresh_token::RefreshToken,
    &client_credentials::ClientCredentials,
    &device_code::DeviceCode,
    &ciba::Ciba,
    &token_exchange::TokenExchange,
    &jwt_bearer::JwtBearer,
];
