//! Noticing that sessions ran out: nobody asked, and the clients that had them hear of it all the same.

use super::{EndReason, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::notices,
    kernel::{Fact, Result},
};

/// How many sessions one transaction ends.
const BATCH: u64 = 200;

/// Ends sessions of a tenant that were not used for too long, or whose absolute time is over: a batch of them.
#[derive(Debug, Clone, Copy)]
pub struct EndExpired;

/// What was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// How many ended.
    pub ended: usize,
    /// Whether there may be more.
    pub more: bool,
}

impl Operation for EndExpired {
    type Output = Expired;
    const NAME: &'static str = "session.end_expired";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<Expired> {
        let tenant = cx.tenant().id;
        // A look first: writers wait for one another, readers do not.
        if !store::any_expired(cx.db().reader(), tenant, cx.now).await? {
            return Ok(Expired::default());
        }
        let tx = cx.begin().await?;
        let ended = store::end_expired(tx, tenant, BATCH).await?;
        for over in &ended {
            let fact = Fact::SessionEnded.of(over.user).session(over.session);
            tx.record(fact.with("reason", EndReason::Expired.name()));
        }
        notices::sessions_over(tx, tenant, &ended).await?;
        Ok(Expired { ended: ended.len(), more: ended.len() as u64 == BATCH })
    }
}
