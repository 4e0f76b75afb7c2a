//! Queueing: the clients that had a session are taken off its list, and those that want to hear get a notice.

use super::store;
use crate::{
    app::Tx,
    kernel::{
        Result,
        id::{ClientId, SessionId, TenantId, UserId},
    },
};

/// One client that had one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// The session that is over.
    pub session: SessionId,
    /// Row of the client.
    pub client: ClientId,
}

/// One session that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
}

/// Queues the notices that these sessions are over, in the transaction that ends them; answers every client that had them.
/// Called again it finds nothing: each client hears of each end once.
pub async fn sessions_over(tx: &mut Tx, tenant: TenantId, over: &[Over]) -> Result<Vec<Heard>> {
    if over.is_empty() {
        return Ok(Vec::new());
    }
    let had = store::take(tx, tenant, over).await?;
    let whose = |session| over.iter().find(|over| over.session == session).map(|over| over.user);
    queue(tx, tenant, had, whose).await
}

/// The same for every session of a person: who is locked out or deleted has none any more.
pub async fn every_session_over(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<Vec<Heard>> {
    let had = store::take_of_user(tx, tenant, user).await?;
    queue(tx, tenant, had, |_| Some(user)).await
}

async fn queue(
    tx: &mut Tx,
    tenant: TenantId,
    had: Vec<Heard>,
    whose: impl Fn(SessionId) -> Option<UserId>,
) -> Result<Vec<Heard>> {
    if had.is_empty() {
        return Ok(had);
    }
    let listening = store::listening(tx, tenant, &had).await?;
    let due: Vec<_> = had
        .iter()
        .filter(|heard| listening.contains(&heard.client))
        .filter_map(|heard| Some((whose(heard.session)?, *heard)))
        .collect();
    if !due.is_empty() {
        store::insert(tx, tenant, &due).await?;
        tx.notices_written();
    }
    Ok(had)
}
