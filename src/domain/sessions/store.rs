//! Rows of `user_session`, and what of `refresh_token_family` dies with a person's sessions.

use std::net::IpAddr;

use entity::{refresh_token_family, user, user_session};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use user_session::{Column, Entity};

use super::{EndReason, Kind, Session, session::Standing};
use crate::{
    app::Tx,
    domain::{
        notices::Over,
        users::{self, User},
    },
    kernel::{
        Fault, Result, Time,
        id::{SessionId, TenantId, UserId},
        secret::Digest,
    },
};

/// Most open sessions of one person that are listed.
const MOST_LISTED: u64 = 200;

/// Most devices of one person that a sign-in is compared with.
const MOST_DEVICES: u64 = 500;

/// The session with this identifier, live or not.
pub async fn find(db: &impl ConnectionTrait, tenant: TenantId, id: SessionId) -> Result<Option<Session>> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::TenantId.eq(tenant.uuid())).one(db).await?;
    row.map(noun).transpose()
}

/// The session with this identifier, live or not, and its person: one round trip.
pub async fn find_with_user(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: SessionId,
) -> Result<Option<(Session, User)>> {
    with_user(db, tenant, Column::Id.eq(id.uuid())).await
}

/// The session of a cookie, live or not, and its person: one round trip.
pub async fn find_by_secret(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    secret: Digest,
) -> Result<Option<(Session, User)>> {
    with_user(db, tenant, Column::SecretDigest.eq(secret.to_vec())).await
}

async fn with_user(db: &impl ConnectionTrait, tenant: TenantId, which: Expr) -> Result<Option<(Session, User)>> {
    let mut query = Entity::find().select_also(user::Entity);
    QuerySelect::query(&mut query).join(
        JoinType::InnerJoin,
        user::Entity,
        Expr::col((user::Entity, user::Column::Id)).equals((Entity, Column::UserId)),
    );
    let found = query.filter(Column::TenantId.eq(tenant.uuid())).filter(which).one(db).await?;
    match found {
        Some((session, Some(user))) => Ok(Some((noun(session)?, users::store::noun(user)?))),
        _ => Ok(None),
    }
}

/// A person's sessions that nobody ended, the last used first. Some may be over by the clock.
pub async fn open(db: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<Vec<Session>> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::EndedAt.is_null())
        .order_by_desc(Column::LastSeenAt)
        .order_by_desc(Column::Id)
        .limit(MOST_LISTED)
        .all(db)
        .await?;
    rows.into_iter().map(noun).collect()
}

/// The devices and addresses that a person signed in from, as far as they are remembered.
pub async fn devices(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<Vec<(String, Option<IpAddr>)>> {
    let rows: Vec<(String, Option<String>)> = Entity::find()
        .select_only()
        .column(Column::DeviceName)
        .column(Column::Address)
        .distinct()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .limit(MOST_DEVICES)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(name, address)| (name, address.and_then(|address| address.parse().ok()))).collect())
}

/// Adds a session; `secret` is the digest of its cookie.
pub async fn insert(tx: &mut Tx, new: &Session, secret: Option<Digest>) -> Result<()> {
    let row = user_session::ActiveModel {
        id: Set(new.id.uuid()),
        tenant_id: Set(new.tenant.uuid()),
        user_id: Set(new.user.uuid()),
        kind: Set(new.kind.name().to_owned()),
        secret_digest: Set(secret.map(Digest::to_vec)),
        device_name: Set(new.device_name.clone()),
        user_agent: Set(new.user_agent.clone()),
        address: Set(new.address.map(|address| address.to_string())),
        methods: Set(methods(new)?),
        authenticated_at: Set(new.authenticated_at),
        created_at: Set(new.created_at),
        last_seen_at: Set(new.last_seen_at),
        idle_expires_at: Set(new.idle_expires_at),
        expires_at: Set(new.expires_at),
        ended_at: Set(new.ended_at),
        end_reason: Set(new.end_reason.clone()),
    };
    Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Gives a person's session a new secret and a new beginning; false where it is over.
pub async fn renew(tx: &mut Tx, again: &Session, secret: Digest) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::SecretDigest, Expr::value(secret.to_vec()))
        .col_expr(Column::DeviceName, Expr::value(again.device_name.clone()))
        .col_expr(Column::UserAgent, Expr::value(again.user_agent.clone()))
        .col_expr(Column::Address, Expr::value(again.address.map(|address| address.to_string())))
        .col_expr(Column::Methods, Expr::value(methods(again)?))
        .col_expr(Column::AuthenticatedAt, Expr::value(again.authenticated_at))
        .col_expr(Column::LastSeenAt, Expr::value(again.last_seen_at))
        .col_expr(Column::IdleExpiresAt, Expr::value(again.idle_expires_at))
        .col_expr(Column::ExpiresAt, Expr::value(again.expires_at))
        .filter(Column::TenantId.eq(again.tenant.uuid()))
        .filter(Column::Id.eq(again.id.uuid()))
        .filter(Column::UserId.eq(again.user.uuid()))
        .filter(Column::Kind.eq(Kind::Browser.name()))
        .filter(Column::EndedAt.is_null())
        .filter(Column::IdleExpiresAt.gt(tx.now))
        .filter(Column::ExpiresAt.gt(tx.now))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected > 0)
}

