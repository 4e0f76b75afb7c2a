//! Changing a resource. Its URI stays: tokens and consents name it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{CreateResource, Resource, list::unknown, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::clients::TokenFormat,
    kernel::{Event, Fact, Result},
};

/// Changes what is named and leaves the rest as it is.
#[derive(Debug, Clone, Default)]
pub struct UpdateResource {
    /// Its resource indicator.
    pub uri: String,
    /// Its name.
    pub name: Option<String>,
    /// Its own scopes, space-separated.
    pub scope: Option<String>,
    /// What its access tokens look like.
    pub access_token_format: Option<TokenFormat>,
    /// Their lifetime in seconds.
    pub access_token_ttl: Option<u32>,
    /// Types of authorization details that are added, or whose schema is replaced.
    pub authorization_details_types: BTreeMap<String, Value>,
    /// Types that it has no longer: what was granted of them is in no new token.
    pub without_authorization_details_types: Vec<String>,
}

impl Operation for UpdateResource {
    type Output = Resource;
    const NAME: &'static str = "resource.update";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Resource> {
        let all = store::list(cx.db().reader(), cx.tenant().id).await?;
        let present = all.iter().find(|resource| resource.uri == self.uri).cloned().ok_or_else(unknown)?;
        let asked = self.applied_to(&present).judge(cx.tenant(), &all, cx.now)?;
        let resource = Resource { id: present.id, created_at: present.created_at, ..asked };
        let tx = cx.begin().await?;
        if !store::update(tx, &resource).await? {
            return Err(unknown().into());
        }
        tx.record(Event::from(Fact::ResourceUpdated).with("uri", resource.uri.clone()));
        Ok(resource)
    }
}

impl UpdateResource {
    /// The registration that would make the resource as it is to be.
    fn applied_to(self, present: &Resource) -> CreateResource {
        let mut types = present.authorization_details_types.clone();
        types.retain(|name, _| !self.without_authorization_details_types.contains(name));
        types.extend(self.authorization_details_types);
        CreateResource {
            uri: self.uri,
            name: Some(self.name.unwrap_or_else(|| present.name.clone())),
            scope: self.scope.unwrap_or_else(|| present.scope.to_string()),
            access_token_format: self.access_token_format.unwrap_or(present.access_token_format),
            access_token_ttl: self.access_token_ttl.or(present.access_token_ttl),
            authorization_details_types: types,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::{
        Clock,
        id::{ResourceId, TenantId},
        scope::Scopes,
    };

    #[test]
    fn what_is_not_named_stays() {
        let now = Clock::System.now();
        let present = Resource {
            id: ResourceId::fresh(),
            tenant: TenantId::fresh(),
            uri: "https://bank.example.test".into(),
            name: "Bank".into(),
            scope: Scopes::parse("bank:read").unwrap(),
            access_token_format: TokenFormat::Opaque,
            access_token_ttl: Some(60),
            authorization_details_types: BTreeMap::from([("account".into(), json!({})), ("payment".into(), json!({}))]),
            created_at: now,
            updated_at: now,
        };
        let same = UpdateResource { uri: present.uri.clone(), ..UpdateResource::default() }.applied_to(&present);
        assert_eq!((same.name.as_deref(), same.scope.as_str()), (Some("Bank"), "bank:read"));
        assert_eq!((same.access_token_format, same.access_token_ttl), (TokenFormat::Opaque, Some(60)));
        assert_eq!(same.authorization_details_types, present.authorization_details_types);
        let other = UpdateResource {
            scope: Some(String::new()),
            authorization_details_types: BTreeMap::from([("payment".into(), json!({ "title": "Pay" }))]),
            without_authorization_details_types: vec!["account".into()],
            ..UpdateResource::default()
        };
        let other = other.applied_to(&present);
        assert_eq!(other.scope, "");
        assert_eq!(json!(other.authorization_details_types), json!({ "payment": { "title": "Pay" } }));
    }
}
