//! How much mail waits, and for how long: what `/health` says of the queue.

use serde::Serialize;

use super::store;
use crate::{
    app::{Cx, Guard, Operation},
    kernel::Result,
};

/// The mails of a tenant that wait to be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MailDepth {
    /// How many.
    pub pending: u64,
    /// For how long the oldest has waited, in seconds; 0 when none waits.
    pub oldest_pending_seconds: u64,
    /// How many were given up.
    pub failed: u64,
}

/// Counts them.
#[derive(Debug, Clone, Copy)]
pub struct ShowMailDepth;

impl Operation for ShowMailDepth {
    type Output = MailDepth;
    const NAME: &'static str = "mail.show_depth";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<MailDepth> {
        let (db, tenant) = (cx.db().reader(), cx.tenant().id);
        let oldest = store::oldest_pending(db, tenant).await?;
        Ok(MailDepth {
            pending: store::count(db, tenant, "pending").await?,
            oldest_pending_seconds: oldest
                .map_or(0, |at| u64::try_from((cx.now - at).num_seconds()).unwrap_or_default()),
            failed: store::count(db, tenant, "failed").await?,
        })
    }
}
