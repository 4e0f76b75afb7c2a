//! Rows of `user`.

use entity::user::{self, Column, Entity};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde_json::Value;

use super::User;
use crate::{
    app::Tx,
    kernel::{
        Fault, Result, Time,
        email::Email,
        id::{TenantId, UserId},
    },
};

/// The person with this identifier.
pub async fn find(db: &impl ConnectionTrait, tenant: TenantId, id: UserId) -> Result<Option<User>> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::TenantId.eq(tenant.uuid())).one(db).await?;
    row.map(noun).transpose()
}

/// The person with this address, in canonical form.
pub async fn find_by_email(db: &impl ConnectionTrait, tenant: TenantId, canonical: &str) -> Result<Option<User>> {
    let row = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::EmailCanonical.eq(canonical))
        .one(db)
        .await?;
    row.map(noun).transpose()
}

/// People in the order in which their accounts were made.
pub async fn list(db: &impl ConnectionTrait, tenant: TenantId, after: Option<UserId>, limit: u64) -> Result<Vec<User>> {
    let mut query = Entity::find().filter(Column::TenantId.eq(tenant.uuid()));
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.uuid()));
    }
    let rows = query.order_by_asc(Column::Id).limit(limit).all(db).await?;
    rows.into_iter().map(noun).collect()
}

/// Adds a person; false where the address is taken, and the transaction goes on.
pub async fn insert(tx: &mut Tx, new: &User) -> Result<bool> {
    let row = user::ActiveModel {
        id: Set(new.id.uuid()),
        tenant_id: Set(new.tenant.uuid()),
        email: Set(new.email.as_typed().to_owned()),
        email_canonical: Set(new.email.canonical().to_owned()),
        email_verified_at: Set(new.email_verified_at),
        name: Set(new.name.clone()),
        claims: Set(Value::Object(new.claims.clone())),
        admin: Set(new.admin),
        locked_at: Set(new.locked_at),
        created_at: Set(new.created_at),
        updated_at: Set(new.updated_at),
    };
    // Not by the error of a unique index: PostgreSQL would refuse every later statement of the transaction.
    let taken = OnConflict::columns([Column::TenantId, Column::EmailCanonical]).do_nothing().to_owned();
    Ok(Entity::insert(row).on_conflict(taken).exec_without_returning(tx.db()).await? > 0)
}

/// Remembers that the person proved `canonical`; false where that is no longer their address.
pub async fn verify_email(tx: &mut Tx, tenant: TenantId, id: UserId, canonical: &str) -> Result<bool> {
    let first = Expr::col(Column::EmailVerifiedAt).if_null(Expr::value(tx.now));
    let done = Entity::update_many()
        .col_expr(Column::EmailVerifiedAt, first)
        .col_expr(Column::UpdatedAt, Expr::value(tx.now))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::EmailCanonical.eq(canonical))
        .filter(Column::LockedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected > 0)
}

/// Gives a person another name.
pub async fn rename(tx: &mut Tx, tenant: TenantId, id: UserId, name: &str) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Name, Expr::value(name))
        .col_expr(Column::UpdatedAt, Expr::value(tx.now))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Locks a person out; false where they are already.
pub async fn lock(tx: &mut Tx, tenant: TenantId, id: UserId) -> Result<bool> {
    let now = tx.now;
    set_locked(tx, tenant, id, Some(now)).await
}

/// Lets a person in again; false where they are not locked.
pub async fn unlock(tx: &mut Tx, tenant: TenantId, id: UserId) -> Result<bool> {
    set_locked(tx, tenant, id, None).await
}

async fn set_locked(tx: &mut Tx, tenant: TenantId, id: UserId, at: Option<Time>) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::LockedAt, Expr::value(at))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(if at.is_some() { Column::LockedAt.is_null() } else { Column::LockedAt.is_not_null() })
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected > 0)
}

/// Removes a person with everything that belongs to them; false where there is none.
pub async fn delete(tx: &mut Tx, tenant: TenantId, id: UserId) -> Result<bool> {
    let removed = Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    Ok(removed.rows_affected > 0)
}

/// The person of a row, for queries that join it.
pub(in crate::domain) fn noun(row: user::Model) -> Result<User> {
    let id = UserId::from(row.id);
    let broken = |what: &str| Fault::broken(format!("{id}: {what} cannot be read"));
    Ok(User {
        id,
        tenant: row.tenant_id.into(),
        email: Email::parse(&row.email).map_err(|_| broken("email"))?,
        email_verified_at: row.email_verified_at,
        name: row.name,
        claims: match row.claims {
            Value::Object(claims) => claims,
            _ => return Err(broken("claims").into()),
        },
        admin: row.admin,
        locked_at: row.locked_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
