//! Drops what has expired in the process's own memory.

use std::time::Duration;

use super::{Job, Nodes};

/// Nothing to do where Redis holds the values: it forgets by itself.
pub(super) const JOB: Job = Job {
    name: "sweep",
    every: Duration::from_secs(10),
    on: Nodes::Every,
    run: |clockwork| {
        Box::pin(async move {
            clockwork.app.ephemeral.sweep();
            Ok(())
        })
    },
    woken_by: None,
};
