//! Rows of `client` and `client_secret`.

use entity::{client, client_secret};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    Statement, sea_query::Expr,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Client, GrantType, secrets::StoredSecret};
use crate::{
    app::Tx,
    kernel::{
        Fault, Result, Time,
        id::{ClientId, TenantId, UserId},
        scope::Scopes,
        secret::Digest,
    },
    ports::db::is_unique_violation,
};

/// The client with this public identifier.
pub async fn find(db: &impl ConnectionTrait, tenant: TenantId, client_id: &str) -> Result<Option<Client>> {
    let found = client::Entity::find()
        .filter(client::Column::TenantId.eq(tenant.uuid()))
        .filter(client::Column::ClientId.eq(client_id))
        .one(db)
        .await?;
    found.map(noun).transpose()
}

/// The client of this row.
pub async fn find_by_row(db: &impl ConnectionTrait, tenant: TenantId, id: ClientId) -> Result<Option<Client>> {
    let found =
        client::Entity::find_by_id(id.uuid()).filter(client::Column::TenantId.eq(tenant.uuid())).one(db).await?;
    found.map(noun).transpose()
}

/// The clients of these rows, in no order.
pub async fn find_by_rows(db: &impl ConnectionTrait, tenant: TenantId, ids: &[ClientId]) -> Result<Vec<Client>> {
    let found = client::Entity::find()
        .filter(client::Column::TenantId.eq(tenant.uuid()))
        .filter(client::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(db)
        .await?;
    found.into_iter().map(noun).collect()
}

/// What client authentication looks at.
#[derive(Debug, Clone)]
pub struct ToAuthenticate {
    /// The client.
    pub client: Client,
    /// Its secrets, expired ones too.
    pub secrets: Vec<StoredSecret>,
    /// When it was last used, if it registered itself.
    pub last_used_at: Option<Time>,
    /// Whether the person who answers for it is locked.
    pub owner_locked: bool,
}

#[derive(FromQueryResult)]
struct WithSecret {
    #[sea_orm(nested)]
    client: client::Model,
    secret_digest: Option<Vec<u8>>,
    secret_sealed: Option<Vec<u8>>,
    secret_expires_at: Option<Time>,
    last_used_at: Option<Time>,
    owner_locked_at: Option<Time>,
}

/// The client with this public identifier, and its secrets: one round trip.
pub async fn find_to_authenticate(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    client_id: &str,
) -> Result<Option<ToAuthenticate>> {
    let sql = "SELECT c.*, s.digest AS secret_digest, s.sealed AS secret_sealed, s.expires_at AS secret_expires_at, \
               r.last_used_at AS last_used_at, o.locked_at AS owner_locked_at \
               FROM client c LEFT JOIN client_secret s ON s.client_id = c.id \
               LEFT JOIN client_registration r ON r.client_id = c.id \
               LEFT JOIN \"user\" o ON o.id = c.owner_id \
               WHERE c.tenant_id = $1 AND c.client_id = $2";
    let values = [tenant.uuid().into(), client_id.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = WithSecret::find_by_statement(statement).all(db).await?;
    let secret = |row: &WithSecret| {
        Some(StoredSecret {
            digest: Digest::from_slice(row.secret_digest.as_deref()?)?,
            sealed: row.secret_sealed.clone(),
            expires_at: row.secret_expires_at,
        })
    };
    let secrets = rows.iter().filter_map(secret).collect();
    let first = rows.into_iter().next();
    first
        .map(|row| {
            let owner_locked = row.owner_locked_at.is_some();
            Ok(ToAuthenticate { client: noun(row.client)?, secrets, last_used_at: row.last_used_at, owner_locked })
        })
        .transpose()
}

/// Every client of a tenant, by name.
pub async fn list(db: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<Client>> {
    let rows = client::Entity::find()
        .filter(client::Column::TenantId.eq(tenant.uuid()))
        .order_by_asc(client::Column::Name)
        .order_by_asc(client::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(noun).collect()
}

/// The clients that a person answers for, by name.
pub async fn owned_by(db: &impl ConnectionTrait, tenant: TenantId, owner: UserId) -> Result<Vec<Client>> {
    let rows = client::Entity::find()
        .filter(client::Column::TenantId.eq(tenant.uuid()))
        .filter(client::Column::OwnerId.eq(owner.uuid()))
        .order_by_asc(client::Column::Name)
        .order_by_asc(client::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(noun).collect()
}

/// Adds a client; false where the identifier is taken.
pub async fn insert(tx: &mut Tx, new: &Client) -> Result<bool> {
    match client::Entity::insert(row(new)?).exec_without_returning(tx.db()).await {
        Ok(_) => Ok(true),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Writes everything that changed about a client; false where it is gone.
pub async fn update(tx: &mut Tx, changed: &Client) -> Result<bool> {
    let updated = client::Entity::update_many()
        .set(row(changed)?)
        .filter(client::Column::TenantId.eq(changed.tenant.uuid()))
        .filter(client::Column::Id.eq(changed.id.uuid()))
        .exec(tx.db())
        .await?;
    Ok(updated.rows_affected > 0)
}

fn row(new: &Client) -> Result<client::ActiveModel> {
    Ok(client::ActiveModel {
        id: Set(new.id.uuid()),
        tenant_id: Set(new.tenant.uuid()),
        client_id: Set(new.client_id.clone()),
        name: Set(new.client_name.clone()),
        application_type: Set(new.application_type.name().into()),
        auth_method: Set(new.token_endpoint_auth_method.name().into()),
        redirect_uris: Set(json(&new.redirect_uris)?),
        post_logout_redirect_uris: Set(json(&new.post_logout_redirect_uris)?),
        grants: Set(json(&new.grant_types)?),
        scope: Set(new.scope.to_string()),
        pkce_required: Set(new.pkce_required),
        first_party: Set(new.first_party),
        access_token_ttl: Set(new.access_token_ttl.and_then(|ttl| i32::try_from(ttl).ok())),
        client_uri: Set(new.client_uri.clone()),
        logo_uri: Set(new.logo_uri.clone()),
        policy_uri: Set(new.policy_uri.clone()),
        tos_uri: Set(new.tos_uri.clone()),
        metadata: Set(json(&new.metadata)?),
        owner_id: Set(new.owner.map(|owner| owner.uuid())),
        created_at: Set(new.created_at),
        updated_at: Set(new.updated_at),
    })
}

/// Adds a secret; `sealed` where the client's method needs the secret itself.
pub async fn insert_secret(tx: &mut Tx, client: &Client, digest: Digest, sealed: Option<Vec<u8>>) -> Result<()> {
    let row = client_secret::ActiveModel {
        id: Set(ClientId::fresh().uuid()),
        tenant_id: Set(client.tenant.uuid()),
        client_id: Set(client.id.uuid()),
        digest: Set(digest.to_vec()),
        sealed: Set(sealed),
        created_at: Set(tx.now),
        expires_at: Set(None),
    };
    client_secret::Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Lets every present secret expire at `at`, those that expire sooner as they are.
pub async fn expire_secrets(tx: &mut Tx, client: &Client, at: Time) -> Result<()> {
    client_secret::Entity::update_many()
        .col_expr(client_secret::Column::ExpiresAt, Expr::value(at))
        .filter(client_secret::Column::ClientId.eq(client.id.uuid()))
        .filter(
            Condition::any()
                .add(client_secret::Column::ExpiresAt.is_null())
                .add(client_secret::Column::ExpiresAt.gt(at)),
        )
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Removes a client with everything that belongs to it; false where there is none.
pub async fn delete(tx: &mut Tx, tenant: TenantId, id: ClientId) -> Result<bool> {
    let removed = client::Entity::delete_many()
        .filter(client::Column::TenantId.eq(tenant.uuid()))
        .filter(client::Column::Id.eq(id.uuid()))
        .exec(tx.db())
        .await?;
    Ok(removed.rows_affected > 0)
}

fn noun(row: client::Model) -> Result<Client> {
    let broken = |what: &str| Fault::broken(format!("client {}: {what} cannot be read", row.client_id));
    let grants: Vec<GrantType> = read(&row.grants).ok_or_else(|| broken("grants"))?;
    let metadata = read(&row.metadata).ok_or_else(|| broken("metadata"))?;
    Ok(Client {
        id: row.id.into(),
        tenant: row.tenant_id.into(),
        application_type: row.application_type.parse().map_err(|_| broken("application_type"))?,
        token_endpoint_auth_method: row.auth_method.parse().map_err(|_| broken("auth_method"))?,
        redirect_uris: read(&row.redirect_uris).ok_or_else(|| broken("redirect_uris"))?,
        post_logout_redirect_uris: read(&row.post_logout_redirect_uris)
            .ok_or_else(|| broken("post_logout_redirect_uris"))?,
        grant_types: grants,
        scope: Scopes::parse(&row.scope).map_err(|_| broken("scope"))?,
        client_id: row.client_id,
        client_name: row.name,
        pkce_required: row.pkce_required,
        first_party: row.first_party,
        access_token_ttl: row.access_token_ttl.and_then(|ttl| u32::try_from(ttl).ok()),
        client_uri: row.client_uri,
        logo_uri: row.logo_uri,
        policy_uri: row.policy_uri,
        tos_uri: row.tos_uri,
        owner: row.owner_id.map(Into::into),
        metadata,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Fault::broken_by("a column is not JSON", error).into())
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}
