//! What a token depends on, read in one round trip.

use entity::user;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::standing::{Alive, Dependence, FamilyEnds, SessionEnds};
use crate::{
    domain::users,
    kernel::{Result, Time, id::TenantId},
};

#[derive(FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    user: user::Model,
    session_ended_at: Option<Time>,
    session_idle_expires_at: Option<Time>,
    session_expires_at: Option<Time>,
    family_id: Option<uuid::Uuid>,
    family_session_id: Option<uuid::Uuid>,
    family_revoked_at: Option<Time>,
    epoch: Option<i32>,
}

/// The person, the session's ends, the family's state and the consent's epoch.
pub async fn find_alive(db: &impl ConnectionTrait, tenant: TenantId, whose: Dependence<'_>) -> Result<Option<Alive>> {
    let sql = "SELECT u.*, s.ended_at AS session_ended_at, s.idle_expires_at AS session_idle_expires_at, \
                      s.expires_at AS session_expires_at, f.id AS family_id, f.session_id AS family_session_id, \
                      f.revoked_at AS family_revoked_at, k.epoch AS epoch \
               FROM \"user\" u \
               LEFT JOIN user_session s ON s.id = $3 AND s.user_id = u.id \
               LEFT JOIN refresh_token_family f ON f.id = $4 AND f.user_id = u.id \
               LEFT JOIN client c ON c.tenant_id = $1 AND c.client_id = $5 \
               LEFT JOIN consent k ON k.tenant_id = $1 AND k.user_id = u.id AND k.client_id = c.id \
               WHERE u.tenant_id = $1 AND u.id = $2";
    let values = [
        tenant.uuid().into(),
        whose.user.uuid().into(),
        whose.session.map(|id| id.uuid()).into(),
        whose.grant.map(|id| id.uuid()).into(),
        whose.client_id.into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let Some(row) = Row::find_by_statement(statement).one(db).await? else { return Ok(None) };
    let session = match (row.session_idle_expires_at, row.session_expires_at) {
        (Some(idle_expires_at), Some(expires_at)) => {
            Some(SessionEnds { ended_at: row.session_ended_at, idle_expires_at, expires_at })
        }
        _ => None,
    };
    Ok(Some(Alive {
        user: users::store::noun(row.user)?,
        session,
        family: row.family_id.map(|_| FamilyEnds {
            revoked: row.family_revoked_at.is_some(),
            outlives_session: row.family_session_id.is_none(),
        }),
        epoch: row.epoch.unwrap_or_default().into(),
    }))
}
