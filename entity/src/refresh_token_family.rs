//! `refresh_token_family`: refresh tokens: one row per family.

use sea_orm::entity::prelude::*;

/// All refresh tokens of one grant, of which at most one is good.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token_family")]
pub struct Model {
    /// Identifier: the grant's (`gnt_…`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// Whose.
    pub user_id: Uuid,
    /// Row of the client; none for the first-party API.
    pub client_id: Option<Uuid>,
    /// The session it lives and dies with; none with `offline_access`.
    pub session_id: Option<Uuid>,
    /// What was granted.
    pub scope: String,
    /// `auth_time`, `amr` and the requested claims, for later tokens.
    pub authentication: Json,
    /// SHA-256 of the token that is good.
    pub current_digest: Vec<u8>,
    /// SHA-256 of the token that was rotated last.
    pub previous_digest: Option<Vec<u8>>,
    /// How often it was rotated.
    pub generation: i32,
    /// Whether the current token already replaces a lost successor.
    pub replaced: bool,
    /// When the current token was made.
    pub rotated_at: DateTimeUtc,
    /// When the grant was made.
    pub created_at: DateTimeUtc,
    /// When it ends if not used before.
    pub idle_expires_at: DateTimeUtc,
    /// When it ends in any case.
    pub expires_at: DateTimeUtc,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
    /// Why.
    pub revoke_reason: Option<String>,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
