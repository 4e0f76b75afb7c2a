//! Registering a resource.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Resource, details_type, store, uri};
use crate::{
    app::{Cx, Guard, Operation},
    domain::clients::TokenFormat,
    kernel::{
        Code, Event, Fact, Refusal, Result, Tenant, Time, id::ResourceId, refusal::Findings, scope::Scopes, text,
    },
};

/// Scopes that mean something to the issuer itself (OpenID Connect Core §5.4, §11): no API can have them for its own.
const OF_THE_ISSUER: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

/// Most types of authorization details that one resource has.
const MOST_TYPES: usize = 50;

/// Registers a resource.
#[derive(Debug, Clone)]
pub struct CreateResource {
    /// The resource indicator: what clients name, and what tokens have in `aud`.
    pub uri: String,
    /// Its name; the URI where there is none.
    pub name: Option<String>,
    /// Its own scopes, space-separated.
    pub scope: String,
    /// What its access tokens look like.
    pub access_token_format: TokenFormat,
    /// Their lifetime in seconds, where it differs from the client's.
    pub access_token_ttl: Option<u32>,
    /// Its types of authorization details: the JSON Schema of each.
    pub authorization_details_types: BTreeMap<String, Value>,
}

impl Operation for CreateResource {
    type Output = Resource;
    const NAME: &'static str = "resource.create";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Resource> {
        let others = store::list(cx.db().reader(), cx.tenant().id).await?;
        let resource = self.judge(cx.tenant(), &others, cx.now)?;
        let tx = cx.begin().await?;
        if !store::insert(tx, &resource).await? {
            return Err(taken().into());
        }
        tx.record(Event::from(Fact::ResourceCreated).with("uri", resource.uri.clone()));
        Ok(resource)
    }
}

impl CreateResource {
    /// Everything that is wrong with the registration, or the resource it describes.
    pub(super) fn judge(self, tenant: &Tenant, others: &[Resource], now: Time) -> Result<Resource, Refusal> {
        let mut findings = Findings::default();
        findings.keep("uri", "invalid", uri::check_registration(&self.uri, &tenant.issuer));
        let name = findings.keep("name", "invalid", text::line(self.name.as_deref().unwrap_or(&self.uri), 500));
        let scope = findings.keep("scope", "invalid", Scopes::parse(&self.scope));
        for token in scope.iter().flat_map(Scopes::iter) {
            if OF_THE_ISSUER.contains(&token) {
                findings.note("scope", "invalid", format!("{token} belongs to the issuer itself"));
            }
            if let Some(owner) = others.iter().find(|other| other.uri != self.uri && other.scope.has(token)) {
                findings.note("scope", "taken", format!("{token} belongs to {} already", owner.uri));
            }
        }
        if self.access_token_ttl.is_some_and(|ttl| !(10..=86_400).contains(&ttl)) {
            findings.note("access_token_ttl", "invalid", "must be 10 to 86400 seconds");
        }
        self.judge_types(others, &mut findings);
        if let Some(refusal) = findings.refusal() {
            return Err(Refusal { sentence: Some("The resource cannot be registered like this.".into()), ..refusal });
        }
        let (Some(name), Some(scope)) = (name, scope) else { return Err(Code::InvalidInput.into()) };
        Ok(Resource {
            id: ResourceId::fresh(),
            tenant: tenant.id,
            uri: self.uri,
            name,
            scope,
            access_token_format: self.access_token_format,
            access_token_ttl: self.access_token_ttl,
            authorization_details_types: self.authorization_details_types,
            created_at: now,
            updated_at: now,
        })
    }

    fn judge_types(&self, others: &[Resource], findings: &mut Findings) {
        const FIELD: &str = "authorization_details_types";
        if self.authorization_details_types.len() > MOST_TYPES {
            findings.note(FIELD, "invalid", "are more than 50");
        }
        for (name, schema) in &self.authorization_details_types {
            if let Err(why) = details_type::check_name(name) {
                findings.note(FIELD, "invalid", format!("{name:?}: {why}"));
            }
            if let Err(why) = details_type::check_schema(name, schema) {
                findings.note(FIELD, "invalid", format!("{name}: the schema {why}"));
            }
            let has = |other: &&Resource| other.uri != self.uri && other.authorization_details_types.contains_key(name);
            if let Some(owner) = others.iter().find(has) {
                findings.note(FIELD, "taken", format!("{name} belongs to {} already", owner.uri));
            }
        }
    }
}

fn taken() -> Refusal {
    Code::Conflict.because("A resource with this URI exists.").at("uri", "taken", "exists already")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::{Clock, id::TenantId};

    fn tenant() -> Tenant {
        Tenant {
            id: TenantId::fresh(),
            slug: "default".into(),
            path: String::new(),
            issuer: "https://id.example.test".into(),
            name: "Default".into(),
        }
    }

    fn judged(uri: &str, scope: &str, ttl: Option<u32>, others: &[Resource]) -> Result<Resource, Vec<&'static str>> {
        let create = CreateResource {
            uri: uri.into(),
            name: None,
            scope: scope.into(),
            access_token_format: TokenFormat::Jwt,
            access_token_ttl: ttl,
            authorization_details_types: BTreeMap::new(),
        };
        let judged = create.judge(&tenant(), others, Clock::System.now());
        judged.map_err(|refusal| refusal.fields.iter().map(|field| field.field).collect())
    }

    #[test]
    fn a_resource_has_a_name_and_scopes_of_its_own() {
        let orders = judged("https://orders.example.test", "orders:read orders:write", Some(60), &[]).unwrap();
        assert_eq!(orders.name, "https://orders.example.test");
        let stock = judged("https://stock.example.test", "stock:read", None, std::slice::from_ref(&orders));
        assert_eq!(stock.unwrap().scope.to_string(), "stock:read");
        let same = judged("https://stock.example.test", "orders:read", None, &[orders]);
        assert_eq!(same, Err(vec!["scope"]));
    }

    #[test]
    fn a_type_has_a_schema_and_one_owner() {
        let typed = |uri: &str, name: &str, schema: Value, others: &[Resource]| {
            let create = CreateResource {
                uri: uri.into(),
                name: None,
                scope: String::new(),
                access_token_format: TokenFormat::Jwt,
                access_token_ttl: None,
                authorization_details_types: BTreeMap::from([(name.to_owned(), schema)]),
            };
            let judged = create.judge(&tenant(), others, Clock::System.now());
            judged.map_err(|refusal| refusal.fields.iter().map(|field| field.code).collect::<Vec<_>>())
        };
        let bank = typed("https://bank.example.test", "payment", json!({}), &[]).unwrap();
        let taken = typed("https://shop.example.test", "payment", json!({}), std::slice::from_ref(&bank));
        assert_eq!(taken, Err(vec!["taken"]));
        assert!(typed("https://bank.example.test", "payment", json!({}), &[bank]).is_ok(), "its own");
        assert_eq!(typed("https://bank.example.test", "a b", json!({}), &[]), Err(vec!["invalid"]));
        assert_eq!(typed("https://bank.example.test", "a", json!([]), &[]), Err(vec!["invalid"]));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        assert_eq!(
            judged("https://id.example.test/api/v1", "openid", Some(1), &[]),
            Err(vec!["uri", "scope", "access_token_ttl"])
        );
        assert_eq!(judged("orders", "a\"b", None, &[]), Err(vec!["uri", "scope"]));
    }
}
