//! Deleting clients that registered or described themselves and that nobody uses.

use super::store;
use crate::{
    app::{Cx, Guard, Operation},
    domain::clients::documents,
    kernel::Result,
};

/// How many are deleted by one statement, and how many statements one run makes.
const BATCH: u64 = 200;
const BATCHES: usize = 20;

/// Deletes the unused ones; the settings say after how long.
#[derive(Debug, Clone, Copy)]
pub struct SweepRegistrations;

impl Operation for SweepRegistrations {
    type Output = u64;
    const NAME: &'static str = "registration.sweep";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<u64> {
        let before = cx.now - cx.config().registration.keep_unused_clients.chrono();
        let mut total = 0;
        for _ in 0..BATCHES {
            let (db, tenant) = (cx.db(), cx.tenant().id);
            let registered = store::delete_unused(db.lone_write().await, tenant, before, BATCH).await?;
            let described = documents::store::delete_unused(db.lone_write().await, tenant, before, BATCH).await?;
            total += registered + described;
            if registered.max(described) < BATCH {
                break;
            }
        }
        Ok(total)
    }
}
