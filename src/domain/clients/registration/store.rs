//! Rows of `client_registration` and `initial_access_token`.

use entity::{client, client_registration, initial_access_token};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{Expr, ExprTrait},
};

use super::{InitialToken, NOTED_EVERY};
use crate::{
    app::Tx,
    domain::clients::{Client, GrantType},
    kernel::{
        Result, Time,
        id::{ClientId, InitialTokenId, TenantId},
        secret::Digest,
    },
    ports::db::LoneWrite,
};

/// The digest of a client's registration access token; none where it did not register itself.
pub async fn token_of(db: &impl ConnectionTrait, client: ClientId) -> Result<Option<Digest>> {
    let found = client_registration::Entity::find_by_id(client.uuid()).one(db).await?;
    Ok(found.and_then(|row| Digest::from_slice(&row.token_digest)))
}

/// Notes that a client registered itself.
pub async fn insert(tx: &mut Tx, client: &Client, token: Digest) -> Result<()> {
    let row = client_registration::ActiveModel {
        client_id: Set(client.id.uuid()),
        tenant_id: Set(client.tenant.uuid()),
        token_digest: Set(token.to_vec()),
        created_at: Set(tx.now),
        last_used_at: Set(tx.now),
    };
    client_registration::Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Gives a client another registration access token; false where the old one is not the good one any more.
pub async fn replace_token(tx: &mut Tx, client: ClientId, old: Digest, new: Digest) -> Result<bool> {
    let updated = client_registration::Entity::update_many()
        .col_expr(client_registration::Column::TokenDigest, Expr::value(new.to_vec()))
        .filter(client_registration::Column::ClientId.eq(client.uuid()))
        .filter(client_registration::Column::TokenDigest.eq(old.to_vec()))
        .exec(tx.db())
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Notes that a client that registered itself was used.
pub async fn note_use(db: &impl ConnectionTrait, client: ClientId, now: Time) -> Result<()> {
    client_registration::Entity::update_many()
        .col_expr(client_registration::Column::LastUsedAt, Expr::value(now))
        .filter(client_registration::Column::ClientId.eq(client.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The same for a client that authenticates nowhere, because everything comes to it through the browser: noted with its answers,
/// once in so long. Without a registration nothing is written.
pub async fn note_answer(tx: &mut Tx, client: &Client) -> Result<()> {
    if !client.may(GrantType::Implicit) {
        return Ok(()); // it will come to the token endpoint
    }
    let last = client_registration::Column::LastUsedAt;
    client_registration::Entity::update_many()
        .col_expr(last, Expr::value(tx.now))
        .filter(client_registration::Column::ClientId.eq(client.id.uuid()))
        .filter(last.lt(tx.now - NOTED_EVERY))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// How many clients registered themselves.
pub async fn count(db: &impl ConnectionTrait, tenant: TenantId) -> Result<u64> {
    let mine = client_registration::Column::TenantId.eq(tenant.uuid());
    Ok(client_registration::Entity::find().filter(mine).count(db).await?)
}

/// Deletes up to `batch` clients that registered themselves and were last used before `before`; answers how many.
pub async fn delete_unused(db: LoneWrite, tenant: TenantId, before: Time, batch: u64) -> Result<u64> {
    let unused = client_registration::Entity::find()
        .select_only()
        .column(client_registration::Column::ClientId)
        .filter(client_registration::Column::TenantId.eq(tenant.uuid()))
        .filter(client_registration::Column::LastUsedAt.lt(before))
        .limit(batch)
        .into_query();
    let deleted = client::Entity::delete_many().filter(client::Column::Id.in_subquery(unused)).exec(&*db).await?;
    Ok(deleted.rows_affected)
}

/// Adds an initial access token.
pub async fn insert_initial(tx: &mut Tx, tenant: TenantId, new: &InitialToken, digest: Digest) -> Result<()> {
    let row = initial_access_token::ActiveModel {
        id: Set(new.id.uuid()),
        tenant_id: Set(tenant.uuid()),
        digest: Set(digest.to_vec()),
        uses_left: Set(new.uses_left.and_then(|uses| i32::try_from(uses).ok())),
        created_at: Set(new.created_at),
        expires_at: Set(new.expires_at),
    };
    initial_access_token::Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

fn good(tenant: TenantId, digest: Digest, now: Time) -> Condition {
    use initial_access_token::Column::{Digest, ExpiresAt, TenantId, UsesLeft};
    Condition::all()
        .add(TenantId.eq(tenant.uuid()))
        .add(Digest.eq(digest.to_vec()))
        .add(Condition::any().add(UsesLeft.is_null()).add(UsesLeft.gt(0)))
        .add(Condition::any().add(ExpiresAt.is_null()).add(ExpiresAt.gt(now)))
}

/// Whether an initial access token is good.
pub async fn is_good(db: &impl ConnectionTrait, tenant: TenantId, digest: Digest, now: Time) -> Result<bool> {
    Ok(initial_access_token::Entity::find().filter(good(tenant, digest, now)).one(db).await?.is_some())
}

/// Uses an initial access token once; false where it is not good any more.
pub async fn spend_initial(tx: &mut Tx, tenant: TenantId, digest: Digest) -> Result<bool> {
    let left = initial_access_token::Column::UsesLeft;
    let updated = initial_access_token::Entity::update_many()
        .col_expr(left, Expr::col(left).sub(1))
        .filter(good(tenant, digest, tx.now))
        .exec(tx.db())
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Every initial access token, the newest first.
pub async fn list_initial(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<InitialToken>> {
    let rows = initial_access_token::Entity::find()
        .filter(initial_access_token::Column::TenantId.eq(tenant.uuid()))
        .order_by_desc(initial_access_token::Column::CreatedAt)
        .all(db)
        .await?;
    let noun = |row: initial_access_token::Model| InitialToken {
        id: row.id.into(),
        uses_left: row.uses_left.map(|uses| u32::try_from(uses).unwrap_or_default()),
        created_at: row.created_at,
        expires_at: row.expires_at,
    };
    Ok(rows.into_iter().map(noun).collect())
}

/// Deletes an initial access token; false where there is none.
pub async fn delete_initial(tx: &mut Tx, tenant: TenantId, id: InitialTokenId) -> Result<bool> {
    let deleted = initial_access_token::Entity::delete_many()
        .filter(initial_access_token::Column::TenantId.eq(tenant.uuid()))
        .filter(initial_access_token::Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    Ok(deleted.rows_affected > 0)
}
