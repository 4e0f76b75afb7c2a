//! The one query of a sign-in.

use entity::{credential_password, user};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    domain::users::{self, User},
    kernel::{Result, id::TenantId},
};

/// The person with this address, in canonical form, and the hash of their password: one round trip.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    canonical: &str,
) -> Result<Option<(User, Option<String>)>> {
    let mut query = user::Entity::find().select_also(credential_password::Entity);
    QuerySelect::query(&mut query).join(
        JoinType::LeftJoin,
        credential_password::Entity,
        Expr::col((credential_password::Entity, credential_password::Column::UserId))
            .equals((user::Entity, user::Column::Id)),
    );
    let found = query
        .filter(user::Column::TenantId.eq(tenant.uuid()))
        .filter(user::Column::EmailCanonical.eq(canonical))
        .one(db)
        .await?;
    found.map(|(user, password)| Ok((users::store::noun(user)?, password.map(|row| row.hash)))).transpose()
}
