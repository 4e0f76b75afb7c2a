//! Rows of `trusted_issuer` and `issuer_subject`.

use entity::{issuer_subject, trusted_issuer};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::OnConflict,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use trusted_issuer::{Column, Entity, Model};
use uuid::Uuid;

use super::Issuer;
use crate::{
    app::Tx,
    kernel::{
        Fault, Result,
        id::{IssuerId, TenantId, UserId},
        scope::Scopes,
    },
    ports::db::is_unique_violation,
};

/// The issuer of this name.
pub async fn find(db: &impl ConnectionTrait, tenant: TenantId, issuer: &str) -> Result<Option<Issuer>> {
    let query = Entity::find().filter(Column::TenantId.eq(tenant.uuid())).filter(Column::Issuer.eq(issuer));
    query.one(db).await?.map(noun).transpose()
}

/// The issuer of this row.
pub async fn find_by_row(db: &impl ConnectionTrait, tenant: TenantId, id: IssuerId) -> Result<Option<Issuer>> {
    let query = Entity::find_by_id(id.uuid()).filter(Column::TenantId.eq(tenant.uuid()));
    query.one(db).await?.map(noun).transpose()
}

/// Every issuer of a tenant, by name.
pub(super) async fn list(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<Issuer>> {
    let rows = Entity::find().filter(Column::TenantId.eq(tenant.uuid())).order_by_asc(Column::Issuer).all(db).await?;
    rows.into_iter().map(noun).collect()
}

/// Adds an issuer; false where the name is taken.
pub(super) async fn insert(tx: &mut Tx, new: &Issuer) -> Result<bool> {
    let row = trusted_issuer::ActiveModel {
        id: Set(new.id.uuid()),
        tenant_id: Set(new.tenant.uuid()),
        issuer: Set(new.issuer.clone()),
        uses: Set(json(&new.uses)?),
        jwks: Set(new.jwks.clone()),
        jwks_uri: Set(new.jwks_uri.clone()),
        audiences: Set(json(&new.audiences)?),
        subject_mapping: Set(new.subject_mapping.name().into()),
        clients: Set(json(&new.clients)?),
        scope: Set(new.scope.to_string()),
        max_lifetime: Set(i32::try_from(new.max_lifetime).unwrap_or(i32::MAX)),
        created_at: Set(new.created_at),
    };
    match Entity::insert(row).exec_without_returning(tx.db()).await {
        Ok(_) => Ok(true),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Removes an issuer with its links; false where there is none of that name.
pub(super) async fn delete(tx: &mut Tx, tenant: TenantId, issuer: &str) -> Result<bool> {
    let removed = Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Issuer.eq(issuer))
        .exec(tx.db())
        .await?;
    Ok(removed.rows_affected > 0)
}

/// Whom an issuer means by a subject.
pub(super) async fn linked(db: &impl ConnectionTrait, issuer: &Issuer, subject: &str) -> Result<Option<UserId>> {
    let row = issuer_subject::Entity::find()
        .filter(issuer_subject::Column::TenantId.eq(issuer.tenant.uuid()))
        .filter(issuer_subject::Column::IssuerId.eq(issuer.id.uuid()))
        .filter(issuer_subject::Column::Subject.eq(subject))
        .one(db)
        .await?;
    Ok(row.map(|row| row.user_id.into()))
}

/// Links a subject to a person; false where it is linked already, and the transaction goes on.
pub async fn link(tx: &mut Tx, issuer: &Issuer, subject: &str, user: UserId) -> Result<bool> {
    let row = issuer_subject::ActiveModel {
        id: Set(Uuid::now_v7()),
        tenant_id: Set(issuer.tenant.uuid()),
        issuer_id: Set(issuer.id.uuid()),
        subject: Set(subject.to_owned()),
        user_id: Set(user.uuid()),
        created_at: Set(tx.now),
    };
    use issuer_subject::Column::{IssuerId, Subject, TenantId};
    let taken = OnConflict::columns([TenantId, IssuerId, Subject]).do_nothing().to_owned();
    Ok(issuer_subject::Entity::insert(row).on_conflict(taken).exec_without_returning(tx.db()).await? > 0)
}

/// Removes a link; false where there is none.
pub(super) async fn unlink(tx: &mut Tx, issuer: &Issuer, subject: &str) -> Result<bool> {
    let removed = issuer_subject::Entity::delete_many()
        .filter(issuer_subject::Column::TenantId.eq(issuer.tenant.uuid()))
        .filter(issuer_subject::Column::IssuerId.eq(issuer.id.uuid()))
        .filter(issuer_subject::Column::Subject.eq(subject))
        .exec(tx.db())
        .await?;
    Ok(removed.rows_affected > 0)
}

fn json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Fault::broken_by("a column is not JSON", error).into())
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

fn noun(row: Model) -> Result<Issuer> {
    let broken = |what: &str| Fault::broken(format!("issuer {}: {what} cannot be read", row.issuer));
    Ok(Issuer {
        id: row.id.into(),
        tenant: row.tenant_id.into(),
        uses: read(&row.uses).ok_or_else(|| broken("uses"))?,
        audiences: read(&row.audiences).ok_or_else(|| broken("audiences"))?,
        subject_mapping: row.subject_mapping.parse().map_err(|_| broken("subject_mapping"))?,
        clients: read(&row.clients).ok_or_else(|| broken("clients"))?,
        scope: Scopes::parse(&row.scope).map_err(|_| broken("scope"))?,
        max_lifetime: u32::try_from(row.max_lifetime).map_err(|_| broken("max_lifetime"))?,
        jwks: row.jwks,
        jwks_uri: row.jwks_uri,
        issuer: row.issuer,
        created_at: row.created_at,
    })
}
