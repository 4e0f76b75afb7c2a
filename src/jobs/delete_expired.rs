//! Deletes rows that nobody can use any more.

use std::{sync::Arc, time::Duration};

use super::{Clockwork, Job, Nodes};
use crate::{
    domain::retention::{DeleteExpired, Deleted},
    kernel::{Caller, Result},
};

pub(super) const JOB: Job = Job {
    name: "delete_expired",
    every: Duration::from_secs(10 * 60),
    on: Nodes::One,
    run: |clockwork| Box::pin(run(clockwork)),
    woken_by: None,
};

async fn run(clockwork: Arc<Clockwork>) -> Result<()> {
    for tenant in clockwork.app.all_tenants() {
        let deleted = clockwork.app.perform(Caller::job(tenant.clone()), DeleteExpired).await?;
        if deleted != Deleted::default() {
            tracing::info!(tenant = %tenant.id, ?deleted, "expired rows deleted");
        }
    }
    Ok(())
}
