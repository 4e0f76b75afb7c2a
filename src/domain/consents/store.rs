//! Rows of `consent`, and what of `refresh_token_family` and `user_activity` belongs to them.

use std::collections::HashMap;

use entity::{consent, refresh_token_family, user_activity};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Consent, Epoch, Held,
    allowed::{InUse, Row},
};
use crate::{
    app::Tx,
    kernel::{
        Fact, Fault, Result, Time,
        details::Details,
        id::{ClientId, TenantId, UserId},
        scope::Scopes,
    },
};

/// How a person stands with a client.
pub async fn find(db: &impl ConnectionTrait, tenant: TenantId, user: UserId, client: ClientId) -> Result<Held> {
    let row = consent::Entity::find().filter(of(tenant, user, client)).one(db).await?;
    let row = row.map(noun).transpose()?;
    Ok(row.map_or_else(Held::default, |row| Held { consent: row.consent, epoch: row.epoch }))
}

/// Most rows of each kind that are read for one person's list.
const MOST: u64 = 1000;

/// Everything that a person allowed or took back.
pub(super) async fn of_person(db: &impl ConnectionTrait, tenant: TenantId, user: UserId) -> Result<Vec<Row>> {
    let rows = consent::Entity::find()
        .filter(consent::Column::TenantId.eq(tenant.uuid()))
        .filter(consent::Column::UserId.eq(user.uuid()))
        .order_by_desc(consent::Column::UpdatedAt)
        .limit(MOST)
        .all(db)
        .await?;
    rows.into_iter().map(noun).collect()
}

/// A person's refresh tokens that are good at `now`, their epoch aside.
pub(super) async fn in_use(db: &impl ConnectionTrait, tenant: TenantId, user: UserId, now: Time) -> Result<Vec<InUse>> {
    let sql = "SELECT f.* FROM refresh_token_family f \
               LEFT JOIN user_session s ON s.id = f.session_id \
               WHERE f.tenant_id = $1 AND f.user_id = $2 AND f.client_id IS NOT NULL AND f.revoked_at IS NULL \
                 AND f.idle_expires_at > $3 AND f.expires_at > $3 \
                 AND (f.session_id IS NULL \
                      OR (s.ended_at IS NULL AND s.idle_expires_at > $3 AND s.expires_at > $3)) \
               ORDER BY f.rotated_at DESC LIMIT $4";
    let values = [tenant.uuid().into(), user.uuid().into(), now.into(), MOST.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = refresh_token_family::Model::find_by_statement(statement).all(db).await?;
    rows.into_iter().filter_map(|row| row.client_id.map(|client| used(client.into(), row))).collect()
}

/// What is read here of the column `authentication`, which `oauth::refresh` writes.
#[derive(Deserialize)]
struct Kept {
    #[serde(default)]
    epoch: Epoch,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    details: Details,
}

fn used(client: ClientId, row: refresh_token_family::Model) -> Result<InUse> {
    let broken = || Fault::broken(format!("refresh token family {} cannot be read", row.id));
    let kept: Kept = serde_json::from_value(row.authentication.clone()).map_err(|_| broken())?;
    Ok(InUse {
        client,
        scope: Scopes::parse(&row.scope).map_err(|_| broken())?,
        resources: kept.resources,
        details: kept.details,
        epoch: kept.epoch,
        while_away: row.session_id.is_none(),
        since: row.created_at,
        last_used_at: row.rotated_at,
    })
}

/// When each client last got an answer about a person: the trail remembers it, so no row is written for it.
pub(super) async fn last_asked(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
) -> Result<HashMap<ClientId, Time>> {
    use user_activity::{Column, Entity};
    let rows: Vec<(Uuid, Time)> = Entity::find()
        .select_only()
        .column(Column::ClientId)
        .column_as(Column::At.max(), "at")
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::Name.eq(Fact::AuthorizationGranted.name()))
        .filter(Column::ClientId.is_not_null())
        .group_by(Column::ClientId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(client, at)| (client.into(), at)).collect())
}

