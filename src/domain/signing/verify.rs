//! Believing what was signed here, and reading what was encrypted for us, also by a key that another node made a moment ago.

use keys::{Expectation, Expiry, Invalid, Verified};

use super::learn;
use crate::{
    app::App,
    kernel::{Result, Tenant, Time},
};

/// Whether `token` is one of ours and what `expected` says. A key that this node does not know yet is looked for once.
pub async fn verify(
    app: &App,
    tenant: &Tenant,
    token: &str,
    expected: &Expectation<'_>,
    now: Time,
) -> Result<std::result::Result<Verified, Invalid>> {
    let verified = app.keyrings.of(tenant.id)?.verify(token, expected, now);
    if verified != Err(Invalid::UnknownKey) || !learn(app, tenant.id).await? {
        return Ok(verified);
    }
    Ok(app.keyrings.of(tenant.id)?.verify(token, expected, now))
}

/// What stands in a token that was encrypted for us. A key that this node does not know yet is looked for once.
pub async fn decrypt(
    app: &App,
    tenant: &Tenant,
    token: &str,
    now: Time,
) -> Result<std::result::Result<String, Invalid>> {
    let decrypted = app.keyrings.of(tenant.id)?.decrypt(token, now);
    if decrypted != Err(Invalid::UnknownKey) || !learn(app, tenant.id).await? {
        return Ok(decrypted);
    }
    Ok(app.keyrings.of(tenant.id)?.decrypt(token, now))
}

/// Whether `hint` is an ID token that was signed here, by whichever key and however long ago: it identifies, and grants nothing
/// (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2). One that the client had encrypted for it, it decrypts, and may encrypt
/// for us.
pub async fn verify_hint(
    app: &App,
    tenant: &Tenant,
    hint: &str,
    now: Time,
) -> Result<std::result::Result<Verified, Invalid>> {
    let expected = Expectation {
        expiry: Expiry::Ignored,
        accept_retired: true,
        ..Expectation::new(&["JWT"], &tenant.issuer, None, &["sub", "aud"])
    };
    if !keys::is_encrypted(hint) {
        return verify(app, tenant, hint, &expected, now).await;
    }
    match decrypt(app, tenant, hint, now).await? {
        Ok(nested) => verify(app, tenant, &nested, &expected, now).await,
        Err(invalid) => Ok(Err(invalid)),
    }
}
