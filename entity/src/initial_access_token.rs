//! `initial_access_token`: tokens that allow registering a client.

use sea_orm::entity::prelude::*;

/// One initial access token (RFC 7591 §3).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "initial_access_token")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// SHA-256 of the token.
    pub digest: Vec<u8>,
    /// How many clients it may still register; none: any number.
    pub uses_left: Option<i32>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it becomes worthless.
    pub expires_at: Option<DateTimeUtc>,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
