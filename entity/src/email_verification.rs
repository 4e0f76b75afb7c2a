//! `email_verification`: proofs of an address that were sent out: verification and reset.

use sea_orm::entity::prelude::*;

/// One link (and code) that was sent to an address.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "email_verification")]
pub struct Model {
    /// Identifier (`prf_…`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// Whose address.
    pub user_id: Uuid,
    /// `verify_email` or `reset_password`.
    pub purpose: String,
    /// The address it proves; worthless once the person has another.
    pub email_canonical: String,
    /// SHA-256 of the link's token.
    pub link_digest: Vec<u8>,
    /// Keyed digest of the 6-digit code, where one was sent.
    pub code_digest: Option<Vec<u8>>,
    /// The name that whoever registered typed; dropped once the address is proved.
    pub claimed_name: Option<String>,
    /// The hash of the password that they typed; dropped once the address is proved.
    pub claimed_hash: Option<String>,
    /// Wrong codes so far.
    pub attempts: i32,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it becomes worthless.
    pub expires_at: DateTimeUtc,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
}

/// None: rows are joined by hand, where a query needs it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
