//! Rows of `tenant`.

use std::collections::HashMap;

use entity::{subject_salt, tenant};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};

use crate::kernel::{Result, Time, id::TenantId};

/// A tenant as its row knows it: the issuer depends on the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Identifier.
    pub id: TenantId,
    /// Short name.
    pub slug: String,
    /// What follows the configured issuer; empty for the tenant at the root.
    pub path: String,
    /// Name that people see.
    pub name: String,
}

/// Every tenant.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Row>> {
    let rows = tenant::Entity::find().order_by_asc(tenant::Column::Id).all(db).await?;
    Ok(rows.into_iter().map(|row| Row { id: row.id.into(), slug: row.slug, path: row.path, name: row.name }).collect())
}

/// Adds a tenant unless its slug or path is taken: the unique indexes decide between nodes. It is the one write that has no
/// operation around it, because no caller can stand at the door of a tenant that does not exist.
pub async fn insert_first(db: &impl ConnectionTrait, first: &Row, now: Time) -> Result<()> {
    let row = tenant::ActiveModel {
        id: Set(first.id.uuid()),
        slug: Set(first.slug.clone()),
        path: Set(first.path.clone()),
        name: Set(first.name.clone()),
        created_at: Set(now),
    };
    let taken = OnConflict::new().do_nothing().to_owned();
    tenant::Entity::insert(row).on_conflict(taken).exec_without_returning(db).await?;
    Ok(())
}

/// The sealed salts of pairwise subjects.
pub(super) async fn salts(db: &impl ConnectionTrait) -> Result<HashMap<TenantId, Vec<u8>>> {
    let rows = subject_salt::Entity::find().all(db).await?;
    Ok(rows.into_iter().map(|row| (row.tenant_id.into(), row.sealed)).collect())
}

/// Adds a salt unless there is one.
pub(super) async fn insert_salt(db: &impl ConnectionTrait, tenant: TenantId, sealed: Vec<u8>, now: Time) -> Result<()> {
    let row = subject_salt::ActiveModel { tenant_id: Set(tenant.uuid()), sealed: Set(sealed), created_at: Set(now) };
    let taken = OnConflict::new().do_nothing().to_owned();
    subject_salt::Entity::insert(row).on_conflict(taken).exec_without_returning(db).await?;
    Ok(())
}

/// The same salt under another seal.
pub(super) async fn reseal_salt(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    old: &[u8],
    sealed: Vec<u8>,
) -> Result<()> {
    subject_salt::Entity::update_many()
        .col_expr(subject_salt::Column::Sealed, Expr::value(sealed))
        .filter(subject_salt::Column::TenantId.eq(tenant.uuid()))
        .filter(subject_salt::Column::Sealed.eq(old.to_vec()))
        .exec(db)
        .await?;
    Ok(())
}
