//! `tenant`: tenants: one issuer each.

use sea_orm::entity::prelude::*;

/// One tenant; the one with the empty path lives at the root issuer.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub struct Model {
    /// Identifier (`ten_…`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Short name, unique in the installation.
    pub slug: String,
    /// What follows the configured issuer in this tenant's issuer; empty for the default tenant.
    pub path: String,
    /// Name that people see.
    pub name: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
