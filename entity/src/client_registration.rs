//! `client_registration`: clients that registered themselves.

use sea_orm::entity::prelude::*;

/// What is kept of a client that registered itself (RFC 7591, RFC 7592).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client_registration")]
pub struct Model {
    /// Row of the client.
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// SHA-256 of the registration access token.
    pub token_digest: Vec<u8>,
    /// When it registered.
    pub created_at: DateTimeUtc,
    /// When it last authenticated, within a day; unused ones are swept.
    pub last_used_at: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
