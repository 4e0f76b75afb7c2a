//! `client`: applications that sign their users in here.

use sea_orm::entity::prelude::*;

/// One client.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "client")]
pub struct Model {
    /// Identifier of the row (`cli_…`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// The public `client_id`; unique per tenant.
    pub client_id: String,
    /// Name that people see.
    pub name: String,
    /// `web` or `native` (OpenID Connect Registration §2).
    pub application_type: String,
    /// `token_endpoint_auth_method`.
    pub auth_method: String,
    /// Registered redirect URIs.
    pub redirect_uris: Json,
    /// Registered post-logout redirect URIs.
    pub post_logout_redirect_uris: Json,
    /// `grant_types` it may use.
    pub grants: Json,
    /// Scopes it may ask for.
    pub scope: String,
    /// Whether PKCE is demanded.
    pub pkce_required: bool,
    /// Whether consent is skipped.
    pub first_party: bool,
    /// Lifetime of its access tokens in seconds, where it differs.
    pub access_token_ttl: Option<i32>,
    /// Home page.
    pub client_uri: Option<String>,
    /// Logo.
    pub logo_uri: Option<String>,
    /// Privacy policy.
    pub policy_uri: Option<String>,
    /// Terms of service.
    pub tos_uri: Option<String>,
    /// Further metadata by its registered names (OpenID Connect Registration §2).
    pub metadata: Json,
    /// The person it acts for or who answers for it, where it is somebody's agent; it goes when they go.
    pub owner_id: Option<Uuid>,
    /// When it was registered.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
