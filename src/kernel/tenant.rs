//! A tenant: one issuer, with its own people, clients and keys.

use super::id::TenantId;

/// The tenant at whose door a caller stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Identifier.
    pub id: TenantId,
    /// Short name.
    pub slug: String,
    /// What its paths begin with; empty for the tenant at the root.
    pub path: String,
    /// The issuer: what `iss` says, without a trailing slash (unless configured so).
    pub issuer: String,
    /// Name that people see.
    pub name: String,
}

impl Tenant {
    /// The absolute URL of a path of this tenant.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}
