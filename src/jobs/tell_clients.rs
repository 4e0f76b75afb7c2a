//! Tells clients that sessions are over, as soon as one ends.

use std::{sync::Arc, time::Duration};

use super::{Clockwork, Job, Nodes};
use crate::{
    domain::oauth::logout::SendNotices,
    kernel::{Caller, Result},
};

/// Every node tells: the rows decide which one tells whom.
pub(super) const JOB: Job = Job {
    name: "tell_clients",
    every: Duration::from_secs(5),
    on: Nodes::Every,
    run: |clockwork| Box::pin(run(clockwork)),
    woken_by: Some(|app| &app.notice_queued),
};

async fn run(clockwork: Arc<Clockwork>) -> Result<()> {
    for tenant in clockwork.app.all_tenants() {
        while clockwork.app.perform(Caller::job(tenant.clone()), SendNotices).await?.more {}
    }
    Ok(())
}
