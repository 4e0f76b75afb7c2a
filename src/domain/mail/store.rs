//! Rows of `outgoing_mail`. Sending talks to a mail server between two writes, so each is a statement of its own and
//! carries its own condition instead of a transaction.

use entity::outgoing_mail::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{mailbox::Sealed, queue::Claimed};
use crate::{
    kernel::{
        Result, Time,
        id::{MailId, TenantId},
    },
    ports::db::LoneWrite,
};

/// The mails that are due, the longest waiting first.
pub(super) async fn due(db: &impl ConnectionTrait, tenant: TenantId, now: Time, most: u64) -> Result<Vec<MailId>> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.eq("pending"))
        .filter(Column::NextAttemptAt.lte(now))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .order_by_asc(Column::NextAttemptAt)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(MailId::from).collect())
}

/// Claims a mail for one attempt: until `lease_ends` no other node tries it. None if another one was faster.
pub(super) async fn claim(db: LoneWrite, mail: MailId, now: Time, lease_ends: Time) -> Result<Option<Claimed>> {
    let rows = Entity::update_many()
        .set(ActiveModel { next_attempt_at: Set(lease_ends), ..Default::default() })
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(mail.uuid()))
        .filter(Column::State.eq("pending"))
        .filter(Column::NextAttemptAt.lte(now))
        .exec_with_returning(&*db)
        .await?;
    Ok(rows.into_iter().next().map(|row| Claimed {
        id: row.id.into(),
        kind: row.kind,
        recipient: row.recipient,
        sealed: row.sealed.unwrap_or_default(),
        attempt: row.attempts.unsigned_abs(),
        created_at: row.created_at,
    }))
}

/// The mail server took it: the letter is forgotten.
pub(super) async fn mark_sent(db: LoneWrite, mail: &Claimed, now: Time) -> Result<()> {
    let sent = ActiveModel {
        state: Set("sent".into()),
        sealed: Set(None),
        sent_at: Set(Some(now)),
        last_error: Set(None),
        ..Default::default()
    };
    conclude(db, mail, sent).await
}

/// It will be tried again.
pub(super) async fn postpone(db: LoneWrite, mail: &Claimed, until: Time, why: &str) -> Result<()> {
    let postponed =
        ActiveModel { next_attempt_at: Set(until), last_error: Set(Some(why.into())), ..Default::default() };
    conclude(db, mail, postponed).await
}

/// It is given up, and the letter is forgotten.
pub(super) async fn give_up(db: LoneWrite, mail: &Claimed, why: &str) -> Result<()> {
    let failed = ActiveModel {
        state: Set("failed".into()),
        sealed: Set(None),
        last_error: Set(Some(why.into())),
        ..Default::default()
    };
    conclude(db, mail, failed).await
}

/// Writes the outcome of an attempt, unless its lease ended and another node has begun a new one.
async fn conclude(db: LoneWrite, mail: &Claimed, outcome: ActiveModel) -> Result<()> {
    Entity::update_many()
        .set(outcome)
        .filter(Column::Id.eq(mail.id.uuid()))
        .filter(Column::State.eq("pending"))
        .filter(Column::Attempts.eq(mail.attempt))
        .exec(&*db)
        .await?;
    Ok(())
}

/// The mails in the development mailbox, newest first.
pub(super) async fn kept(db: &impl ConnectionTrait, tenant: TenantId, most: u64) -> Result<Vec<Sealed>> {
    let rows = of(tenant, "kept").order_by_desc(Column::Id).limit(most).all(db).await?;
    Ok(rows.into_iter().map(Sealed::from).collect())
}

/// One mail of the development mailbox.
pub(super) async fn find_kept(db: &impl ConnectionTrait, tenant: TenantId, id: MailId) -> Result<Option<Sealed>> {
    Ok(of(tenant, "kept").filter(Column::Id.eq(id.uuid())).one(db).await?.map(Sealed::from))
}

/// How many mails of a tenant are in a state.
pub(super) async fn count(db: &impl ConnectionTrait, tenant: TenantId, state: &str) -> Result<u64> {
    Ok(of(tenant, state).count(db).await?)
}

/// Since when the mail waits that has waited longest.
pub(super) async fn oldest_pending(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<Time>> {
    let oldest = of(tenant, "pending").order_by_asc(Column::CreatedAt).limit(1).one(db).await?;
    Ok(oldest.map(|row| row.created_at))
}

fn of(tenant: TenantId, state: &str) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::TenantId.eq(tenant.uuid())).filter(Column::State.eq(state))
}

impl From<Model> for Sealed {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            kind: row.kind,
            to: row.recipient,
            at: row.created_at,
            sealed: row.sealed.unwrap_or_default(),
        }
    }
}
