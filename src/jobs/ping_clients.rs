//! Tells clients that somebody has decided what they asked, as soon as it happens.

use std::{sync::Arc, time::Duration};

use super::{Clockwork, Job, Nodes};
use crate::{
    domain::oauth::ciba::SendPings,
    kernel::{Caller, Result},
};

/// Every node calls: the rows decide which one calls whom.
pub(super) const JOB: Job = Job {
    name: "ping_clients",
    every: Duration::from_secs(5),
    on: Nodes::Every,
    run: |clockwork| Box::pin(run(clockwork)),
    woken_by: Some(|app| &app.ping_queued),
};

async fn run(clockwork: Arc<Clockwork>) -> Result<()> {
    for tenant in clockwork.app.all_tenants() {
        while clockwork.app.perform(Caller::job(tenant.clone()), SendPings).await?.more {}
    }
    Ok(())
}
