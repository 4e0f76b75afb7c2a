//! Marks of single access tokens that were given back before they expired (RFC 7009).

use std::time::Duration;

use crate::{
    app::App,
    kernel::{Result, Time, id::TenantId},
};

/// Marks a token on every node, until it would have expired. A store that is away makes it fail rather than forget.
pub async fn mark(app: &App, tenant: TenantId, jti: &str, expires_at: Time, now: Time) -> Result<()> {
    let rest = (expires_at - now).to_std().unwrap_or_default() + SLACK;
    Ok(app.ephemeral.put(&key(tenant, jti), b"revoked", rest).await?)
}

/// Clocks differ between nodes and store.
const SLACK: Duration = Duration::from_secs(60);

/// Whether a token was marked.
pub async fn is_marked(app: &App, tenant: TenantId, jti: &str) -> Result<bool> {
    Ok(app.ephemeral.get(&key(tenant, jti)).await?.is_some())
}

fn key(tenant: TenantId, jti: &str) -> String {
    format!("revoked_token:{}:{jti}", tenant.uuid().simple())
}
