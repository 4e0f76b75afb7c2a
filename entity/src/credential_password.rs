//! `credential_password`: passwords.

use sea_orm::entity::prelude::*;

/// The password of one person.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "credential_password")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// PHC string (argon2id), or an imported argon2 or bcrypt hash until the next sign-in.
    pub hash: String,
    /// When the person last chose it.
    pub changed_at: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
