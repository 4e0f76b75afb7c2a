//! `decoupled_request`: requests that a person decides on another device than the one that asked.

use sea_orm::entity::prelude::*;

/// One request, and what became of it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decoupled_request")]
pub struct Model {
    /// Identifier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// How it was asked: `device` or `backchannel`.
    pub kind: String,
    /// Digest of what the client asks again with.
    pub handle_digest: Vec<u8>,
    /// Keyed digest of what the person types, where there is something to type.
    pub user_code_digest: Option<Vec<u8>>,
    /// Row of the client that asks.
    pub client_id: Uuid,
    /// Who is asked, where the client said so; then who decided.
    pub user_id: Option<Uuid>,
    /// `pending`, `allowed`, `denied` or `spent`.
    pub state: String,
    /// What is asked for.
    pub scope: String,
    /// What access tokens are to be for, where the request came from, and what the client says to the person.
    pub details: Json,
    /// The sign-in of whoever allowed it.
    pub authentication: Option<Json>,
    /// When it was asked.
    pub created_at: DateTimeUtc,
    /// Until when it can be decided and collected.
    pub expires_at: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
