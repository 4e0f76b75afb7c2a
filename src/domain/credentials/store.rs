//! Rows of `credential_password` and `email_verification`.

use entity::{credential_password, email_verification};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{Claim, MailedProof, Proof, Purpose};
use crate::{
    app::Tx,
    kernel::{
        Result,
        id::{ProofId, TenantId, UserId},
        secret::{Digest, Secret},
    },
};

/// The hash of a person's password, if they have one.
pub async fn password_hash(db: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<Option<String>> {
    let row = credential_password::Entity::find_by_id(user.uuid())
        .filter(credential_password::Column::TenantId.eq(tenant.uuid()))
        .one(db)
        .await?;
    Ok(row.map(|row| row.hash))
}

/// Stores a person's new password, in place of any other.
pub async fn set_password(tx: &mut Tx, tenant: TenantId, user: UserId, hash: String) -> Result<()> {
    use credential_password::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        user_id: Set(user.uuid()),
        tenant_id: Set(tenant.uuid()),
        hash: Set(hash),
        changed_at: Set(tx.now),
    };
    let replace = OnConflict::column(Column::UserId).update_columns([Column::Hash, Column::ChangedAt]).to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Replaces a password that was just verified; false where it has changed since, and nothing is written.
pub async fn change_password(tx: &mut Tx, tenant: TenantId, user: UserId, from: &str, to: String) -> Result<bool> {
    use credential_password::Column;
    let now = tx.now;
    replace_hash(tx, tenant, user, from, [(Column::Hash, Expr::value(to)), (Column::ChangedAt, Expr::value(now))]).await
}

/// Stores the same password hashed anew; false where the password has changed since, and nothing is written.
pub async fn upgrade_hash(tx: &mut Tx, tenant: TenantId, user: UserId, from: &str, to: String) -> Result<bool> {
    replace_hash(tx, tenant, user, from, [(credential_password::Column::Hash, Expr::value(to))]).await
}

async fn replace_hash<const N: usize>(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    from: &str,
    values: [(credential_password::Column, Expr); N],
) -> Result<bool> {
    use credential_password::{Column, Entity};
    let mut update = Entity::update_many();
    for (column, value) in values {
        update = update.col_expr(column, value);
    }
    let done = update
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::Hash.eq(from))
        .exec(tx.db())
        .await?;
    Ok(done.rows_affected > 0)
}

/// Whether the password is still the one that was verified before the transaction began. The row stays as it is until
/// the transaction ends: a sign-in with the old password cannot slip in behind a reset that ends all sessions.
pub async fn is_still(tx: &mut Tx, tenant: TenantId, user: UserId, hash: &str) -> Result<bool> {
    let row = credential_password::Entity::find_by_id(user.uuid())
        .filter(credential_password::Column::TenantId.eq(tenant.uuid()))
        .lock_shared()
        .one(tx.db())
        .await?;
    Ok(row.is_some_and(|row| row.hash == hash))
}

/// Adds a proof that is about to be mailed. Codes of earlier mails die: only the newest code is looked for.
pub async fn insert_proof(tx: &mut Tx, mailed: &MailedProof) -> Result<()> {
    use email_verification::{ActiveModel, Column, Entity};
    let proof = &mailed.proof;
    if mailed.code.is_some() {
        outstanding(Entity::update_many(), proof.tenant, proof.user, mailed.purpose)
            .col_expr(Column::CodeDigest, Expr::value(None::<Vec<u8>>))
            .exec(tx.db())
            .await?;
    }
    let row = ActiveModel {
        id: Set(proof.id.uuid()),
        tenant_id: Set(proof.tenant.uuid()),
        user_id: Set(proof.user.uuid()),
        purpose: Set(mailed.purpose.name().to_owned()),
        email_canonical: Set(proof.email.clone()),
        link_digest: Set(mailed.token.digest().to_vec()),
        code_digest: Set(proof.code_digest.map(Digest::to_vec)),
        claimed_name: Set(proof.claim.as_ref().map(|claim| claim.name.clone())),
        claimed_hash: Set(proof.claim.as_ref().map(|claim| claim.hash.clone())),
        attempts: Set(0),
        created_at: Set(mailed.created_at),
        expires_at: Set(proof.expires_at),
        used_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// The proof that a link carries.
pub async fn find_proof(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    purpose: Purpose,
    token: &Secret,
) -> Result<Option<Proof>> {
    use email_verification::{Column, Entity};
    let row = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::LinkDigest.eq(token.digest().to_vec()))
        .filter(Column::Purpose.eq(purpose.name()))
        .one(db)
        .await?;
    Ok(row.map(noun))
}

/// Uses a link: of any number of callers one gets the proof.
pub async fn use_link(tx: &mut Tx, tenant: TenantId, purpose: Purpose, token: &Secret) -> Result<Option<Proof>> {
    use email_verification::{Column, Entity};
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(tx.now))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::LinkDigest.eq(token.digest().to_vec()))
        .filter(Column::Purpose.eq(purpose.name()))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(tx.now))
        .exec_with_returning(tx.db())
        .await?;
    Ok(used.into_iter().next().map(noun))
}

