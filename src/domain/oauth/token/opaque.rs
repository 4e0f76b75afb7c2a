//! Opaque access tokens: the same claims, sealed. Nobody but this issuer can read one, so it has to be introspected.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    app::App,
    kernel::{Fault, Result, Tenant, id::UserId},
};

/// What every one begins with, so that secret scanners know it.
pub const PREFIX: &str = "sgt_at_";

/// Longest token that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// Seals the claims of an access token.
pub fn seal(app: &App, tenant: &Tenant, claims: &Value) -> Result<String> {
    let sealed = app.master.seal(claims.to_string().as_bytes(), &context(tenant));
    let sealed = sealed.map_err(|error| Fault::broken_by("an access token cannot be sealed", error))?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed)))
}

/// The claims of a token; none where this issuer did not make it.
pub fn open(app: &App, tenant: &Tenant, token: &str) -> Option<Map<String, Value>> {
    let encoded = token.strip_prefix(PREFIX).filter(|encoded| encoded.len() <= LONGEST)?;
    let blob = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    let claims = app.master.open(&blob, &context(tenant)).ok()?;
    serde_json::from_slice(&claims).ok()
}

/// Seals who somebody is, for a token whose `sub` tells that to nobody.
pub fn seal_user(app: &App, tenant: &Tenant, user: UserId) -> Result<String> {
    let sealed = app.master.seal(user.uuid().as_bytes(), &user_context(tenant));
    let sealed = sealed.map_err(|error| Fault::broken_by("a subject cannot be sealed", error))?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

/// Who was sealed; none where this issuer did not do it.
pub fn open_user(app: &App, tenant: &Tenant, sealed: &str) -> Option<UserId> {
    let blob = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let bytes = app.master.open(&blob, &user_context(tenant)).ok()?;
    Some(uuid::Uuid::from_slice(&bytes).ok()?.into())
}

fn user_context(tenant: &Tenant) -> String {
    format!("access_token_user:{}", tenant.id)
}

/// What it is sealed for: nothing else that is sealed opens as an access token.
fn context(tenant: &Tenant) -> String {
    format!("access_token:{}", tenant.id)
}
