//! ID tokens (OpenID Connect Core §2, §3.1.3.6).

use serde_json::{Map, Value, json};

use super::{IdTokenOrder, access::amr};
use crate::{
    app::App,
    domain::{
        oauth::{refresh::Authentication, subject},
        users::User,
    },
    kernel::{Fault, Result, Tenant, Time, assurance},
};

/// Signs one for a client, beside this access token.
pub fn sign(
    app: &App,
    tenant: &Tenant,
    client_id: &str,
    (user, authentication): (&User, &Authentication),
    order: &IdTokenOrder,
    access_token: &str,
    now: Time,
) -> Result<String> {
    let algorithm: keys::Algorithm = app.config.keys.id_token_alg.into();
    let iat = now.timestamp();
    let mut claims: Map<String, Value> = subject::requested(user, &authentication.claims.id_token);
    let own = json!({
        "iss": tenant.issuer,
        "sub": user.id,
        "aud": client_id,
        "exp": iat + i64::try_from(app.config.tokens.id_token_ttl.std().as_secs()).unwrap_or(3600),
        "iat": iat,
        "auth_time": authentication.at.timestamp(),
        "acr": assurance::acr(&authentication.methods),
        "amr": amr(&authentication.methods),
        "sid": authentication.session,
        "at_hash": keys::at_hash(algorithm, access_token),
    });
    // The protocol's own claims win over any that was asked for.
    claims.extend(own.as_object().cloned().unwrap_or_default());
    claims.extend(order.nonce.clone().map(|nonce| ("nonce".to_owned(), nonce.into())));
    let signed = app.keyrings.of(tenant.id)?.sign(algorithm, "JWT", &claims.into(), now);
    signed.map_err(|error| Fault::broken_by("an ID token cannot be signed", error).into())
}