/// The proof whose code a person may type now, if any: the newest.
pub async fn newest_with_code(db: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<Option<ProofId>> {
    use email_verification::{Column, Entity};
    let row = Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::Purpose.eq(Purpose::VerifyEmail.name()))
        .filter(Column::UsedAt.is_null())
        .filter(Column::CodeDigest.is_not_null())
        .order_by_desc(Column::Id)
        .one(db)
        .await?;
    Ok(row.map(|row| row.id.into()))
}

/// Counts one try of a code and gives the proof to compare it with; none when it is used, too old or tried too often.
/// The try is counted before the code is compared, so that parallel tries have no more guesses than others.
pub async fn try_code(tx: &mut Tx, tenant: TenantId, proof: ProofId, most: u32) -> Result<Option<Proof>> {
    use email_verification::{Column, Entity};
    let tried = Entity::update_many()
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(proof.uuid()))
        .filter(Column::Attempts.lt(i32::try_from(most).unwrap_or(i32::MAX)))
        .filter(Column::CodeDigest.is_not_null())
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(tx.now))
        .exec_with_returning(tx.db())
        .await?;
    Ok(tried.into_iter().next().map(noun))
}

/// Marks every outstanding proof of one kind as used: one of them was, or the password they were about is gone.
pub async fn retire_proofs(tx: &mut Tx, tenant: TenantId, user: UserId, purpose: Purpose) -> Result<()> {
    use email_verification::{Column, Entity};
    outstanding(Entity::update_many(), tenant, user, purpose)
        .col_expr(Column::UsedAt, Expr::value(tx.now))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// How many registrations claimed a person's address that was not proved yet.
pub async fn claims(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<u64> {
    use email_verification::{Column, Entity};
    Ok(Entity::find()
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::ClaimedHash.is_not_null())
        .count(tx.db())
        .await?)
}

/// Forgets what registrations claimed: the address is proved, nothing can be claimed any more.
pub async fn forget_claims(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<()> {
    use email_verification::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::ClaimedName, Expr::value(None::<String>))
        .col_expr(Column::ClaimedHash, Expr::value(None::<String>))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::ClaimedHash.is_not_null())
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Takes a person's password away: only a reset lets them in again.
pub async fn remove_password(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<()> {
    credential_password::Entity::delete_many()
        .filter(credential_password::Column::TenantId.eq(tenant.uuid()))
        .filter(credential_password::Column::UserId.eq(user.uuid()))
        .exec(tx.db())
        .await?;
    Ok(())
}

fn outstanding<Q: QueryFilter>(query: Q, tenant: TenantId, user: UserId, purpose: Purpose) -> Q {
    use email_verification::Column;
    query
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::Purpose.eq(purpose.name()))
        .filter(Column::UsedAt.is_null())
}

fn noun(row: email_verification::Model) -> Proof {
    Proof {
        id: row.id.into(),
        tenant: row.tenant_id.into(),
        user: row.user_id.into(),
        email: row.email_canonical,
        code_digest: row.code_digest.as_deref().and_then(Digest::from_slice),
        claim: row.claimed_name.zip(row.claimed_hash).map(|(name, hash)| Claim { name, hash }),
        expires_at: row.expires_at,
        used_at: row.used_at,
    }
}
