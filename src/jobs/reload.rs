//! Reads tenants, types of authorization details and signing keys again, for changes that this node did not hear of: a command in another process, or
//! another node while Redis was away.

use std::{sync::Arc, time::Duration};

use super::{Clockwork, Job, Nodes};
use crate::{
    app::App,
    domain::{resources, signing, tenants},
    kernel::Result,
};

pub(super) const JOB: Job = Job {
    name: "reload",
    every: Duration::from_secs(30),
    on: Nodes::Every,
    run: |clockwork| Box::pin(run(clockwork)),
    woken_by: None,
};

async fn run(clockwork: Arc<Clockwork>) -> Result<()> {
    tenants::load(&clockwork.app).await?;
    resources::load(&clockwork.app).await?;
    reload_keys(&clockwork.app).await
}

/// Swaps the ring of every tenant. A tenant that was made a moment ago gets its first keys.
pub(super) async fn reload_keys(app: &Arc<App>) -> Result<()> {
    for tenant in app.all_tenants() {
        if app.keyrings.of(tenant.id).is_ok() {
            signing::load(app, tenant.id).await?;
        } else {
            signing::ensure(app, &tenant).await?;
        }
    }
    Ok(())
}
