//! Deleting rows by age. Each call deletes at most a batch in one short statement, so that nobody waits for it.

use entity::{
    decoupled_request, email_verification, logout_notice, outgoing_mail, refresh_token_family, user_activity,
    user_session,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::{
    kernel::{Result, Time, id::TenantId},
    ports::db::LoneWrite,
};

/// How many rows one statement deletes at most.
pub(super) const BATCH: u64 = 500;

/// Deletes up to [`BATCH`] rows of `$table` that meet `$condition`; answers how many.
macro_rules! delete {
    ($db:expr, $tenant:expr, $table:ident, $condition:expr) => {{
        let old = $table::Entity::find()
            .select_only()
            .column($table::Column::Id)
            .filter($table::Column::TenantId.eq($tenant.uuid()))
            .filter($condition)
            .limit(BATCH)
            .into_query();
        let deleted = $table::Entity::delete_many().filter($table::Column::Id.in_subquery(old)).exec(&*$db).await?;
        Ok(deleted.rows_affected)
    }};
}

/// Proofs of an address that ended before `before`.
pub(super) async fn proofs(db: LoneWrite, tenant: TenantId, before: Time) -> Result<u64> {
    use email_verification::Column;
    delete!(db, tenant, email_verification, Column::ExpiresAt.lt(before))
}

/// Sessions that were ended or ran out before `before`. Refresh token families that live with them go too.
pub(super) async fn sessions(db: LoneWrite, tenant: TenantId, before: Time) -> Result<u64> {
    use user_session::Column;
    let over = Condition::any()
        .add(Column::EndedAt.lt(before))
        .add(Column::IdleExpiresAt.lt(before))
        .add(Column::ExpiresAt.lt(before));
    delete!(db, tenant, user_session, over)
}

/// Refresh token families that were revoked or ran out before `before`.
pub(super) async fn families(db: LoneWrite, tenant: TenantId, before: Time) -> Result<u64> {
    use refresh_token_family::Column;
    let over = Condition::any()
        .add(Column::RevokedAt.lt(before))
        .add(Column::IdleExpiresAt.lt(before))
        .add(Column::ExpiresAt.lt(before));
    delete!(db, tenant, refresh_token_family, over)
}

/// Requests to be decided elsewhere that ran out before `before`.
pub(super) async fn decoupled(db: LoneWrite, tenant: TenantId, before: Time) -> Result<u64> {
    use decoupled_request::Column;
    delete!(db, tenant, decoupled_request, Column::ExpiresAt.lt(before))
}

/// Mails written before `before` that are no longer queued.
pub(super) async fn mails(db: LoneWrite, tenant: TenantId, before: Time) -> Result<u64> {
    use outgoing_mail::Column;
    delete!(
        db,
        tenant,
        outgoing_mail,
        Condition::all().add(Column::State.ne("pending")).add(Column::CreatedAt.lt(before))
    )
}

/// Notices of a session's end written before `before` that are no longer queued.
pub(super) async fn notices(db: LoneWrite, tenant: TenantId, before: Time) -> Result<u64> {
    use logout_notice::Column;
    delete!(
        db,
        tenant,
        logout_notice,
        Condition::all().add(Column::State.ne("pending")).add(Column::CreatedAt.lt(before))
    )
}

/// Facts older than `before`.
pub(super) async fn activity(db: LoneWrite, tenant: TenantId, before: Time) -> Result<u64> {
    use user_activity::Column;
    delete!(db, tenant, user_activity, Column::At.lt(before))
}
