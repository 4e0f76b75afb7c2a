//! Ending sessions: one of one's own, all others, or, for other features, any.

use super::{EndReason, store};
use crate::{
    app::{Cx, Guard, Operation, Tx},
    domain::{
        notices::{self, Over},
        users::fence,
    },
    kernel::{
        Code, Fact, Result,
        id::{ClientId, SessionId, TenantId, UserId},
    },
};

/// Ends one of the caller's own sessions. What was ended before stays so.
#[derive(Debug, Clone)]
pub struct EndSession {
    /// Which.
    pub id: SessionId,
}

impl Operation for EndSession {
    type Output = ();
    const NAME: &'static str = "session.end";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let (user, tenant) = (cx.person()?.user, cx.tenant().id);
        let found = store::find(cx.db().reader(), tenant, self.id).await?;
        if found.is_none_or(|session| session.user != user) {
            return Err(Code::NotFound.because("You have no such session.").into());
        }
        fence::raise(cx.ephemeral(), user).await?;
        end_one(cx.begin().await?, tenant, user, self.id, EndReason::EndedByOwner).await?;
        Ok(())
    }
}

/// Ends every session of the caller but the present one; answers how many.
#[derive(Debug, Clone)]
pub struct EndOtherSessions;

impl Operation for EndOtherSessions {
    type Output = usize;
    const NAME: &'static str = "session.end_others";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<usize> {
        let (user, present, tenant) = (cx.person()?.user, cx.person()?.session, cx.tenant().id);
        fence::raise(cx.ephemeral(), user).await?;
        end_every(cx.begin().await?, tenant, user, Some(present), EndReason::EndedByOwner).await
    }
}

/// Ends one session of a person, remembers why, and tells the clients that had it; answers which those were, or none where it
/// was over. Raise the fence before the transaction begins.
pub async fn end_one(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    id: SessionId,
    reason: EndReason,
) -> Result<Option<Vec<ClientId>>> {
    if !store::end(tx, tenant, user, id, reason).await? {
        return Ok(None);
    }
    tx.record(Fact::SessionEnded.of(user).session(id).with("reason", reason.name()));
    let had = notices::sessions_over(tx, tenant, &[Over { session: id, user }]).await?;
    Ok(Some(had.into_iter().map(|heard| heard.client).collect()))
}

/// Ends every session of a person but `keep`, remembers why, tells the clients that had them, and answers how many sessions
/// that were. Raise the fence before the transaction begins.
pub async fn end_every(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    keep: Option<SessionId>,
    reason: EndReason,
) -> Result<usize> {
    let ended = store::end_every(tx, tenant, user, keep, reason).await?;
    for id in &ended {
        tx.record(Fact::SessionEnded.of(user).session(*id).with("reason", reason.name()));
    }
    let over: Vec<_> = ended.iter().map(|id| Over { session: *id, user }).collect();
    notices::sessions_over(tx, tenant, &over).await?;
    Ok(ended.len())
}
