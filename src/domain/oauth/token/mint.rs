//! The only place where tokens are born.

use serde::Serialize;

use super::{Beside, Entitlement, IdTokenOrder, Lineage, Subject, Target, Vouched, access, id_jag, id_token::sign};
use crate::{
    app::Cx,
    domain::{
        clients::{Client, Envelope},
        oauth::{
            confirmation::Confirmation, exchange::TokenType, native_sso::DeviceSecret, refresh::Authentication, subject,
        },
        users::User,
    },
    kernel::{
        Result,
        details::Details,
        id::{GrantId, UserId},
        secret::Secret,
    },
};

/// The answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    /// A JWT by RFC 9068, or an opaque text.
    pub access_token: Secret,
    /// `DPoP` where the access token is bound to a key (RFC 9449 §5), `N_A` where it is no access token (RFC 8693 §2.2.1), else
    /// `Bearer`.
    pub token_type: &'static str,
    /// What was exchanged a token for (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<TokenType>,
    /// Lifetime of the access token, in seconds.
    pub expires_in: u32,
    /// What the access token allows.
    pub scope: String,
    /// The same in detail (RFC 9396 §7).
    #[serde(skip_serializing_if = "Details::is_empty")]
    pub authorization_details: Details,
    /// The good refresh token from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Who signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<Secret>,
    /// What signs in other apps of the vendor, with the ID token (OpenID Connect Native SSO §3.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_secret: Option<Secret>,
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
    let issued = entitlement.exchange.as_ref().map(|exchange| exchange.issued);
    let lineage = entitlement.exchange.map(|exchange| exchange.lineage).unwrap_or_default();
    let order = |whose| order(cx, client, (target, confirmation), lineage.clone(), whose);
    let (access_token, id_token) = match &entitlement.subject {
        Subject::Person { user, authentication, grant } => {
            let access_token = order(Whose::Person(user.id, authentication, *grant))?;
            let beside = Beside { access_token: Some(access_token.expose()), code: None };
            let whose = (user.as_ref(), authentication);
            let order = entitlement.id_token.as_ref();
            let id_token = order.map(|order| id_token(cx, client, whose, order, beside, envelope)).transpose()?;
            (access_token, id_token)
        }
        Subject::Client => (order(Whose::Client)?, None),
        Subject::Vouched(vouched) => (order(Whose::Vouched(vouched))?, None),
        Subject::Service(service) => (order(Whose::Service(service))?, None),
        Subject::Abroad(assertion) => (id_jag::sign(cx, assertion, target)?, None),
    };
    Ok(TokenResponse {
        access_token,
        token_type: if issued == Some(TokenType::IdJag) { "N_A" } else { confirmation.token_type() },
        issued_token_type: issued,
        expires_in: target.ttl,
        scope: target.scope.to_string(),
        authorization_details: target.details.clone(),
        refresh_token: entitlement.refresh_token,
        id_token,
        device_secret: entitlement.device_secret.map(DeviceSecret::into_secret),
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
    let whose =
        person.map_or(Whose::Client, |(user, authentication, grant)| Whose::Person(user, authentication, grant));
    order(cx, client, (target, confirmation), Lineage::default(), whose)
}

/// Whose an access token is to be.
enum Whose<'a> {
    Client,
    Person(UserId, &'a Authentication, GrantId),
    Vouched(&'a Vouched),
    Service(&'a str),
}

fn order(
    cx: &Cx,
    client: &Client,
    (target, confirmation): (&Target, &Confirmation),
    lineage: Lineage,
    whose: Whose<'_>,
) -> Result<Secret> {
    let person = match whose {
        Whose::Person(user, authentication, grant) => {
            Some(access::Person { user, subject: subject::of(cx, client, user)?, authentication, grant })
        }
        _ => None,
    };
    let order = access::Order {
        client_id: &client.client_id,
        audience: &target.audience,
        person,
        vouched: if let Whose::Vouched(vouched) = whose { Some(vouched) } else { None },
        service: if let Whose::Service(service) = whose { Some(service) } else { None },
        lineage: &lineage.in_the_hands_of(client),
        scope: &target.scope,
        details: &target.details,
        confirmation,
        format: target.format,
        algorithm: client.signing_algorithm(cx.config().keys.access_token_alg.into(), cx.config())?,
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
