//! `backchannel_ping`: clients that want to be told when somebody has decided.

use sea_orm::entity::prelude::*;

/// One call to one client about one request. It goes when the client took it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "backchannel_ping")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// Row of the request.
    pub request_id: Uuid,
    /// Row of the client.
    pub client_id: Uuid,
    /// What the client asks again with, and what it knows the call by: sealed.
    pub sealed: Vec<u8>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is due; not before somebody has decided. While a node calls, when another node may try.
    pub next_attempt_at: Option<DateTimeUtc>,
    /// When nobody can collect anything any more.
    pub expires_at: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
