//! Deletes clients that registered themselves and that nobody uses.

use std::time::Duration;

use super::{Job, Nodes};
use crate::{domain::clients::SweepRegistrations, kernel::Caller};

pub(super) const JOB: Job = Job {
    name: "sweep_clients",
    every: Duration::from_secs(3600),
    on: Nodes::One,
    run: |clockwork| {
        Box::pin(async move {
            for tenant in clockwork.app.all_tenants() {
                let deleted = clockwork.app.perform(Caller::job(tenant), SweepRegistrations).await?;
                if deleted > 0 {
                    tracing::info!(deleted, "unused clients were deleted");
                }
            }
            Ok(())
        })
    },
    woken_by: None,
};
