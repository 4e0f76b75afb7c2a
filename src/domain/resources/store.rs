//! Rows of `resource`.

use std::collections::BTreeMap;

use entity::resource::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde_json::Value;

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
        details_types: Set(json(&new.authorization_details_types)?),
        created_at: Set(new.created_at),
        updated_at: Set(new.updated_at),
    };
    match Entity::insert(row).exec_without_returning(tx.db()).await {
        Ok(_) => Ok(true),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Stores a resource as it is now; false where it is gone.
pub(super) async fn update(tx: &mut Tx, changed: &Resource) -> Result<bool> {
    let stored = Entity::update_many()
        .col_expr(Column::Name, Expr::value(changed.name.clone()))
        .col_expr(Column::Scope, Expr::value(changed.scope.to_string()))
        .col_expr(Column::AccessTokenFormat, Expr::value(format_name(changed.access_token_format)))
        .col_expr(Column::AccessTokenTtl, Expr::value(changed.access_token_ttl.and_then(|ttl| i32::try_from(ttl).ok())))
        .col_expr(Column::DetailsTypes, Expr::value(json(&changed.authorization_details_types)?))
        .col_expr(Column::UpdatedAt, Expr::value(changed.updated_at))
        .filter(Column::TenantId.eq(changed.tenant.uuid()))
        .filter(Column::Id.eq(changed.id.uuid()))
        .exec(tx.db())
        .await?;
    Ok(stored.rows_affected == 1)
}

fn json(types: &BTreeMap<String, Value>) -> Result<Value> {
    Ok(serde_json::to_value(types).map_err(|error| Fault::broken_by("types are not JSON", error))?)
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
    let types = broken("details_types");
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
        authorization_details_types: serde_json::from_value(row.details_types).map_err(|_| types)?,
        uri: row.uri,
        name: row.name,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
