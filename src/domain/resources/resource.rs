//! A resource: an API, by the URI that names it in requests and in `aud`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::{
    domain::clients::{Client, TokenFormat},
    kernel::{
        Time,
        id::{ResourceId, TenantId},
        scope::Scopes,
    },
};

/// One registered API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// Identifier of the row.
    #[serde(skip)]
    pub id: ResourceId,
    /// The tenant.
    #[serde(skip)]
    pub tenant: TenantId,
    /// The resource indicator, compared byte for byte.
    pub uri: String,
    /// Its name.
    pub name: String,
    /// Scopes that mean something to it, and to nobody else.
    pub scope: Scopes,
    /// What its access tokens look like.
    pub access_token_format: TokenFormat,
    /// Their lifetime in seconds, where it differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_ttl: Option<u32>,
    /// The types of authorization details that mean something to it, and to nobody else (RFC 9396 §2.1): the JSON Schema of each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub authorization_details_types: BTreeMap<String, Value>,
    /// When it was registered.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

impl Resource {
    /// Whether a client may ask for tokens for it: it has a scope of its own that the client may have, or none at all.
    pub fn is_for(&self, client: &Client) -> bool {
        self.scope.is_empty() || !self.scope.intersection(&client.scope).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::clients::testing::client, kernel::Clock};

    #[test]
    fn a_client_asks_for_what_it_has_a_scope_of() {
        let now = Clock::System.now();
        let resource = |scope: &str| Resource {
            id: ResourceId::fresh(),
            tenant: TenantId::fresh(),
            uri: "https://orders.example.test".into(),
            name: "Orders".into(),
            scope: Scopes::parse(scope).unwrap(),
            access_token_format: TokenFormat::Jwt,
            access_token_ttl: None,
            authorization_details_types: BTreeMap::new(),
            created_at: now,
            updated_at: now,
        };
        let shop = Client { scope: Scopes::parse("openid orders:read").unwrap(), ..client() };
        assert!(resource("orders:read orders:write").is_for(&shop));
        assert!(resource("").is_for(&shop));
        assert!(!resource("orders:write").is_for(&shop));
    }
}
