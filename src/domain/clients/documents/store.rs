//! Rows of `client_document`.

use entity::{
    client,
    client_document::{ActiveModel, Column, Entity},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::Expr,
};

use crate::{
    app::Tx,
    domain::clients::Client,
    kernel::{
        Result, Time,
        id::{ClientId, TenantId},
    },
    ports::db::LoneWrite,
};

/// When a document was read, and until when that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// When.
    pub fetched_at: Time,
    /// Until when.
    pub fresh_until: Time,
}

/// When the document of a client was read; none where the client does not come from one.
pub async fn find(db: &impl ConnectionTrait, client: ClientId) -> Result<Option<Read>> {
    let row = Entity::find_by_id(client.uuid()).one(db).await?;
    Ok(row.map(|row| Read { fetched_at: row.fetched_at, fresh_until: row.fresh_until }))
}

/// Notes that a client comes from a document.
pub async fn insert(tx: &mut Tx, client: &Client, read: Read) -> Result<()> {
    let row = ActiveModel {
        client_id: Set(client.id.uuid()),
        tenant_id: Set(client.tenant.uuid()),
        fetched_at: Set(read.fetched_at),
        fresh_until: Set(read.fresh_until),
    };
    Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Notes that the document was read again; false where the client does not come from one any more.
pub async fn note(tx: &mut Tx, client: ClientId, read: Read) -> Result<bool> {
    let updated = Entity::update_many()
        .col_expr(Column::FetchedAt, Expr::value(read.fetched_at))
        .col_expr(Column::FreshUntil, Expr::value(read.fresh_until))
        .filter(Column::ClientId.eq(client.uuid()))
        .exec(tx.db())
        .await?;
    Ok(updated.rows_affected > 0)
}

/// The client is looked after by the operator from now on.
pub async fn forget(tx: &mut Tx, client: ClientId) -> Result<()> {
    Entity::delete_by_id(client.uuid()).exec(tx.db()).await?;
    Ok(())
}

/// How many clients come from documents.
pub async fn count(db: &impl ConnectionTrait, tenant: TenantId) -> Result<u64> {
    Ok(Entity::find().filter(Column::TenantId.eq(tenant.uuid())).count(db).await?)
}

/// Deletes up to `batch` clients whose documents were last read before `before`; answers how many.
pub async fn delete_unused(db: LoneWrite, tenant: TenantId, before: Time, batch: u64) -> Result<u64> {
    let unused = Entity::find()
        .select_only()
        .column(Column::ClientId)
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::FetchedAt.lt(before))
        .limit(batch)
        .into_query();
    let deleted = client::Entity::delete_many().filter(client::Column::Id.in_subquery(unused)).exec(&*db).await?;
    Ok(deleted.rows_affected)
}
