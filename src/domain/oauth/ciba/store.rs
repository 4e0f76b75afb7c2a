//! Rows of `backchannel_ping`. Calling on a client happens between two writes, so each of those is a statement of its own and carries
//! its own condition instead of a transaction.

use entity::backchannel_ping::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    app::{App, Tx},
    domain::oauth::decoupled::Request,
    kernel::{
        Fault, Result, Time,
        id::{ClientId, DecoupledId, PingId, TenantId},
        secret::Secret,
    },
    ports::db::LoneWrite,
};

/// What is told, and by what the client knows us. Both are secrets.
#[derive(Serialize, Deserialize)]
struct Said {
    auth_req_id: Secret,
    token: Secret,
}

/// A call that this node has claimed for one attempt.
pub(super) struct Claimed {
    /// Identifier.
    pub(super) id: PingId,
    /// Row of the client.
    pub(super) client: ClientId,
    /// What is told.
    pub(super) auth_req_id: Secret,
    /// What the client knows us by.
    pub(super) token: Secret,
    /// Which attempt this is, from 1.
    pub(super) attempt: u32,
    /// When it is of no use any more.
    pub(super) expires_at: Time,
}

/// What is told about a request, sealed for that request alone.
pub(super) fn seal(app: &App, request: &Request, auth_req_id: &Secret, token: &Secret) -> Result<Vec<u8>> {
    let said = Said { auth_req_id: auth_req_id.clone(), token: token.clone() };
    let bytes = serde_json::to_vec(&said).map_err(|error| Fault::broken_by("a ping is not JSON", error))?;
    let sealed = app.master.seal(&bytes, &context(request.id));
    sealed.map_err(|error| Fault::broken_by("a ping cannot be sealed", error).into())
}

fn open(app: &App, request: DecoupledId, sealed: &[u8]) -> Result<Said> {
    let bytes = app.master.open(sealed, &context(request));
    let bytes = bytes.map_err(|error| Fault::broken_by("a ping cannot be opened", error))?;
    serde_json::from_slice(&bytes).map_err(|error| Fault::broken_by("a ping cannot be read", error).into())
}

fn context(request: DecoupledId) -> String {
    format!("backchannel_ping {request}")
}

/// Keeps what a client is to be told, once somebody has decided.
pub(super) async fn insert(tx: &mut Tx, request: &Request, sealed: Vec<u8>) -> Result<()> {
    let row = ActiveModel {
        id: Set(PingId::fresh().uuid()),
        tenant_id: Set(request.tenant.uuid()),
        request_id: Set(request.id.uuid()),
        client_id: Set(request.client.uuid()),
        sealed: Set(sealed),
        attempts: Set(0),
        next_attempt_at: Set(None),
        expires_at: Set(request.expires_at),
    };
    Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Somebody has decided: the client is called on, if it wants to be.
pub(super) async fn due_now(tx: &mut Tx, request: &Request) -> Result<()> {
    let due = Entity::update_many()
        .col_expr(Column::NextAttemptAt, Expr::value(Some(tx.now)))
        .filter(Column::TenantId.eq(request.tenant.uuid()))
        .filter(Column::RequestId.eq(request.id.uuid()))
        .exec(tx.db())
        .await?;
    if due.rows_affected > 0 {
        tx.pings_written();
    }
    Ok(())
}

/// The calls that are due, the longest waiting first.
pub(super) async fn due(db: &impl ConnectionTrait, tenant: TenantId, now: Time, most: u64) -> Result<Vec<PingId>> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::NextAttemptAt.lte(now))
        .order_by_asc(Column::NextAttemptAt)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(PingId::from).collect())
}

/// Claims a call for one attempt: until `lease_ends` no other node tries it. None if another one was faster.
pub(super) async fn claim(app: &App, id: PingId, now: Time, lease_ends: Time) -> Result<Option<Claimed>> {
    let write = app.db.lone_write().await;
    let rows = Entity::update_many()
        .col_expr(Column::NextAttemptAt, Expr::value(Some(lease_ends)))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::NextAttemptAt.lte(now))
        .exec_with_returning(&*write)
        .await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let said = open(app, row.request_id.into(), &row.sealed)?;
    Ok(Some(Claimed {
        id: row.id.into(),
        client: row.client_id.into(),
        auth_req_id: said.auth_req_id,
        token: said.token,
        attempt: row.attempts.unsigned_abs(),
        expires_at: row.expires_at,
    }))
}

/// It will be tried again.
pub(super) async fn postpone(db: LoneWrite, ping: &Claimed, until: Time) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::NextAttemptAt, Expr::value(Some(until)))
        .filter(Column::Id.eq(ping.id.uuid()))
        .filter(Column::Attempts.eq(ping.attempt))
        .exec(&*db)
        .await?;
    Ok(())
}

/// The client took it, or never will: nothing of it is kept.
pub(super) async fn remove(db: LoneWrite, ping: &Claimed) -> Result<()> {
    Entity::delete_many()
        .filter(Column::Id.eq(ping.id.uuid()))
        .filter(Column::Attempts.eq(ping.attempt))
        .exec(&*db)
        .await?;
    Ok(())
}
