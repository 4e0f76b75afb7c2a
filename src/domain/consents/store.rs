//! Rows of `consent`.

use entity::consent;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use uuid::Uuid;

use super::Consent;
use crate::{
    app::Tx,
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
    row.map(|row| {
        let scope =
            Scopes::parse(&row.scope).map_err(|error| Fault::broken_by("a consent's scope cannot be read", error))?;
        Ok(Consent { scope, since: row.created_at })
    })
    .transpose()
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
