//! `outgoing_mail`: the mail queue.

use sea_orm::entity::prelude::*;

/// One mail.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outgoing_mail")]
pub struct Model {
    /// Identifier (`mal_…`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// The person it goes to, where there is one.
    pub user_id: Option<Uuid>,
    /// Name of the template.
    pub kind: String,
    /// The address.
    pub recipient: String,
    /// The letter, sealed (it holds links and codes); dropped once sent.
    pub sealed: Option<Vec<u8>>,
    /// `pending`, `sent`, `failed`, or `kept` in the development mailbox.
    pub state: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is due; while a node sends it, when another node may try.
    pub next_attempt_at: DateTimeUtc,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// When the mail server took it.
    pub sent_at: Option<DateTimeUtc>,
    /// What the mail server last said.
    pub last_error: Option<String>,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
