//! The ring in memory: built from the rows, swapped in whole, and how nodes tell each other that rows changed.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use keys::{KeyPair, Life, Ring, Schedule};
use uuid::Uuid;

use super::{
    TendKeys,
    carry_out::seal_context,
    store::{self, Row},
};
use crate::{
    app::App,
    kernel::{Caller, Fault, Result, Tenant, id::TenantId},
};

/// The topic on which nodes tell each other that signing keys changed; the message is the tenant's id.
pub const CHANGED: &str = "signing_keys";

/// A token with an unknown `kid` makes a node read the rows at most this often: strangers choose what they send.
const LEARN_EVERY: Duration = Duration::from_secs(5);

/// This process among the nodes, for claims that each node makes for itself.
static NODE: LazyLock<Uuid> = LazyLock::new(Uuid::new_v4);

/// Reads the keys of a tenant and swaps its ring. Keys of the former ring are not built again.
///
/// # Errors
/// A fault if a key that still matters cannot be opened: the master key is not the one it was sealed with.
pub async fn load(app: &App, tenant: TenantId) -> Result<()> {
    let now = app.clock.now();
    let rows = store::all(app.db.reader(), tenant).await?;
    let former = app.keyrings.of(tenant).ok();
    let mut keys: Vec<(Schedule, KeyPair)> = Vec::with_capacity(rows.len());
    for row in rows {
        let known = former.as_ref().and_then(|ring| ring.key(&row.key.kid));
        match known.map_or_else(|| open(app, &row), Ok) {
            Ok(key) => keys.push((row.key.schedule, key)),
            // Only good for the hints of old ID tokens: not worth an outage.
            Err(fault) if row.key.life(now) == Life::Gone => {
                tracing::debug!(kid = row.key.kid, error = fault.chain(), "a key of old cannot be opened");
            }
            Err(fault) => return Err(fault.into()),
        }
    }
    if keys.is_empty() {
        return Err(Fault::unavailable("keys", "there are no signing keys yet").into());
    }
    app.keyrings.replace(tenant, Arc::new(Ring::new(keys)));
    Ok(())
}

/// At start: makes the keys that are missing, then loads. Of several nodes that start together one makes them.
pub async fn ensure(app: &Arc<App>, tenant: &Arc<Tenant>) -> Result<()> {
    app.perform(Caller::job(tenant.clone()), TendKeys).await?;
    load(app, tenant.id).await
}

/// After keys changed: loads them here and tells the other nodes. Those that do not hear it read the rows within 30 seconds.
pub async fn announce_change(app: &App, tenant: TenantId) -> Result<()> {
    load(app, tenant).await?;
    Ok(app.ephemeral.publish(CHANGED, tenant.to_string().as_bytes()).await?)
}

/// A token names a key that this node does not know: reads the rows again, unless it did so a moment ago. Whether it did.
pub async fn learn(app: &App, tenant: TenantId) -> Result<bool> {
    let floor = format!("signing_keys:learned:{}:{}", NODE.simple(), tenant.uuid().simple());
    let may = app.ephemeral.claim(&floor, LEARN_EVERY).await?;
    if may {
        load(app, tenant).await?;
    }
    Ok(may)
}

fn open(app: &App, row: &Row) -> Result<KeyPair, Fault> {
    let kid = &row.key.kid;
    let der = app.master.open(&row.sealed, &seal_context(kid)).map_err(|error| {
        Fault::broken_by(
            format!("signing key {kid} cannot be opened; is the master key the one it was made with?"),
            error,
        )
    })?;
    KeyPair::from_private_der(row.key.algorithm, kid, &der)
        .map_err(|error| Fault::broken_by(format!("signing key {kid} is damaged"), error))
}
