//! `client_secret`: secrets of confidential clients.

use sea_orm::entity::prelude::*;

/// One secret; a rotation leaves the old one valid for a while.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client_secret")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// Row of the client.
    pub client_id: Uuid,
    /// SHA-256 of the secret.
    pub digest: Vec<u8>,
    /// The secret itself, sealed: only for `client_secret_jwt`, whose MAC needs it.
    pub sealed: Option<Vec<u8>>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it stops being accepted.
    pub expires_at: Option<DateTimeUtc>,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
