//! `session_client`: which clients had a session.

use sea_orm::entity::prelude::*;

/// One client that was answered in one session: it hears of the end.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session_client")]
pub struct Model {
    /// The session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: Uuid,
    /// Row of the client.
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// When it was first answered.
    pub created_at: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
