//! Making the access tokens of a grant worthless before they expire.

use std::time::Duration;

use crate::{
    app::{App, Cx},
    kernel::{
        Result,
        id::{GrantId, TenantId},
    },
};

/// No access token lives longer (`tokens.access_token_ttl` and a client's own are at most a day).
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Marks a grant as revoked on every node. For grants without a refresh token family it is the only mark; so it is made before
/// the transaction begins, and a store that is away makes the operation fail rather than forget.
pub async fn fence(cx: &Cx, grant: GrantId) -> Result<()> {
    Ok(cx.ephemeral().put(&key(cx.tenant().id, grant), b"revoked", LONGEST).await?)
}

/// Whether a grant was marked.
pub async fn is_revoked(app: &App, tenant: TenantId, grant: GrantId) -> Result<bool> {
    Ok(app.ephemeral.get(&key(tenant, grant)).await?.is_some())
}

fn key(tenant: TenantId, grant: GrantId) -> String {
    format!("revoked:{}:{}", tenant.uuid().simple(), grant.uuid().simple())
}
