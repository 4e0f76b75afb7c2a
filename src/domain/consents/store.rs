//! Rows of `consent`, and what of `refresh_token_family` dies with them.

use entity::{consent, refresh_token_family};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{Allowed, Consent};
use crate::{
    app::Tx,
    domain::clients,
    kernel::{
        Fault, Result,
        id::{ClientId, TenantId, UserId},
        scope::Scopes,
    },
};

/// What a person allows a client, if anything.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    client: ClientId,
) -> Result<Option<Consent>> {
    let row = consent::Entity::find()
        .filter(consent::Column::TenantId.eq(tenant.uuid()))
        .filter(consent::Column::UserId.eq(user.uuid()))
        .filter(consent::Column::ClientId.eq(client.uuid()))
        .one(db)
        .await?;
    row.map(noun).transpose()
}

/// Most applications of one person that are listed.
const MOST_LISTED: u64 = 200;

/// Everything that a person allows, with the clients.
pub(super) async fn of_person(db: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<Vec<Allowed>> {
    let rows = consent::Entity::find()
        .filter(consent::Column::TenantId.eq(tenant.uuid()))
        .filter(consent::Column::UserId.eq(user.uuid()))
        .order_by_desc(consent::Column::UpdatedAt)
        .limit(MOST_LISTED)
        .all(db)
        .await?;
    let ids: Vec<_> = rows.iter().map(|row| ClientId::from(row.client_id)).collect();
    let mut clients = clients::store::find_by_rows(db, tenant, &ids).await?;
    let mut allowed = Vec::with_capacity(rows.len());
    for row in rows {
        let id = ClientId::from(row.client_id);
        if let Some(at) = clients.iter().position(|client| client.id == id) {
            allowed.push(Allowed { client: clients.swap_remove(at), consent: noun(row)? });
        }
    }
    Ok(allowed)
}

/// Forgets what a person allowed a client; false where that was nothing.
pub(super) async fn withdraw(tx: &mut Tx, tenant: TenantId, user: UserId, client: ClientId) -> Result<bool> {
    let removed = consent::Entity::delete_many()
        .filter(consent::Column::TenantId.eq(tenant.uuid()))
        .filter(consent::Column::UserId.eq(user.uuid()))
        .filter(consent::Column::ClientId.eq(client.uuid()))
        .exec(tx.db())
        .await?;
    Ok(removed.rows_affected > 0)
}

/// Revokes the refresh tokens that a client has of a person; answers how many families that were.
pub(super) async fn revoke_families(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    client: ClientId,
    reason: &str,
) -> Result<u64> {
    use refresh_token_family::{Column, Entity};
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(tx.now))
        .col_expr(Column::RevokeReason, Expr::value(reason))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::ClientId.eq(client.uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(revoked.rows_affected)
}

fn noun(row: consent::Model) -> Result<Consent> {
    let scope =
        Scopes::parse(&row.scope).map_err(|error| Fault::broken_by("a consent's scope cannot be read", error))?;
    Ok(Consent { scope, since: row.created_at })
}

/// Stores what is allowed now: earlier scopes included, the caller has united them.
pub async fn allow(tx: &mut Tx, tenant: TenantId, user: UserId, client: ClientId, scope: &Scopes) -> Result<()> {
    let row = consent::ActiveModel {
        id: Set(Uuid::now_v7()),
        tenant_id: Set(tenant.uuid()),
        user_id: Set(user.uuid()),
        client_id: Set(client.uuid()),
        scope: Set(scope.to_string()),
        created_at: Set(tx.now),
        updated_at: Set(tx.now),
    };
    let key = [consent::Column::TenantId, consent::Column::UserId, consent::Column::ClientId];
    consent::Entity::insert(row)
        .on_conflict(
            OnConflict::columns(key).update_columns([consent::Column::Scope, consent::Column::UpdatedAt]).to_owned(),
        )
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}
