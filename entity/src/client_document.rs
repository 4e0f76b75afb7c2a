//! `client_document`: clients that are known by the address of their own description.

use sea_orm::entity::prelude::*;

/// What is kept of a client ID metadata document besides the client that it describes.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client_document")]
pub struct Model {
    /// Row of the client.
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// When the document was last read; nobody has used the client for long where that is long ago.
    pub fetched_at: DateTimeUtc,
    /// Until when what was read counts without asking again.
    pub fresh_until: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
