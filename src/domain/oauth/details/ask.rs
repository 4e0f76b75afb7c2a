//! What a client asks for (RFC 9396 §2, §5): of a type that is known and that it may use, as that type has it.

use serde_json::Value;
use url::Url;

use super::{Kinds, kinds::Kind};
use crate::{
    app::{Cx, Schemas},
    domain::{clients::Client, resources::details_type},
    kernel::{
        Code, Fault, Refusal, Result,
        details::{Detail, Details},
        text::unprintable,
    },
};

/// What follows from authorization details that are good.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The APIs that they are for, by URI: the request names them as `resource` would.
    pub resources: Vec<String>,
    /// Whether the person has to be asked each time.
    pub once: bool,
}

/// Reads the parameter `authorization_details` of a client.
///
/// # Errors
/// The refusal `invalid_authorization_details` where it is malformed, or has a type that the client may not use.
pub fn read(client: &Client, text: &str) -> Result<Details, Refusal> {
    let details = Details::parse(text).map_err(|why| refused(format!("authorization_details {why}")))?;
    let foreign = details.kinds().into_iter().find(|kind| !client.may_detail(kind)).map(shown);
    match foreign {
        Some(kind) => Err(refused(format!("the type {kind} is unknown, or not for this client"))),
        None => Ok(details),
    }
}

/// Judges every object by its type. Nothing is asked of the database where there are none.
///
/// # Errors
/// The refusal `invalid_authorization_details` (RFC 9396 §5): an unknown type, an unknown or missing member, a wrong value.
pub async fn judge(cx: &Cx, details: &Details) -> Result<Asked> {
    let kinds = Kinds::of(cx, details).await?;
    for detail in details.iter() {
        let kind = kinds.find(detail.kind());
        let kind = kind.ok_or_else(|| refused(format!("the type {} is unknown", shown(detail.kind()))))?;
        check(&cx.app.schemas, kind, detail)?;
    }
    Ok(follows(details, &kinds))
}

fn follows(details: &Details, kinds: &Kinds) -> Asked {
    let once = |detail: &Detail| kinds.find(detail.kind()).is_some_and(|kind| details_type::is_once(&kind.schema));
    Asked { resources: kinds.resources(), once: details.iter().any(once) }
}

/// Whether one object is as its type has it, and at its API.
fn check(schemas: &Schemas, kind: &Kind, detail: &Detail) -> Result<()> {
    let schema = schemas.of(&details_type::closed(&kind.name, &kind.schema));
    let schema = schema.map_err(|error| Fault::broken_by("a schema that was registered is none", error))?;
    if let Some((path, why)) = schema.misfit(&Value::Object(detail.members().clone())) {
        let place = if path.is_empty() { String::new() } else { format!(" at {}", shown(&path)) };
        return Err(refused(format!("{} is not as its type has it{place}: {why}", shown(&kind.name))).into());
    }
    if !locations(detail).all(|location| is_at(&kind.resource, location)) {
        let why = format!("{} has a location that is not at {}", shown(&kind.name), kind.resource);
        return Err(refused(why).into());
    }
    Ok(())
}

