//! Deleting clients that registered themselves and that nobody uses.

use super::store;
use crate::{
    app::{Cx, Guard, Operation},
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
            let deleted = store::delete_unused(cx.db().lone_write().await, cx.tenant().id, before, BATCH).await?;
            total += deleted;
            if deleted < BATCH {
                break;
            }
        }
        Ok(total)
    }
}
