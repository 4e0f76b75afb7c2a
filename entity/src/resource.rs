//! `resource`: APIs that access tokens are for.

use sea_orm::entity::prelude::*;

/// One registered API (RFC 8707).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "resource")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// The resource indicator: an absolute URI; unique per tenant.
    pub uri: String,
    /// Name that people see.
    pub name: String,
    /// Scopes of its own, space-separated.
    pub scope: String,
    /// `jwt` or `opaque`.
    pub access_token_format: String,
    /// Lifetime of access tokens for it in seconds, where it differs.
    pub access_token_ttl: Option<i32>,
    /// Its types of authorization details (RFC 9396): the JSON Schema of each by its name.
    pub details_types: Json,
    /// When it was registered.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
