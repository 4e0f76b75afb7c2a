//! `user`: people.

use sea_orm::entity::prelude::*;

/// One person of one tenant.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// Identifier (`usr_…`), the `sub` of their tokens; never reassigned.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// Address as typed.
    pub email: String,
    /// Address in the form that is compared; unique per tenant.
    pub email_canonical: String,
    /// When the person proved that the address is theirs.
    pub email_verified_at: Option<DateTimeUtc>,
    /// Full name.
    pub name: String,
    /// Further standard claims by their OpenID Connect names (Core §5.1).
    pub claims: Json,
    /// Whether the person may administer the tenant.
    pub admin: bool,
    /// Since when the person is locked out.
    pub locked_at: Option<DateTimeUtc>,
    /// When the account was made.
    pub created_at: DateTimeUtc,
    /// When the profile last changed (`updated_at` claim).
    pub updated_at: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
