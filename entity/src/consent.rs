//! `consent`: what people allowed clients.

use sea_orm::entity::prelude::*;

/// What one person allows one client.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// Who allows.
    pub user_id: Uuid,
    /// Row of the client that may.
    pub client_id: Uuid,
    /// What: every scope allowed so far.
    pub scope: String,
    /// At which APIs, by URI: every one that was named so far.
    pub resources: Json,
    /// Which authorization details (RFC 9396), those that were allowed last.
    pub details: Json,
    /// How often the person took everything back: what was granted in an earlier epoch is dead.
    pub epoch: i32,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// When it last grew.
    pub updated_at: DateTimeUtc,
    /// When everything was taken back; nothing is allowed until the person is asked again.
    pub withdrawn_at: Option<DateTimeUtc>,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
