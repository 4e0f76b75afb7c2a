//! Rows of `session_client` and `logout_notice`. Sending talks to a client between two writes, so each of those is a statement
//! of its own and carries its own condition instead of a transaction.

use entity::{client, logout_notice, session_client, user_session};
use logout_notice::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde_json::Value;
use uuid::Uuid;

use super::{Claimed, Heard, ListedNotice, Over, State};
use crate::{
    app::Tx,
    kernel::{
        Fault, Result, Time,
        id::{ClientId, NoticeId, SessionId, TenantId, UserId},
    },
    ports::db::LoneWrite,
};

/// Remembers that a client was answered in a session: it hears of the end.
pub async fn note_client(tx: &mut Tx, tenant: TenantId, session: SessionId, client: ClientId) -> Result<()> {
    use session_client::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        session_id: Set(session.uuid()),
        client_id: Set(client.uuid()),
        tenant_id: Set(tenant.uuid()),
        created_at: Set(tx.now),
    };
    let once = OnConflict::columns([Column::SessionId, Column::ClientId]).do_nothing().to_owned();
    Entity::insert(row).on_conflict(once).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Takes the clients of these sessions off their lists.
pub(super) async fn take(tx: &mut Tx, tenant: TenantId, over: &[Over]) -> Result<Vec<Heard>> {
    use session_client::{Column, Entity};
    let taken = Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::SessionId.is_in(over.iter().map(|over| over.session.uuid())))
        .exec_with_returning(tx.db())
        .await?;
    Ok(taken.into_iter().map(heard).collect())
}

/// Takes the clients of every session of a person off their lists.
pub(super) async fn take_of_user(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<Vec<Heard>> {
    use session_client::{Column, Entity};
    let theirs = user_session::Entity::find()
        .select_only()
        .column(user_session::Column::Id)
        .filter(user_session::Column::TenantId.eq(tenant.uuid()))
        .filter(user_session::Column::UserId.eq(user.uuid()))
        .into_query();
    let taken = Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::SessionId.in_subquery(theirs))
        .exec_with_returning(tx.db())
        .await?;
    Ok(taken.into_iter().map(heard).collect())
}

fn heard(row: session_client::Model) -> Heard {
    Heard { session: row.session_id.into(), client: row.client_id.into() }
}

/// Those of the clients that registered a `backchannel_logout_uri`.
pub(super) async fn listening(tx: &mut Tx, tenant: TenantId, had: &[Heard]) -> Result<Vec<ClientId>> {
    let rows: Vec<(Uuid, Value)> = client::Entity::find()
        .select_only()
        .column(client::Column::Id)
        .column(client::Column::Metadata)
        .filter(client::Column::TenantId.eq(tenant.uuid()))
        .filter(client::Column::Id.is_in(had.iter().map(|heard| heard.client.uuid())))
        .into_tuple()
        .all(tx.db())
        .await?;
    let listens = |metadata: &Value| metadata.get("backchannel_logout_uri").is_some_and(Value::is_string);
    Ok(rows.into_iter().filter(|(_, metadata)| listens(metadata)).map(|(id, _)| id.into()).collect())
}

/// Queues one notice for each.
pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, due: &[(UserId, Heard)]) -> Result<()> {
    let now = tx.now;
    let rows = due.iter().map(|(user, heard)| ActiveModel {
        id: Set(NoticeId::fresh().uuid()),
        tenant_id: Set(tenant.uuid()),
        client_id: Set(heard.client.uuid()),
        user_id: Set(user.uuid()),
        session_id: Set(heard.session.uuid()),
        state: Set(State::Pending.name().into()),
        attempts: Set(0),
        next_attempt_at: Set(now),
        created_at: Set(now),
        sent_at: Set(None),
        last_error: Set(None),
    });
    Entity::insert_many(rows).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// The notices that are due, the longest waiting first.
pub async fn due(db: &impl ConnectionTrait, tenant: TenantId, now: Time, most: u64) -> Result<Vec<NoticeId>> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.eq(State::Pending.name()))
        .filter(Column::NextAttemptAt.lte(now))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .order_by_asc(Column::NextAttemptAt)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(NoticeId::from).collect())
}

