//! Locking a person out, and letting them in again. It is one row: tokens look it up. Sessions end with it, and clients, which look
//! nothing up, are told.

use super::{EndReason, end_every};
use crate::{
    app::{Cx, Guard, Operation},
    domain::users::{User, Whom, fence, store},
    kernel::{Fact, Result},
};

/// Locks a person out, everywhere and at once.
#[derive(Debug, Clone)]
pub struct LockUser {
    /// Whom.
    pub whom: Whom,
}

impl Operation for LockUser {
    type Output = User;
    const NAME: &'static str = "user.lock";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<User> {
        let user = self.whom.find(cx).await?;
        fence::raise(cx.ephemeral(), user.id).await?;
        let tx = cx.begin().await?;
        if store::lock(tx, user.tenant, user.id).await? {
            tx.record(Fact::UserLocked.of(user.id));
            // The clients are told that they are over, and what is over does not come back (Back-Channel Logout §2.7).
            end_every(tx, user.tenant, user.id, None, EndReason::UserLocked).await?;
        }
        Ok(User { locked_at: user.locked_at.or(Some(cx.now)), ..user })
    }
}

/// Lets a person in again: they sign in anew. Refresh tokens for while they are away go on.
#[derive(Debug, Clone)]
pub struct UnlockUser {
    /// Whom.
    pub whom: Whom,
}

impl Operation for UnlockUser {
    type Output = User;
    const NAME: &'static str = "user.unlock";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<User> {
        let user = self.whom.find(cx).await?;
        let tx = cx.begin().await?;
        if store::unlock(tx, user.tenant, user.id).await? {
            tx.record(Fact::UserUnlocked.of(user.id));
        }
        Ok(User { locked_at: None, ..user })
    }
}
