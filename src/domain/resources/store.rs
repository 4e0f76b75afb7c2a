//! Rows of `resource`.

use entity::resource::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::Resource;
use crate::{
    app::Tx,
    domain::clients::TokenFormat,
    kernel::{
        Fault, Result,
        id::{ResourceId, TenantId},
        scope::Scopes,
    },
    ports::db::is_unique_violation,
};

/// The resources of these names, by name; those that are not registered are missing.
pub async fn find(db: &impl ConnectionTrait, tenant: TenantId, uris: &[&str]) -> Result<Vec<Resource>> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Uri.is_in(uris.iter().copied()))
        .order_by_asc(Column::Uri)
        .all(db)
        .await?;
    rows.into_iter().map(noun).collect()
}

/// Every resource of a tenant, by name.
pub async fn list(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<Resource>> {
    let rows = Entity::find().filter(Column::TenantId.eq(tenant.uuid())).order_by_asc(Column::Uri).all(db).await?;
    rows.into_iter().map(noun).collect()
}

/// Adds a resource; false where the name is taken.
pub(super) async fn insert(tx: &mut Tx, new: &Resource) -> Result<bool> {
    let row = ActiveModel {
        id: Set(new.id.uuid()),
        tenant_id: Set(new.tenant.uuid()),
        uri: Set(new.uri.clone()),
        name: Set(new.name.clone()),
        scope: Set(new.scope.to_string()),
        access_token_format: Set(format_name(new.access_token_format).into()),
        access_token_ttl: Set(new.access_token_ttl.and_then(|ttl| i32::try_from(ttl).ok())),
        created_at: Set(new.created_at),
        updated_at: Set(new.updated_at),
    };
    match Entity::insert(row).exec_without_returning(tx.db()).await {
        Ok(_) => Ok(true),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Removes a resource; false where there is none of that name.
pub(super) async fn delete(tx: &mut Tx, tenant: TenantId, uri: &str) -> Result<bool> {
    let removed = Entity::delete_many()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Uri.eq(uri))
        .exec(tx.db())
        .await?;
    Ok(removed.rows_affected > 0)
}

fn format_name(format: TokenFormat) -> &'static str {
    match format {
        TokenFormat::Jwt => "jwt",
        TokenFormat::Opaque => "opaque",
    }
}

fn noun(row: Model) -> Result<Resource> {
    let broken = |what: &str| Fault::broken(format!("resource {}: {what} cannot be read", row.uri));
    Ok(Resource {
        id: ResourceId::from(row.id),
        tenant: row.tenant_id.into(),
        scope: Scopes::parse(&row.scope).map_err(|_| broken("scope"))?,
        access_token_format: match row.access_token_format.as_str() {
            "jwt" => TokenFormat::Jwt,
            "opaque" => TokenFormat::Opaque,
            _ => return Err(broken("access_token_format").into()),
        },
        access_token_ttl: row.access_token_ttl.and_then(|ttl| u32::try_from(ttl).ok()),
        uri: row.uri,
        name: row.name,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
