//! The only place where tokens are born.

use serde::Serialize;

use super::{Entitlement, Subject, access, id_token};
use crate::{
    app::Cx,
    domain::clients::Client,
    kernel::{Result, secret::Secret},
};

/// The answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    /// A JWT by RFC 9068.
    pub access_token: Secret,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    pub expires_in: u32,
    /// What was granted.
    pub scope: String,
    /// The good refresh token from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Who signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<Secret>,
}

/// Makes the tokens that `client` is entitled to. The audience of an access token without a named resource is the issuer
/// (RFC 9068 §3).
pub fn mint(cx: &Cx, client: &Client, entitlement: Entitlement) -> Result<TokenResponse> {
    let (app, tenant) = (&cx.app, cx.tenant());
    let ttl = client.access_token_ttl.unwrap_or_else(|| seconds(app.config.tokens.access_token_ttl));
    let person = match &entitlement.subject {
        Subject::Person { user, authentication, grant } => Some((user.id, authentication, *grant)),
        Subject::Client => None,
    };
    let order = access::Order {
        client_id: &client.client_id,
        audience: &tenant.issuer,
        person,
        scope: &entitlement.scope,
        ttl,
    };
    let access_token = access::sign(app, tenant, &order, cx.now)?;
    let id_token = match (&entitlement.subject, &entitlement.id_token) {
        (Subject::Person { user, authentication, .. }, Some(order)) => {
            let whose = (user.as_ref(), authentication);
            Some(id_token::sign(app, tenant, &client.client_id, whose, order, &access_token, cx.now)?.into())
        }
        _ => None,
    };
    Ok(TokenResponse {
        access_token: access_token.into(),
        token_type: "Bearer",
        expires_in: ttl,
        scope: entitlement.scope.to_string(),
        refresh_token: entitlement.refresh_token,
        id_token,
    })
}

/// A setting as seconds on the wire.
pub(in crate::domain::oauth) fn seconds(span: crate::config::Span) -> u32 {
    u32::try_from(span.std().as_secs()).unwrap_or(u32::MAX)
}
