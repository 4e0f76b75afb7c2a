//! ID tokens (OpenID Connect Core §2, §3.1.3.6).

use serde_json::{Map, Value, json};

use super::{IdTokenOrder, access::amr};
use crate::{
    app::Cx,
    domain::{
        clients::{Client, GrantType},
        oauth::{refresh::Authentication, subject},
        users::User,
    },
    kernel::{Fault, Result, assurance},
};

/// What is issued together with an ID token, and tied to it by a hash (OpenID Connect Core §3.1.3.6, §3.3.2.11).
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The access token.
    pub access_token: Option<&'a str>,
    /// The code, at the authorization endpoint.
    pub code: Option<&'a str>,
}

/// Signs one for a client, beside what is issued with it.
pub fn sign(
    cx: &Cx,
    client: &Client,
    (user, authentication): (&User, &Authentication),
    order: &IdTokenOrder,
    beside: Beside<'_>,
) -> Result<String> {
    let tenant = cx.tenant();
    let algorithm = algorithm(cx, client)?;
    let iat = cx.now.timestamp();
    // Without an access token nobody can ask userinfo: the claims of the scopes stand in the ID token (Core §5.4).
    let mut claims: Map<String, Value> = match &order.claims_of {
        Some(scope) => subject::by_scope(user, scope),
        None => Map::new(),
    };
    claims.extend(subject::requested(user, &authentication.claims.id_token));
    let own = json!({
        "iss": tenant.issuer,
        "sub": subject::of(cx, client, user.id)?,
        "aud": client.client_id,
        "exp": iat + i64::try_from(cx.config().tokens.id_token_ttl.std().as_secs()).unwrap_or(3600),
        "iat": iat,
        "auth_time": authentication.at.timestamp(),
        "acr": assurance::acr(&authentication.methods),
        "amr": amr(&authentication.methods),
        "sid": authentication.session,
    });
    // The protocol's own claims win over any that was asked for.
    claims.extend(own.as_object().cloned().unwrap_or_default());
    let at_hash = beside.access_token.map(|token| ("at_hash".to_owned(), keys::at_hash(algorithm, token).into()));
    let c_hash = beside.code.map(|code| ("c_hash".to_owned(), keys::c_hash(algorithm, code).into()));
    claims.extend(at_hash.into_iter().chain(c_hash));
    claims.extend(order.nonce.clone().map(|nonce| ("nonce".to_owned(), nonce.into())));
    claims.extend(authentication.ds_hash.clone().map(|hash| ("ds_hash".to_owned(), hash.into())));
    if let Some(grant) = order.grant.filter(|_| client.may(GrantType::TokenExchange)) {
        claims.insert("grant_id".into(), grant.to_string().into());
        if !authentication.epoch.is_first() {
            claims.insert("consent_epoch".into(), authentication.epoch.number().into());
        }
    }
    let signed = cx.app.keyrings.of(tenant.id)?.sign(algorithm, "JWT", &claims.into(), cx.now);
    signed.map_err(|error| Fault::broken_by("an ID token cannot be signed", error).into())
}

/// What it is signed with: what the client registered (OpenID Connect Registration §2), or the usual.
pub fn algorithm(cx: &Cx, client: &Client) -> Result<keys::Algorithm> {
    let usual = || cx.config().keys.id_token_alg.into();
    client.signing_algorithm(client.metadata.id_token_signed_response_alg.unwrap_or_else(usual), cx.config())
}
