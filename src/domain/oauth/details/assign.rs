//! What of a grant's authorization details a token gets (RFC 9396 §6, §7, §9.1): never more, and only what its audience understands.

use super::{Kinds, ask::refused};
use crate::{
    domain::clients::Client,
    kernel::{
        Event, Refusal,
        details::{Detail, Details},
    },
};

/// The details of the next token: those that the request names, or all. What was granted of a type that is no longer registered, or
/// not for this client any more, is left out.
///
/// # Errors
/// The refusal `invalid_authorization_details` where something is named that was not granted, or cannot be given any more.
pub fn assigned(
    client: &Client,
    kinds: &Kinds,
    granted: &Details,
    wanted: Option<&Details>,
) -> Result<Details, Refusal> {
    let granted = usable(client, kinds, granted);
    match wanted {
        None => Ok(granted),
        Some(wanted) if wanted.within(&granted) => Ok(wanted.clone()),
        Some(_) => Err(refused("the authorization details are more than was granted, or others")),
    }
}

/// Those that can be given still: of a type that is registered, and that the client may use.
pub fn usable(client: &Client, kinds: &Kinds, granted: &Details) -> Details {
    granted.only(|detail: &Detail| client.may_detail(detail.kind()) && kinds.find(detail.kind()).is_some())
}

/// What is remembered of them in a fact: the types. What they say is nobody's business but the API's.
pub fn noted(fact: Event, details: &Details) -> Event {
    match details.is_empty() {
        true => fact,
        false => fact.with("authorization_details_types", details.kinds().into_iter().collect::<Vec<_>>()),
    }
}

/// Those that this audience understands.
pub fn at(details: &Details, kinds: &Kinds, audience: &[String]) -> Details {
    details.only(|detail| kinds.find(detail.kind()).is_some_and(|kind| audience.contains(&kind.resource)))
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
            Clock, Code,
            id::{ResourceId, TenantId},
            scope::Scopes,
        },
    };

    fn details(kinds: &[&str]) -> Details {
        let objects: Vec<_> = kinds.iter().map(|kind| json!({ "type": kind })).collect();
        Details::parse(&json!(objects).to_string()).unwrap()
    }

    fn resource(name: &str, types: &[&str]) -> Resource {
        let now = Clock::System.now();
        Resource {
            id: ResourceId::fresh(),
            tenant: TenantId::fresh(),
            uri: name.into(),
            name: name.into(),
            scope: Scopes::default(),
            access_token_format: TokenFormat::Jwt,
            access_token_ttl: None,
            authorization_details_types: types
                .iter()
                .map(|name| ((*name).into(), json!({})))
                .collect::<BTreeMap<_, _>>(),
            created_at: now,
            updated_at: now,
        }
    }

    fn shop(types: &[&str]) -> Client {
        let mut shop = client();
        shop.metadata.authorization_details_types = types.iter().map(|name| (*name).into()).collect();
        shop
    }

    #[test]
    fn a_token_request_narrows_and_never_widens() {
        let granted = details(&["payment", "account"]);
        let kinds = Kinds::among(&granted, vec![resource("bank", &["payment", "account", "card"])]);
        let shop = shop(&["payment", "account", "card"]);
        let of = |wanted: Option<&Details>| assigned(&shop, &kinds, &granted, wanted).map_err(|refusal| refusal.code);
        assert_eq!(of(None), Ok(granted.clone()));
        assert_eq!(of(Some(&details(&["account"]))), Ok(details(&["account"])));
        let refused = Err(Code::InvalidAuthorizationDetails);
        assert_eq!(of(Some(&details(&["card"]))), refused);
        assert_eq!(of(Some(&details(&["payment", "card"]))), refused);
        let nothing = assigned(&shop, &kinds, &Details::default(), Some(&granted)).map_err(|refusal| refusal.code);
        assert_eq!(nothing, refused);
    }

    #[test]
    fn what_cannot_be_given_any_more_is_left_out() {
        let granted = details(&["payment", "account"]);
        let all = Kinds::among(&granted, vec![resource("bank", &["payment", "account"])]);
        let fewer = Kinds::among(&granted, vec![resource("bank", &["account"])]);
        let account = details(&["account"]);
        assert_eq!(assigned(&shop(&["account"]), &all, &granted, None).ok(), Some(account.clone()));
        assert_eq!(assigned(&shop(&["payment", "account"]), &fewer, &granted, None).ok(), Some(account));
        assert!(assigned(&shop(&["account"]), &all, &granted, Some(&details(&["payment"]))).is_err());
    }

    #[test]
    fn each_audience_gets_its_own() {
        let granted = details(&["payment", "file", "unknown"]);
        let kinds = Kinds::among(&granted, vec![resource("bank", &["payment"]), resource("files", &["file"])]);
        let at = |audience: &[&str]| {
            let audience: Vec<String> = audience.iter().map(|uri| (*uri).to_owned()).collect();
            super::at(&granted, &kinds, &audience)
        };
        assert_eq!(at(&["bank"]), details(&["payment"]));
        assert_eq!(at(&["files", "bank"]), details(&["payment", "file"]));
        assert_eq!(at(&["issuer"]), Details::default());
    }
}