/// The texts of `locations` (RFC 9396 §2.2); what else may stand there, the schema decided.
fn locations(detail: &Detail) -> impl Iterator<Item = &str> {
    let list = detail.members().get("locations").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a location is an API's own or below it. A token for one API that speaks of another would be a promise that nobody keeps.
fn is_at(resource: &str, location: &str) -> bool {
    let below = |location: &str| {
        location
            .strip_prefix(resource)
            .is_some_and(|rest| rest.is_empty() || resource.ends_with('/') || rest.starts_with(['/', '?']))
    };
    // As it is written, and as it will be understood: dots lead elsewhere.
    below(location) && (location == resource || Url::parse(location).is_ok_and(|url| below(url.as_str())))
}

/// The refusal (RFC 9396 §5, §8).
pub(super) fn refused(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Code::InvalidAuthorizationDetails.because(why)
}

/// What a client sent, as far as it may stand in a description of its mistake.
fn shown(text: &str) -> String {
    text.chars().take(80).map(|c| if unprintable(c) { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::{
        domain::{
            clients::{TokenFormat, testing::client},
            resources::Resource,
        },
        kernel::{
            Clock, Error,
            id::{ResourceId, TenantId},
            scope::Scopes,
        },
    };

    fn resource(name: &str, types: &[(&str, Value)]) -> Resource {
        let now = Clock::System.now();
        Resource {
            id: ResourceId::fresh(),
            tenant: TenantId::fresh(),
            uri: format!("https://{name}.example.test/v1"),
            name: name.into(),
            scope: Scopes::default(),
            access_token_format: TokenFormat::Jwt,
            access_token_ttl: None,
            authorization_details_types: types
                .iter()
                .map(|(name, schema)| ((*name).into(), schema.clone()))
                .collect::<BTreeMap<_, _>>(),
            created_at: now,
            updated_at: now,
        }
    }

    fn details(value: Value) -> Details {
        Details::parse(&value.to_string()).unwrap()
    }

    #[test]
    fn a_client_uses_the_types_that_it_is_registered_for() {
        let mut shop = client();
        let text = r#"[{"type":"payment"},{"type":"account"}]"#;
        let code = |client: &Client, text: &str| read(client, text).map(drop).map_err(|refusal| refusal.code);
        shop.metadata.authorization_details_types = vec!["payment".into(), "account".into()];
        assert_eq!(code(&shop, text), Ok(()));
        shop.metadata.authorization_details_types = vec!["payment".into()];
        assert_eq!(code(&shop, text), Err(Code::InvalidAuthorizationDetails));
        assert_eq!(code(&shop, "{}"), Err(Code::InvalidAuthorizationDetails));
        assert_eq!(code(&client(), r#"[{"type":"payment"}]"#), Err(Code::InvalidAuthorizationDetails));
    }

    #[test]
    fn types_name_their_apis_and_say_whether_they_are_for_once() {
        let bank =
            resource("bank", &[("payment", json!({ "x-once": true })), ("account", json!({})), ("card", json!({}))]);
        let files = resource("files", &[("file", json!({}))]);
        let asked = |value: Value| {
            let details = details(value);
            follows(&details, &Kinds::among(&details, vec![bank.clone(), files.clone()]))
        };
        let both = asked(json!([{ "type": "account" }, { "type": "file" }, { "type": "card" }]));
        assert_eq!(both, Asked { resources: vec![bank.uri.clone(), files.uri.clone()], once: false });
        let pay = asked(json!([{ "type": "payment" }, { "type": "account" }]));
        assert_eq!(pay, Asked { resources: vec![bank.uri.clone()], once: true });
        assert_eq!(asked(json!([{ "type": "unknown" }])), Asked::default());
    }

    #[test]
    fn an_object_is_as_its_type_has_it_and_at_its_api() {
        let schema = json!({ "properties": { "amount": { "type": "string" }, "locations": { "type": "array" } }, "required": ["amount"] });
        let schemas = Schemas::default();
        let outcome = |object: Value| {
            let details = details(json!([object]));
            let kinds = Kinds::among(&details, vec![resource("bank", &[("payment", schema.clone())])]);
            match check(&schemas, kinds.find("payment").unwrap(), details.iter().next().unwrap()) {
                Ok(()) => String::new(),
                Err(Error::Refused(refusal)) => refusal.sentence.unwrap_or_default().into_owned(),
                Err(other) => panic!("{other:?}"),
            }
        };
        let bank = "https://bank.example.test/v1";
        assert_eq!(outcome(json!({ "type": "payment", "amount": "1" })), "");
        assert_eq!(
            outcome(json!({ "type": "payment", "amount": "1", "locations": [bank, format!("{bank}/payments")] })),
            ""
        );
        let odd = outcome(json!({ "type": "payment", "amount": { "secret": 7 } }));
        assert_eq!(odd, "payment is not as its type has it at /amount: the type is wrong");
        assert!(outcome(json!({ "type": "payment" })).ends_with("a member is missing"));
        assert!(outcome(json!({ "type": "payment", "amount": "1", "x": 1 })).ends_with("unknown"));
        let elsewhere = outcome(json!({ "type": "payment", "amount": "1", "locations": [bank, "https://evil.test"] }));
        assert!(elsewhere.contains("location"), "{elsewhere}");
    }

    #[test]
    fn a_location_is_the_api_or_below_it() {
        let bank = "https://bank.example.test/v1";
        for good in
            ["https://bank.example.test/v1", "https://bank.example.test/v1/a/b", "https://bank.example.test/v1?x=1"]
        {
            assert!(is_at(bank, good), "{good}");
        }
        for bad in [
            "https://bank.example.test",
            "https://bank.example.test/v11",
            "https://bank.example.test/v1/../v2",
            "https://bank.example.test/v1/%2e%2e/v2",
            "https://bank.example.test/v1/..\\v2",
            "http://bank.example.test/v1",
            "",
        ] {
            assert!(!is_at(bank, bad), "{bad}");
        }
        assert!(
            is_at("https://a.test/", "https://a.test/x")
                && is_at("urn:bank", "urn:bank")
                && !is_at("urn:bank", "urn:bank2")
        );
    }
}
