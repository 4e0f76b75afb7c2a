//! Believing what was signed here, also by a key that another node made a moment ago.

use keys::{Expectation, Invalid, Verified};

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
