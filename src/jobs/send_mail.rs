//! Sends queued mail, as soon as one is queued.

use std::{sync::Arc, time::Duration};

use super::{Clockwork, Job, Nodes};
use crate::{
    domain::mail::SendDue,
    kernel::{Caller, Result},
};

/// Every node sends: the rows decide which one sends a mail.
pub(super) const JOB: Job = Job {
    name: "send_mail",
    every: Duration::from_secs(5),
    on: Nodes::Every,
    run: |clockwork| Box::pin(run(clockwork)),
    woken_by: Some(|app| &app.mail_queued),
};

async fn run(clockwork: Arc<Clockwork>) -> Result<()> {
    let Some(post) = &clockwork.post else { return Ok(()) };
    for tenant in clockwork.app.all_tenants() {
        while clockwork.app.perform(Caller::job(tenant.clone()), SendDue { post: post.clone() }).await?.more {}
    }
    Ok(())
}
