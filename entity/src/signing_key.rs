//! `signing_key`: signing keys, sealed with the master key.

use sea_orm::entity::prelude::*;

/// One key. Its place in life follows from the clock (`keys::Schedule`).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// RFC 7638 thumbprint; the `kid` in JWKS.
    pub kid: String,
    /// JOSE name of the algorithm.
    pub algorithm: String,
    /// The private key, sealed.
    pub sealed: Vec<u8>,
    /// Since when it is published.
    pub announced_at: DateTimeUtc,
    /// From when it signs.
    pub active_at: DateTimeUtc,
    /// From when it no longer signs.
    pub retiring_at: Option<DateTimeUtc>,
    /// From when it is no longer published.
    pub gone_at: Option<DateTimeUtc>,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
