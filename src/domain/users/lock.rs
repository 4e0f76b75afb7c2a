//! Locking a person out, and letting them in again. It is one row: sessions and tokens look it up. Clients, which cannot, are
//! told.

use super::{User, Whom, fence, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::notices,
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
            notices::every_session_over(tx, user.tenant, user.id).await?;
        }
        Ok(User { locked_at: user.locked_at.or(Some(cx.now)), ..user })
    }
}

/// Lets a person in again. Sessions that are still within their time go on.
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