/// Marks a session as seen, unless that happened since `seen`. The one write outside of an operation: it happens before
/// anything is known of the caller, and needs no transaction.
pub async fn touch(db: &impl ConnectionTrait, tenant: TenantId, touched: &Session, seen: Time) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(touched.last_seen_at))
        .col_expr(Column::IdleExpiresAt, Expr::value(touched.idle_expires_at))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(touched.id.uuid()))
        .filter(Column::EndedAt.is_null())
        .filter(Column::LastSeenAt.lte(seen))
        // Not after a renewal that moved the absolute end.
        .filter(Column::ExpiresAt.eq(touched.expires_at))
        .exec(db)
        .await?;
    Ok(())
}

/// Prolongs an API session that was used by a refresh; false where it is over.
pub async fn prolong(tx: &mut Tx, touched: &Session) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(touched.last_seen_at))
        .col_expr(Column::IdleExpiresAt, Expr::value(touched.idle_expires_at))
        .filter(Column::TenantId.eq(touched.tenant.uuid()))
        .filter(Column::Id.eq(touched.id.uuid()))
        .filter(Column::EndedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected > 0)
}

/// Ends one session of a person; false where it was over already.
pub async fn end(tx: &mut Tx, tenant: TenantId, user: UserId, id: SessionId, reason: EndReason) -> Result<bool> {
    let ended = ending(tx.now, tenant, user, reason).filter(Column::Id.eq(id.uuid())).exec(tx.db()).await?;
    Ok(ended.rows_affected > 0)
}

/// Ends every session of a person but `keep`; answers which.
pub async fn end_every(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    keep: Option<SessionId>,
    reason: EndReason,
) -> Result<Vec<SessionId>> {
    let mut ending = ending(tx.now, tenant, user, reason);
    if let Some(keep) = keep {
        ending = ending.filter(Column::Id.ne(keep.uuid()));
    }
    let ended = ending.exec_with_returning(tx.db()).await?;
    Ok(ended.into_iter().map(|row| row.id.into()).collect())
}

/// Whether a session ran out that nobody ended.
pub(super) async fn any_expired(db: &impl ConnectionTrait, tenant: TenantId, now: Time) -> Result<bool> {
    Ok(expired(tenant, now, 1).one(db).await?.is_some())
}

/// Ends up to `most` sessions that ran out; answers whose and which.
pub(super) async fn end_expired(tx: &mut Tx, tenant: TenantId, most: u64) -> Result<Vec<Over>> {
    let ids = expired(tenant, tx.now, most).select_only().column(Column::Id).into_query();
    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(tx.now))
        .col_expr(Column::EndReason, Expr::value(EndReason::Expired.name()))
        .filter(Column::Id.in_subquery(ids))
        .filter(Column::EndedAt.is_null())
        .filter(Column::IdleExpiresAt.lte(tx.now))
        .exec_with_returning(tx.db())
        .await?;
    Ok(ended.into_iter().map(|row| Over { session: row.id.into(), user: row.user_id.into() }).collect())
}

/// The idle end is never after the absolute one.
fn expired(tenant: TenantId, now: Time, most: u64) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::EndedAt.is_null())
        .filter(Column::IdleExpiresAt.lte(now))
        .order_by_asc(Column::IdleExpiresAt)
        .limit(most)
}

fn ending(now: Time, tenant: TenantId, user: UserId, reason: EndReason) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now))
        .col_expr(Column::EndReason, Expr::value(reason.name()))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::EndedAt.is_null())
}

/// Whether a session stands, and goes on standing until this transaction ends: whoever ends it has to wait, and then finds what
/// this transaction wrote.
pub async fn holds(tx: &mut Tx, tenant: TenantId, id: SessionId) -> Result<bool> {
    let row =
        Entity::find_by_id(id.uuid()).filter(Column::TenantId.eq(tenant.uuid())).lock_shared().one(tx.db()).await?;
    let session = row.map(noun).transpose()?;
    Ok(session.is_some_and(|session| session.standing(tx.now, false) == Standing::Live))
}

/// Revokes every refresh token family of a person but those of the session `keep`. Families with a session die with it by
/// look-up; those of `offline_access` outlive it, and die here. To be called after the sessions were ended: who is about to write
/// a family holds its session (`holds`).
pub async fn revoke_families(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    keep: Option<SessionId>,
    reason: EndReason,
) -> Result<u64> {
    use refresh_token_family::{Column, Entity};
    let mut update = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(tx.now))
        .col_expr(Column::RevokeReason, Expr::value(reason.name()))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::RevokedAt.is_null());
    if let Some(keep) = keep {
        update = update.filter(Column::SessionId.is_null().or(Column::SessionId.ne(keep.uuid())));
    }
    Ok(update.exec(tx.db()).await?.rows_affected)
}

fn methods(session: &Session) -> Result<serde_json::Value> {
    serde_json::to_value(&session.methods)
        .map_err(|error| Fault::broken_by("a session's methods are not JSON", error).into())
}

fn noun(row: user_session::Model) -> Result<Session> {
    let id = SessionId::from(row.id);
    let broken = |what: &str| Fault::broken(format!("{id}: {what} cannot be read"));
    Ok(Session {
        id,
        tenant: row.tenant_id.into(),
        user: row.user_id.into(),
        kind: Kind::named(&row.kind).ok_or_else(|| broken("kind"))?,
        device_name: row.device_name,
        user_agent: row.user_agent,
        address: row.address.and_then(|address| address.parse().ok()),
        methods: serde_json::from_value(row.methods).map_err(|_| broken("methods"))?,
        authenticated_at: row.authenticated_at,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        idle_expires_at: row.idle_expires_at,
        expires_at: row.expires_at,
        ended_at: row.ended_at,
        end_reason: row.end_reason,
    })
}
