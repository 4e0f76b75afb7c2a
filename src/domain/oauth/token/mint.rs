//! The only place where tokens are born.

use serde::Serialize;

use super::{Beside, Entitlement, IdTokenOrder, Subject, Target, access, id_token::sign};
use crate::{
    app::Cx,
    domain::{
        clients::{Client, Envelope},
        oauth::{confirmation::Confirmation, refresh::Authentication, subject},
        users::User,
    },
    kernel::{
        Result,
        id::{GrantId, UserId},
        secret::Secret,
    },
};

/// The answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    /// A JWT by RFC 9068, or an opaque text.
    pub access_token: Secret,
    /// `DPoP` where the access token is bound to a key (RFC 9449 §5), else `Bearer`.
    pub token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    pub expires_in: u32,
    /// What the access token allows.
    pub scope: String,
    /// The good refresh token from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Who signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<Secret>,
}

/// Makes the tokens that `client` is entitled to; the access token is bound to what `confirmation` says, the ID token put into the
/// envelope.
pub fn mint(
    cx: &Cx,
    client: &Client,
    entitlement: Entitlement,
    confirmation: &Confirmation,
    envelope: &Envelope,
) -> Result<TokenResponse> {
    let target = &entitlement.target;
    let (access_token, id_token) = match &entitlement.subject {
        Subject::Person { user, authentication, grant } => {
            let person = Some((user.id, authentication, *grant));
            let access_token = access_token(cx, client, target, person, confirmation)?;
            let beside = Beside { access_token: Some(access_token.expose()), code: None };
            let whose = (user.as_ref(), authentication);
            let order = entitlement.id_token.as_ref();
            let id_token = order.map(|order| id_token(cx, client, whose, order, beside, envelope)).transpose()?;
            (access_token, id_token)
        }
        Subject::Client => (access_token(cx, client, target, None, confirmation)?, None),
    };
    Ok(TokenResponse {
        access_token,
        token_type: confirmation.token_type(),
        expires_in: target.ttl,
        scope: target.scope.to_string(),
        refresh_token: entitlement.refresh_token,
        id_token,
    })
}

/// An access token for a target; the client's own where there is no person.
pub fn access_token(
    cx: &Cx,
    client: &Client,
    target: &Target,
    person: Option<(UserId, &Authentication, GrantId)>,
    confirmation: &Confirmation,
) -> Result<Secret> {
    let person = person.map(|(user, authentication, grant)| {
        Ok::<_, crate::kernel::Error>(access::Person {
            user,
            subject: subject::of(cx, client, user)?,
            authentication,
            grant,
        })
    });
    let order = access::Order {
        client_id: &client.client_id,
        audience: &target.audience,
        person: person.transpose()?,
        scope: &target.scope,
        confirmation,
        format: target.format,
        ttl: target.ttl,
    };
    access::sign(&cx.app, cx.tenant(), &order, cx.now).map(Secret::from)
}

/// An ID token about a person and their sign-in: signed, then encrypted where the client wants it (OpenID Connect Core §2).
pub fn id_token(
    cx: &Cx,
    client: &Client,
    whose: (&User, &Authentication),
    order: &IdTokenOrder,
    beside: Beside<'_>,
    envelope: &Envelope,
) -> Result<Secret> {
    envelope.seal(sign(cx, client, whose, order, beside)?).map(Secret::from)
}

/// A setting as seconds on the wire.
pub(in crate::domain::oauth) fn seconds(span: crate::config::Span) -> u32 {
    u32::try_from(span.std().as_secs()).unwrap_or(u32::MAX)
}