/// Stores what is allowed now. False where the person took everything back since `judged` was read: a page that was opened
/// before does not bring anything back to life.
pub async fn allow(
    tx: &mut Tx,
    (tenant, user, client): (TenantId, UserId, ClientId),
    judged: Epoch,
    consent: &Consent,
) -> Result<bool> {
    use consent::Column;
    let row = consent::ActiveModel {
        id: Set(Uuid::now_v7()),
        tenant_id: Set(tenant.uuid()),
        user_id: Set(user.uuid()),
        client_id: Set(client.uuid()),
        scope: Set(consent.scope.to_string()),
        resources: Set(consent.resources.clone().into()),
        details: Set(json(&consent.details)?),
        epoch: Set(judged.number()),
        created_at: Set(consent.since),
        updated_at: Set(tx.now),
        withdrawn_at: Set(None),
    };
    let renewed =
        [Column::Scope, Column::Resources, Column::Details, Column::CreatedAt, Column::UpdatedAt, Column::WithdrawnAt];
    let conflict = OnConflict::columns(KEY)
        .update_columns(renewed)
        .action_and_where(Expr::col((consent::Entity, Column::Epoch)).eq(judged.number()))
        .to_owned();
    let stored = consent::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.db()).await?;
    Ok(stored == 1)
}

const KEY: [consent::Column; 3] = [consent::Column::TenantId, consent::Column::UserId, consent::Column::ClientId];

/// Takes back what a person allowed a client, and begins an epoch; false where that was nothing.
pub(super) async fn withdraw(tx: &mut Tx, tenant: TenantId, user: UserId, client: ClientId) -> Result<bool> {
    use consent::Column;
    let taken = consent::Entity::update_many()
        .col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1))
        .col_expr(Column::WithdrawnAt, Expr::value(tx.now))
        .filter(of(tenant, user, client))
        .filter(Column::WithdrawnAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(taken.rows_affected > 0)
}

/// Begins an epoch for a client that is allowed nothing.
pub(super) async fn begin_epoch(tx: &mut Tx, tenant: TenantId, user: UserId, client: ClientId) -> Result<()> {
    use consent::Column;
    let row = consent::ActiveModel {
        id: Set(Uuid::now_v7()),
        tenant_id: Set(tenant.uuid()),
        user_id: Set(user.uuid()),
        client_id: Set(client.uuid()),
        scope: Set(String::new()),
        resources: Set(Vec::<String>::new().into()),
        details: Set(json(&Details::default())?),
        epoch: Set(1),
        created_at: Set(tx.now),
        updated_at: Set(tx.now),
        withdrawn_at: Set(Some(tx.now)),
    };
    let next = Expr::col((consent::Entity, Column::Epoch)).add(1);
    let conflict = OnConflict::columns(KEY).value(Column::Epoch, next).update_column(Column::WithdrawnAt).to_owned();
    consent::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.db()).await?;
    Ok(())
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

fn json(details: &Details) -> Result<serde_json::Value> {
    Ok(serde_json::to_value(details).map_err(|error| Fault::broken_by("authorization details are not JSON", error))?)
}

fn of(tenant: TenantId, user: UserId, client: ClientId) -> Condition {
    Condition::all()
        .add(consent::Column::TenantId.eq(tenant.uuid()))
        .add(consent::Column::UserId.eq(user.uuid()))
        .add(consent::Column::ClientId.eq(client.uuid()))
}

fn noun(row: consent::Model) -> Result<Row> {
    let broken = || Fault::broken(format!("consent {} cannot be read", row.id));
    let consent = Consent {
        scope: Scopes::parse(&row.scope).map_err(|_| broken())?,
        resources: serde_json::from_value(row.resources.clone()).map_err(|_| broken())?,
        details: serde_json::from_value(row.details.clone()).map_err(|_| broken())?,
        since: row.created_at,
    };
    Ok(Row {
        client: row.client_id.into(),
        consent: row.withdrawn_at.is_none().then_some(consent),
        epoch: row.epoch.into(),
    })
}
