//! Rows of `refresh_token_family`.

use entity::refresh_token_family::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Authentication, Family, Standing};
use crate::{
    app::Tx,
    domain::oauth::confirmation::Confirmation,
    kernel::{
        Fault, Result, Time,
        details::Details,
        id::{GrantId, TenantId},
        scope::Scopes,
        secret::Digest,
    },
    ports::db::LoneWrite,
};

/// The column `authentication`: the sign-in, and what else later tokens need of the request.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    authentication: Authentication,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    details: Details,
    #[serde(default, skip_serializing_if = "Confirmation::is_empty")]
    confirmation: Confirmation,
}

#[derive(FromQueryResult)]
struct WithStanding {
    #[sea_orm(nested)]
    family: Model,
    user_locked_at: Option<Time>,
    session_ended_at: Option<Time>,
    session_idle_expires_at: Option<Time>,
    session_expires_at: Option<Time>,
    epoch: Option<i32>,
}

/// A family, and whether those it depends on are alive at `now`: one round trip.
pub async fn find(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    id: GrantId,
    now: Time,
) -> Result<Option<(Family, Standing)>> {
    let sql = "SELECT f.*, u.locked_at AS user_locked_at, s.ended_at AS session_ended_at, \
                      s.idle_expires_at AS session_idle_expires_at, s.expires_at AS session_expires_at, k.epoch AS epoch \
               FROM refresh_token_family f \
               JOIN \"user\" u ON u.id = f.user_id \
               LEFT JOIN user_session s ON s.id = f.session_id \
               LEFT JOIN consent k ON k.tenant_id = f.tenant_id AND k.user_id = f.user_id AND k.client_id = f.client_id \
               WHERE f.tenant_id = $1 AND f.id = $2";
    let values = [tenant.uuid().into(), id.uuid().into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let Some(row) = WithStanding::find_by_statement(statement).one(db).await? else { return Ok(None) };
    let live = row.session_ended_at.is_none()
        && row.session_idle_expires_at.is_some_and(|end| end > now)
        && row.session_expires_at.is_some_and(|end| end > now);
    let standing = Standing {
        user_locked: row.user_locked_at.is_some(),
        session_live: row.family.session_id.is_some().then_some(live),
        epoch: row.epoch.unwrap_or_default().into(),
    };
    Ok(Some((noun(row.family)?, standing)))
}

/// Adds a family, unless it is there: a replay that was faster than the first use of its code has added it, to revoke it.
pub async fn insert(tx: &mut Tx, new: &Family) -> Result<()> {
    let row = ActiveModel {
        id: Set(new.id.uuid()),
        tenant_id: Set(new.tenant.uuid()),
        user_id: Set(new.user.uuid()),
        client_id: Set(new.client.map(|id| id.uuid())),
        session_id: Set(new.session.map(|id| id.uuid())),
        scope: Set(new.scope.to_string()),
        authentication: Set(kept(new, &new.confirmation)?),
        current_digest: Set(new.current.to_vec()),
        previous_digest: Set(new.previous.map(Digest::to_vec)),
        generation: Set(new.generation),
        replaced: Set(new.replaced),
        rotated_at: Set(new.rotated_at),
        created_at: Set(tx.now),
        idle_expires_at: Set(new.idle_expires_at),
        expires_at: Set(new.expires_at),
        revoked_at: Set(None),
        revoke_reason: Set(None),
    };
    let known = OnConflict::column(Column::Id).do_nothing().to_owned();
    Entity::insert(row).on_conflict(known).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// The column `authentication` of a family that is bound to this.
fn kept(family: &Family, confirmation: &Confirmation) -> Result<Value> {
    let kept = Kept {
        authentication: family.authentication.clone(),
        resources: family.resources.clone(),
        details: family.details.clone(),
        confirmation: confirmation.clone(),
    };
    serde_json::to_value(&kept).map_err(|error| Fault::broken_by("an authentication is not JSON", error).into())
}

/// Where a family goes next.
pub struct Next {
    /// The token that will be good.
    pub current: Digest,
    /// The token that was presented.
    pub previous: Digest,
    /// Whether the new one replaces a successor that never arrived.
    pub replaced: bool,
    /// When.
    pub at: Time,
    /// When it ends if not used before.
    pub idle_expires_at: Time,
    /// What it is bound to from now on, where it was bound to nothing.
    pub bound_to: Option<Confirmation>,
}

/// Moves a family on, if nobody else did since it was judged: one conditional statement, its own transaction.
pub async fn advance(db: LoneWrite, judged: &Family, next: &Next) -> Result<bool> {
    let mut update = Entity::update_many();
    if let Some(confirmation) = &next.bound_to {
        update = update.col_expr(Column::Authentication, Expr::value(kept(judged, confirmation)?));
    }
    let moved = update
        .col_expr(Column::CurrentDigest, Expr::value(next.current.to_vec()))
        .col_expr(Column::PreviousDigest, Expr::value(next.previous.to_vec()))
        .col_expr(Column::Replaced, Expr::value(next.replaced))
        .col_expr(Column::RotatedAt, Expr::value(next.at))
        .col_expr(Column::IdleExpiresAt, Expr::value(next.idle_expires_at))
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
        .filter(
            Condition::all()
                .add(Column::TenantId.eq(judged.tenant.uuid()))
                .add(Column::Id.eq(judged.id.uuid()))
                .add(Column::CurrentDigest.eq(judged.current.to_vec()))
                .add(Column::Generation.eq(judged.generation))
                .add(Column::RevokedAt.is_null()),
        )
        .exec(&*db)
        .await?;
    Ok(moved.rows_affected == 1)
}

/// Puts off the end of a family whose token was used and stays good, unless it is good no more.
pub async fn prolong(db: LoneWrite, judged: &Family, idle_expires_at: Time) -> Result<bool> {
    let prolonged = Entity::update_many()
        .col_expr(Column::IdleExpiresAt, Expr::value(idle_expires_at))
        .filter(
            Condition::all()
                .add(Column::TenantId.eq(judged.tenant.uuid()))
                .add(Column::Id.eq(judged.id.uuid()))
                .add(Column::CurrentDigest.eq(judged.current.to_vec()))
                .add(Column::RevokedAt.is_null()),
        )
        .exec(&*db)
        .await?;
    Ok(prolonged.rows_affected == 1)
}

/// Revokes a family; false where it was revoked before, or is none.
pub async fn revoke(tx: &mut Tx, tenant: TenantId, id: GrantId, reason: &str) -> Result<bool> {
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(tx.now))
        .col_expr(Column::RevokeReason, Expr::value(reason))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.db())
        .await?;
    Ok(revoked.rows_affected == 1)
}

fn noun(row: Model) -> Result<Family> {
    let broken = || Fault::broken(format!("refresh token family {} cannot be read", row.id));
    let kept: Kept = serde_json::from_value(row.authentication.clone()).map_err(|_| broken())?;
    Ok(Family {
        id: row.id.into(),
        tenant: row.tenant_id.into(),
        user: row.user_id.into(),
        client: row.client_id.map(Into::into),
        session: row.session_id.map(Into::into),
        scope: Scopes::parse(&row.scope).map_err(|_| broken())?,
        resources: kept.resources,
        details: kept.details,
        confirmation: kept.confirmation,
        authentication: kept.authentication,
        current: Digest::from_slice(&row.current_digest).ok_or_else(broken)?,
        previous: row.previous_digest.as_deref().and_then(Digest::from_slice),
        generation: row.generation,
        replaced: row.replaced,
        rotated_at: row.rotated_at,
        idle_expires_at: row.idle_expires_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
    })
}
