//! `trusted_issuer`: other issuers whose word counts here.

use sea_orm::entity::prelude::*;

/// One registered issuer (RFC 7523 §3).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trusted_issuer")]
pub struct Model {
    /// Identifier (`iss_…`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// What `iss` says; unique per tenant.
    pub issuer: String,
    /// What its tokens are taken for.
    pub uses: Json,
    /// Its public keys.
    pub jwks: Option<Json>,
    /// Where they are.
    pub jwks_uri: Option<String>,
    /// What `aud` may say besides our own names.
    pub audiences: Json,
    /// `link`, `email` or `service`.
    pub subject_mapping: String,
    /// Clients that may redeem its assertions; any where empty.
    pub clients: Json,
    /// At most these scopes, space-separated.
    pub scope: String,
    /// Longest life of its tokens in seconds.
    pub max_lifetime: i32,
    /// When it was registered.
    pub created_at: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
