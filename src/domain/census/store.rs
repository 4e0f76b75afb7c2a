//! Counting rows of `user` and `user_session`.

use entity::{user, user_session};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::kernel::{Result, Time, id::TenantId};

pub(super) async fn users(db: &impl ConnectionTrait, tenant: TenantId) -> Result<u64> {
    Ok(user::Entity::find().filter(user::Column::TenantId.eq(tenant.uuid())).count(db).await?)
}

pub(super) async fn verified_users(db: &impl ConnectionTrait, tenant: TenantId) -> Result<u64> {
    let verified = user::Column::EmailVerifiedAt.is_not_null();
    Ok(user::Entity::find().filter(user::Column::TenantId.eq(tenant.uuid())).filter(verified).count(db).await?)
}

pub(super) async fn live_sessions(db: &impl ConnectionTrait, tenant: TenantId, now: Time) -> Result<u64> {
    use user_session::Column;
    Ok(user_session::Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::EndedAt.is_null())
        .filter(Column::IdleExpiresAt.gt(now))
        .filter(Column::ExpiresAt.gt(now))
        .count(db)
        .await?)
}
