//! Rows of `user_activity`, for reading: they are written with the facts, in `app/transaction.rs`.

use entity::user_activity::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::ExprTrait};
use serde_json::Value;

use super::{Activity, activity::words};
use crate::kernel::{
    Result,
    id::{ActivityId, TenantId, UserId},
};

/// The facts that concern a person, newest first; `before` is the last of the page before.
pub async fn of_user(
    db: &impl ConnectionTrait,
    tenant: TenantId,
    user: UserId,
    before: Option<ActivityId>,
    limit: u64,
) -> Result<Vec<Activity>> {
    let own = Entity::find().filter(Column::TenantId.eq(tenant.uuid())).filter(Column::UserId.eq(user.uuid()));
    let mut page = own.clone();
    if let Some(before) = before {
        // By the instant first, for the index, and by the identifier among facts of one operation.
        let Some(last) = own.filter(Column::Id.eq(before.uuid())).one(db).await? else { return Ok(Vec::new()) };
        let same_instant = Column::At.eq(last.at).and(Column::Id.lt(last.id));
        page = page.filter(Column::At.lt(last.at).or(same_instant));
    }
    let rows = page.order_by_desc(Column::At).order_by_desc(Column::Id).limit(limit).all(db).await?;
    Ok(rows.into_iter().map(noun).collect())
}

fn noun(row: Model) -> Activity {
    Activity {
        id: row.id.into(),
        at: row.at,
        words: words(&row.name),
        name: row.name,
        actor: row.actor,
        client: row.client_id.map(Into::into),
        session: row.session_id.map(Into::into),
        address: row.address,
        device: row.device,
        request: row.request_id.into(),
        details: match row.details {
            Value::Object(details) => details,
            _ => serde_json::Map::new(),
        },
    }
}