/// Claims a notice for one attempt: until `lease_ends` no other node tries it. None if another one was faster.
pub async fn claim(db: LoneWrite, notice: NoticeId, now: Time, lease_ends: Time) -> Result<Option<Claimed>> {
    let rows = Entity::update_many()
        .set(ActiveModel { next_attempt_at: Set(lease_ends), ..Default::default() })
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(notice.uuid()))
        .filter(Column::State.eq(State::Pending.name()))
        .filter(Column::NextAttemptAt.lte(now))
        .exec_with_returning(&*db)
        .await?;
    Ok(rows.into_iter().next().map(|row| Claimed {
        id: row.id.into(),
        client: row.client_id.into(),
        user: row.user_id.into(),
        session: row.session_id.into(),
        attempt: row.attempts.unsigned_abs(),
    }))
}

/// The client took it.
pub async fn mark_sent(db: LoneWrite, notice: &Claimed, now: Time) -> Result<()> {
    let sent = ActiveModel {
        state: Set(State::Sent.name().into()),
        sent_at: Set(Some(now)),
        last_error: Set(None),
        ..Default::default()
    };
    conclude(db, notice, sent).await
}

/// It will be tried again.
pub async fn postpone(db: LoneWrite, notice: &Claimed, until: Time, why: &str) -> Result<()> {
    let postponed =
        ActiveModel { next_attempt_at: Set(until), last_error: Set(Some(why.into())), ..Default::default() };
    conclude(db, notice, postponed).await
}

/// It is given up.
pub async fn give_up(db: LoneWrite, notice: &Claimed, why: &str) -> Result<()> {
    let failed = ActiveModel {
        state: Set(State::Failed.name().into()),
        last_error: Set(Some(why.into())),
        ..Default::default()
    };
    conclude(db, notice, failed).await
}

/// Writes the outcome of an attempt, unless its lease ended and another node has begun a new one.
async fn conclude(db: LoneWrite, notice: &Claimed, outcome: ActiveModel) -> Result<()> {
    Entity::update_many()
        .set(outcome)
        .filter(Column::Id.eq(notice.id.uuid()))
        .filter(Column::State.eq(State::Pending.name()))
        .filter(Column::Attempts.eq(notice.attempt))
        .exec(&*db)
        .await?;
    Ok(())
}

/// The newest notices, of one state or of all, with the public identifiers of their clients.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    state: Option<State>,
    most: u64,
) -> Result<Vec<ListedNotice>> {
    let mut query = Entity::find().filter(Column::TenantId.eq(tenant.uuid()));
    if let Some(state) = state {
        query = query.filter(Column::State.eq(state.name()));
    }
    let rows = query.order_by_desc(Column::Id).limit(most).all(db).await?;
    let names: Vec<(Uuid, String)> = client::Entity::find()
        .select_only()
        .column(client::Column::Id)
        .column(client::Column::ClientId)
        .filter(client::Column::Id.is_in(rows.iter().map(|row| row.client_id)))
        .into_tuple()
        .all(db)
        .await?;
    let name = |id: Uuid| names.iter().find(|(each, _)| *each == id).map(|(_, name)| name.clone());
    rows.into_iter()
        .map(|row| {
            Ok(ListedNotice {
                state: State::named(&row.state)
                    .ok_or_else(|| Fault::broken(format!("the notice {} has an unknown state", row.id)))?,
                id: row.id.into(),
                client_id: name(row.client_id).unwrap_or_default(),
                user: row.user_id.into(),
                session: row.session_id.into(),
                attempts: row.attempts.unsigned_abs(),
                created_at: row.created_at,
                next_attempt_at: (row.state == State::Pending.name()).then_some(row.next_attempt_at),
                sent_at: row.sent_at,
                last_error: row.last_error,
            })
        })
        .collect()
}
