//! Access tokens: JWTs by RFC 9068, believed only while everything they depend on lives.

use keys::{Expectation, Verified};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{revoke_grant, standing};
use crate::{
    app::App,
    domain::oauth::{refresh::Authentication, request::ClaimsRequest, scopes::OFFLINE_ACCESS},
    kernel::{
        Code, Error, Fault, Principal, Refusal, Result, Tenant, Time,
        assurance::{self, Method},
        id::{GrantId, RequestId, SessionId, UserId},
        scope::Scopes,
    },
};

/// `typ` of access tokens (RFC 9068 §2.1).
pub const TYPE: &str = "at+jwt";

/// What an access token says.
pub struct Order<'a> {
    /// Who may use it.
    pub client_id: &'a str,
    /// Whom it is for.
    pub audience: &'a str,
    /// Whose it is; the client's own where there is nobody.
    pub person: Option<(UserId, &'a Authentication, GrantId)>,
    /// What it allows.
    pub scope: &'a Scopes,
    /// How long, in seconds.
    pub ttl: u32,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: String,
    client_id: &'a str,
    scope: String,
    #[serde(flatten)]
    person: Option<PersonClaims<'a>>,
}

#[derive(Serialize)]
struct PersonClaims<'a> {
    sid: SessionId,
    auth_time: i64,
    acr: &'static str,
    amr: Vec<&'static str>,
    /// The grant, so that everything of one authorization can be revoked at once. Ours alone; others ignore it (RFC 7519 §4.3).
    grant_id: GrantId,
    #[serde(skip_serializing_if = "Option::is_none")]
    userinfo_claims: Option<&'a ClaimsRequest>,
}

/// Signs one.
pub fn sign(app: &App, tenant: &Tenant, order: &Order<'_>, now: Time) -> Result<String> {
    let iat = now.timestamp();
    let person = order.person.map(|(_, authentication, grant)| PersonClaims {
        sid: authentication.session,
        auth_time: authentication.at.timestamp(),
        acr: assurance::acr(&authentication.methods),
        amr: amr(&authentication.methods),
        grant_id: grant,
        userinfo_claims: Some(&authentication.claims).filter(|claims| !claims.userinfo.is_empty()),
    });
    let claims = Claims {
        iss: &tenant.issuer,
        sub: order.person.map_or_else(|| order.client_id.to_owned(), |(user, ..)| user.to_string()),
        aud: order.audience,
        exp: iat + i64::from(order.ttl),
        iat,
        jti: format!("at_{}", RequestId::fresh().uuid().simple()),
        client_id: order.client_id,
        scope: order.scope.to_string(),
        person,
    };
    let claims = serde_json::to_value(claims).map_err(|error| Fault::broken_by("claims are not JSON", error))?;
    let algorithm = app.config.keys.access_token_alg.into();
    let signed = app.keyrings.of(tenant.id)?.sign(algorithm, TYPE, &claims, now);
    signed.map_err(|error| Fault::broken_by("an access token cannot be signed", error).into())
}

/// The `amr` of a set of methods.
pub fn amr(methods: &[Method]) -> Vec<&'static str> {
    methods.iter().map(|method| method.amr()).collect()
}

/// An access token that was believed.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The client it was issued to.
    pub client_id: String,
    /// Whose it is; none where it is the client's own.
    pub principal: Option<Principal>,
    /// The grant it came of.
    pub grant: Option<GrantId>,
    /// What it allows.
    pub scope: Scopes,
    /// Single claims to be given at the userinfo endpoint.
    pub claims: ClaimsRequest,
}

/// Judges signature and claims of a token for `audience`: no look-up.
pub fn believe(app: &App, tenant: &Tenant, token: &str, audience: &str, now: Time) -> Result<AccessToken> {
    let required = ["sub", "aud", "iat", "jti", "client_id"];
    let expectation = Expectation::new(&[TYPE], &tenant.issuer, Some(audience), &required);
    let verified = app.keyrings.of(tenant.id)?.verify(token, &expectation, now);
    let verified: Verified = verified.map_err(|invalid| refusal().hiding(invalid.to_string()))?;
    read(&verified.claims).ok_or_else(|| refusal().hiding("claims").into())
}

fn read(claims: &Map<String, Value>) -> Option<AccessToken> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let client_id = text("client_id")?.to_owned();
    let principal = match text("sid") {
        Some(sid) => Some(Principal {
            user: text("sub")?.parse().ok()?,
            session: sid.parse().ok()?,
            authenticated_at: Time::from_timestamp(claims.get("auth_time")?.as_i64()?, 0)?,
            methods: serde_json::from_value(claims.get("amr")?.clone()).ok()?,
        }),
        // A client's own token names the client and nobody else (RFC 9068 §2.2).
        None if text("sub") == Some(&client_id) => None,
        None => return None,
    };
    Some(AccessToken {
        principal,
        grant: text("grant_id").and_then(|id| id.parse().ok()),
        scope: Scopes::parse(text("scope").unwrap_or_default()).ok()?,
        claims: claims
            .get("userinfo_claims")
            .cloned()
            .map(serde_json::from_value)
            .transpose()
            .ok()?
            .unwrap_or_default(),
        client_id,
    })
}

/// Judges a person's token and looks up what it depends on: session, person, grant.
pub async fn believe_live(
    app: &App,
    tenant: &Tenant,
    token: &str,
    audience: &str,
    now: Time,
) -> Result<(AccessToken, standing::Alive)> {
    let token = believe(app, tenant, token, audience, now)?;
    let (Some(person), Some(grant)) = (&token.principal, token.grant) else {
        return Err(Error::from(refusal().hiding("nobody's token")));
    };
    let alive = standing::find(app.db.reader(), tenant.id, person.user, Some(person.session), Some(grant));
    let (alive, revoked) = tokio::try_join!(alive, revoke_grant::is_revoked(app, tenant.id, grant))?;
    match alive {
        Some(alive) if !revoked && alive.is_grant_live(token.scope.has(OFFLINE_ACCESS), now) => Ok((token, alive)),
        _ => Err(refusal().hiding("what it depends on is over").into()),
    }
}

/// The one answer to every token that is not good (RFC 6750 §3.1).
fn refusal() -> Refusal {
    Code::InvalidToken.because("the access token is malformed, expired or revoked")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims() -> Map<String, Value> {
        let claims = json!({
            "sub": UserId::fresh(), "client_id": "shop", "sid": SessionId::fresh(), "auth_time": 1, "amr": ["pwd"],
            "grant_id": GrantId::fresh(), "scope": "openid",
        });
        claims.as_object().cloned().unwrap()
    }

    #[test]
    fn a_persons_token_names_person_session_and_grant() {
        let token = read(&claims()).unwrap();
        assert!(token.principal.is_some() && token.grant.is_some());
        for name in ["auth_time", "amr", "sub", "client_id"] {
            let mut without = claims();
            without.remove(name);
            assert!(read(&without).is_none(), "{name}");
        }
    }

    #[test]
    fn a_clients_token_is_nobody_elses() {
        let mut own = claims();
        own.remove("sid");
        assert!(read(&own).is_none(), "a person's subject without a session");
        own.insert("sub".into(), "shop".into());
        assert!(read(&own).unwrap().principal.is_none());
    }
}
