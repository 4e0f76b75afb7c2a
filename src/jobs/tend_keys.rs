//! Rotates signing keys by the clock.

use std::{sync::Arc, time::Duration};

use super::{Clockwork, Job, Nodes};
use crate::{
    domain::signing::{self, TendKeys},
    kernel::{Caller, Result},
};

pub(super) const JOB: Job = Job {
    name: "tend_keys",
    every: Duration::from_secs(60),
    on: Nodes::One,
    run: |clockwork| Box::pin(run(clockwork)),
    woken_by: None,
};

async fn run(clockwork: Arc<Clockwork>) -> Result<()> {
    let app = &clockwork.app;
    for tenant in app.all_tenants() {
        let written = app.perform(Caller::job(tenant.clone()), TendKeys).await?;
        if !written.is_empty() {
            signing::announce_change(app, tenant.id).await?;
            tracing::info!(tenant = %tenant.id, made = written.create.len(), ended = written.retire.len(), "signing keys changed");
        }
    }
    Ok(())
}
