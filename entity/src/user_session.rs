//! `user_session`: tracked sessions.

use sea_orm::entity::prelude::*;

/// One device that is or was signed in.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_session")]
pub struct Model {
    /// Identifier (`ses_…`), the `sid` of its tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// Whose.
    pub user_id: Uuid,
    /// `browser` (a cookie) or `api` (a refresh token).
    pub kind: String,
    /// SHA-256 of the cookie's value; none for API sessions.
    pub secret_digest: Option<Vec<u8>>,
    /// The device as people know it: "Firefox on Linux".
    pub device_name: String,
    /// The `User-Agent` at sign-in.
    pub user_agent: Option<String>,
    /// The network address at sign-in.
    pub address: Option<String>,
    /// How the person proved who they are (`amr`).
    pub methods: Json,
    /// When they last did (`auth_time`).
    pub authenticated_at: DateTimeUtc,
    /// When the session began.
    pub created_at: DateTimeUtc,
    /// When it was last used, give or take `sessions.touch_every`.
    pub last_seen_at: DateTimeUtc,
    /// When it ends if not used before.
    pub idle_expires_at: DateTimeUtc,
    /// When it ends in any case.
    pub expires_at: DateTimeUtc,
    /// When it was ended.
    pub ended_at: Option<DateTimeUtc>,
    /// Why.
    pub end_reason: Option<String>,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
