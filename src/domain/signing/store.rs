//! Rows of `signing_key`.

use entity::{client, resource, signing_key, tenant};
use keys::Schedule;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Key;
use crate::{
    app::Tx,
    kernel::{Fault, Result, id::TenantId},
};

/// A row: the key and its sealed private half.
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) sealed: Vec<u8>,
}

/// Every key of a tenant, the oldest first.
pub(super) async fn all(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<Row>> {
    let rows = signing_key::Entity::find()
        .filter(signing_key::Column::TenantId.eq(tenant.uuid()))
        .order_by_asc(signing_key::Column::ActiveAt)
        .order_by_asc(signing_key::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(row).collect()
}

fn row(model: signing_key::Model) -> Result<Row> {
    let algorithm = model
        .algorithm
        .parse()
        .map_err(|error| Fault::broken_by(format!("the algorithm of signing key {}", model.kid), error))?;
    let schedule = Schedule {
        announced_at: model.announced_at,
        active_at: model.active_at,
        retiring_at: model.retiring_at,
        gone_at: model.gone_at,
    };
    Ok(Row { key: Key { kid: model.kid, algorithm, schedule }, sealed: model.sealed })
}

/// One writer of keys at a time: locks the tenant's row until the transaction ends (SQLite has one writer anyway).
pub(super) async fn lock(tx: &mut Tx, tenant: TenantId) -> Result<()> {
    tenant::Entity::find_by_id(tenant.uuid()).lock_exclusive().one(tx.db()).await?;
    Ok(())
}

/// Adds a key.
pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, key: &Key, sealed: Vec<u8>) -> Result<()> {
    let row = signing_key::ActiveModel {
        id: Set(Uuid::now_v7()),
        tenant_id: Set(tenant.uuid()),
        kid: Set(key.kid.clone()),
        algorithm: Set(key.algorithm.to_string()),
        sealed: Set(sealed),
        announced_at: Set(key.schedule.announced_at),
        active_at: Set(key.schedule.active_at),
        retiring_at: Set(key.schedule.retiring_at),
        gone_at: Set(key.schedule.gone_at),
    };
    signing_key::Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Gives a key its end.
pub(super) async fn end(tx: &mut Tx, tenant: TenantId, kid: &str, schedule: Schedule) -> Result<()> {
    let end = signing_key::ActiveModel {
        retiring_at: Set(schedule.retiring_at),
        gone_at: Set(schedule.gone_at),
        ..Default::default()
    };
    change(tx, tenant, kid, end).await
}

/// Replaces the sealed private half, after the master key was rotated.
pub(super) async fn reseal(tx: &mut Tx, tenant: TenantId, kid: &str, sealed: Vec<u8>) -> Result<()> {
    change(tx, tenant, kid, signing_key::ActiveModel { sealed: Set(sealed), ..Default::default() }).await
}

async fn change(tx: &mut Tx, tenant: TenantId, kid: &str, change: signing_key::ActiveModel) -> Result<()> {
    signing_key::Entity::update_many()
        .set(change)
        .filter(signing_key::Column::TenantId.eq(tenant.uuid()))
        .filter(signing_key::Column::Kid.eq(kid))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The longest access token lifetime that a client or an API of this tenant asks for, in seconds.
pub(super) async fn longest_client_ttl(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Option<i32>> {
    let of_resources: Option<Option<i32>> = resource::Entity::find()
        .select_only()
        .column_as(resource::Column::AccessTokenTtl.max(), "longest")
        .filter(resource::Column::TenantId.eq(tenant.uuid()))
        .into_tuple()
        .one(db)
        .await?;
    let longest: Option<Option<i32>> = client::Entity::find()
        .select_only()
        .column_as(client::Column::AccessTokenTtl.max(), "longest")
        .filter(client::Column::TenantId.eq(tenant.uuid()))
        .into_tuple()
        .one(db)
        .await?;
    Ok(longest.flatten().max(of_resources.flatten()))
}
