//! Ends sessions that ran out, so that the clients that had them hear of it.

use std::{sync::Arc, time::Duration};

use super::{Clockwork, Job, Nodes};
use crate::{
    domain::sessions::EndExpired,
    kernel::{Caller, Result},
};

pub(super) const JOB: Job = Job {
    name: "end_expired",
    every: Duration::from_secs(30),
    on: Nodes::One,
    run: |clockwork| Box::pin(run(clockwork)),
    woken_by: None,
};

async fn run(clockwork: Arc<Clockwork>) -> Result<()> {
    for tenant in clockwork.app.all_tenants() {
        while clockwork.app.perform(Caller::job(tenant.clone()), EndExpired).await?.more {}
    }
    Ok(())
}
