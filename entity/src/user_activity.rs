//! `user_activity`: the audit trail: one row per fact.

use sea_orm::entity::prelude::*;

/// One fact. Rows are written in the transaction that made them true and never changed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_activity")]
pub struct Model {
    /// Identifier (`act_…`); sorts by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// When.
    pub at: DateTimeUtc,
    /// What: a stable `noun.verbed` name.
    pub name: String,
    /// Who acted: `nobody`, `person`, `operator` or `job`.
    pub actor: String,
    /// Whom it concerns.
    pub user_id: Option<Uuid>,
    /// Which client it concerns.
    pub client_id: Option<Uuid>,
    /// Which session it concerns.
    pub session_id: Option<Uuid>,
    /// Network address of the caller.
    pub address: Option<String>,
    /// Device of the caller.
    pub device: Option<String>,
    /// The request in which it happened.
    pub request_id: Uuid,
    /// More; never secret.
    pub details: Json,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
