//! `logout_notice`: the queue of back-channel logout notices.

use sea_orm::entity::prelude::*;

/// One notice to one client that one session is over.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "logout_notice")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// Row of the client.
    pub client_id: Uuid,
    /// Whose session.
    pub user_id: Uuid,
    /// Which session.
    pub session_id: Uuid,
    /// `pending`, `sent` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is due; while a node sends it, when another node may try.
    pub next_attempt_at: DateTimeUtc,
    /// When the session ended.
    pub created_at: DateTimeUtc,
    /// When the client took it.
    pub sent_at: Option<DateTimeUtc>,
    /// What last went wrong.
    pub last_error: Option<String>,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
