//! Making access tokens: JWTs by RFC 9068, or the same claims sealed.

use keys::Algorithm;
use serde::Serialize;

use super::{Lineage, Vouched, opaque};
use crate::{
    app::App,
    domain::{
        clients::TokenFormat,
        consents::Epoch,
        oauth::{confirmation::Confirmation, refresh::Authentication, request::ClaimsRequest},
    },
    kernel::{
        Fault, Result, Tenant, Time,
        assurance::{self, Method},
        details::Details,
        id::{GrantId, IssuerId, RequestId, SessionId, UserId},
        scope::Scopes,
    },
};

/// `typ` of access tokens (RFC 9068 §2.1).
pub const TYPE: &str = "at+jwt";

/// What an access token says.
pub struct Order<'a> {
    /// Who may use it.
    pub client_id: &'a str,
    /// Whom it is for; at least one.
    pub audience: &'a [String],
    /// Whose it is; the client's own where there is nobody.
    pub person: Option<Person<'a>>,
    /// Whose it is by somebody else's word.
    pub vouched: Option<&'a Vouched>,
    /// The client whose own token this one was exchanged for.
    pub service: Option<&'a str>,
    /// Where it comes from.
    pub lineage: &'a Lineage,
    /// What it allows.
    pub scope: &'a Scopes,
    /// The same in detail.
    pub details: &'a Details,
    /// What it is bound to.
    pub confirmation: &'a Confirmation,
    /// What it looks like.
    pub format: TokenFormat,
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// How long, in seconds.
    pub ttl: u32,
}

/// Whose an access token is.
pub struct Person<'a> {
    /// Who.
    pub user: UserId,
    /// What `sub` says to the client (OpenID Connect Core §8).
    pub subject: String,
    /// How and when they signed in.
    pub authentication: &'a Authentication,
    /// The grant it belongs to.
    pub grant: GrantId,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: Audience<'a>,
    exp: i64,
    iat: i64,
    jti: String,
    client_id: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    /// RFC 9396 §9.1.
    #[serde(skip_serializing_if = "Details::is_empty")]
    authorization_details: &'a Details,
    /// RFC 7800 §3.1.
    #[serde(skip_serializing_if = "Confirmation::is_empty")]
    cnf: &'a Confirmation,
    #[serde(flatten)]
    person: Option<PersonClaims<'a>>,
    #[serde(flatten)]
    vouched: Option<VouchedClaims>,
    #[serde(flatten)]
    lineage: &'a Lineage,
}

/// One is a string, several are an array (RFC 7519 §4.1.3).
#[derive(Serialize)]
#[serde(untagged)]
enum Audience<'a> {
    One(&'a str),
    Several(&'a [String]),
}

#[derive(Serialize)]
struct PersonClaims<'a> {
    sid: SessionId,
    auth_time: i64,
    acr: &'static str,
    amr: Vec<&'static str>,
    /// The grant, so that everything of one authorization can be revoked at once. Ours alone; others ignore it (RFC 7519 §4.3).
    grant_id: GrantId,
    /// The epoch of the consent, where it is not the first: one withdrawal ends every token of those before. Ours alone.
    #[serde(skip_serializing_if = "Epoch::is_first")]
    consent_epoch: Epoch,
    /// Who it is, sealed, where `sub` does not say it to anybody but its client. Ours alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    userinfo_claims: Option<&'a ClaimsRequest>,
}

#[derive(Serialize)]
struct VouchedClaims {
    /// Whose word it is. Ours alone: with the issuer's registration the token dies.
    vouched_by: IssuerId,
    /// Who it is, sealed, where `sub` does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
}

/// Makes one: signed or sealed, as it is ordered.
pub fn sign(app: &App, tenant: &Tenant, order: &Order<'_>, now: Time) -> Result<String> {
    let iat = now.timestamp();
    let person = order.person.as_ref().map(|person| claims_of(app, tenant, person)).transpose()?;
    let vouched = order.vouched.map(|vouched| vouched_claims(app, tenant, vouched)).transpose()?;
    let subject = order.person.as_ref().map(|person| person.subject.as_str());
    let subject = subject.or(order.vouched.map(|vouched| vouched.subject.as_str())).or(order.service);
    let claims = Claims {
        iss: &tenant.issuer,
        sub: subject.unwrap_or(order.client_id),
        aud: match order.audience {
            [one] => Audience::One(one),
            several => Audience::Several(several),
        },
        exp: iat + i64::from(order.ttl),
        iat,
        jti: format!("at_{}", RequestId::fresh().uuid().simple()),
        client_id: order.client_id,
        scope: order.scope.to_string(),
        authorization_details: order.details,
        cnf: order.confirmation,
        person,
        vouched,
        lineage: order.lineage,
    };
    let claims = serde_json::to_value(claims).map_err(|error| Fault::broken_by("claims are not JSON", error))?;
    if order.format == TokenFormat::Opaque {
        return opaque::seal(app, tenant, &claims);
    }
    let signed = app.keyrings.of(tenant.id)?.sign(order.algorithm, TYPE, &claims, now);
    signed.map_err(|error| Fault::broken_by("an access token cannot be signed", error).into())
}

fn claims_of<'a>(app: &App, tenant: &Tenant, person: &Person<'a>) -> Result<PersonClaims<'a>> {
    let authentication = person.authentication;
    let hidden = person.subject != person.user.to_string();
    Ok(PersonClaims {
        sid: authentication.session,
        auth_time: authentication.at.timestamp(),
        acr: assurance::acr(&authentication.methods),
        amr: amr(&authentication.methods),
        grant_id: person.grant,
        consent_epoch: authentication.epoch,
        user: hidden.then(|| opaque::seal_user(app, tenant, person.user)).transpose()?,
        userinfo_claims: Some(&authentication.claims).filter(|claims| !claims.userinfo.is_empty()),
    })
}

fn vouched_claims(app: &App, tenant: &Tenant, vouched: &Vouched) -> Result<VouchedClaims> {
    let hidden = vouched.user.filter(|user| user.to_string() != vouched.subject);
    Ok(VouchedClaims {
        vouched_by: vouched.issuer,
        user: hidden.map(|user| opaque::seal_user(app, tenant, user)).transpose()?,
    })
}

/// The `amr` of a set of methods.
pub fn amr(methods: &[Method]) -> Vec<&'static str> {
    methods.iter().map(|method| method.amr()).collect()
}
