//! What an access token is for: its audience, and the scope, form and lifetime that follow (RFC 8707 §2.2, RFC 9068 §2.2.3, §3).

use crate::{
    app::Cx,
    domain::{
        clients::{Client, TokenFormat},
        oauth::{
            details::{self, Kinds},
            scopes::{self, OFFLINE_ACCESS},
        },
        resources::{self, Resource},
    },
    kernel::{Code, Refusal, Result, details::Details, scope::Scopes},
};

/// What an access token is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// `aud`: resource indicators, or the issuer.
    pub audience: Vec<String>,
    /// What of the granted scope means something there.
    pub scope: Scopes,
    /// What of the granted authorization details means something there.
    pub details: Details,
    /// What the token looks like.
    pub format: TokenFormat,
    /// Lifetime in seconds.
    pub ttl: u32,
}

/// What a grant allows.
#[derive(Debug, Clone, Copy)]
pub struct Granted<'a> {
    /// The scope.
    pub scope: &'a Scopes,
    /// The resources that the authorization request named; none where it named none.
    pub resources: &'a [String],
    /// The authorization details.
    pub details: &'a Details,
}

/// What a token request names of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The resources (RFC 8707 §2.2).
    pub resources: &'a [String],
    /// The authorization details (RFC 9396 §6); all of them where it names none.
    pub details: Option<&'a Details>,
}

/// What the next access token of a grant is for, where the token request names these resources and details.
///
/// # Errors
/// The refusal `invalid_target` where a resource is unknown, not for this client, or not of this grant;
/// `invalid_authorization_details` where details are not of this grant, or for an API that the token is not for.
pub async fn aim(cx: &Cx, client: &Client, granted: Granted<'_>, wanted: Wanted<'_>) -> Result<Target> {
    let issuer = cx.tenant().issuer.as_str();
    let kinds = Kinds::of(cx, granted.details).await?;
    let assigned = details::assigned(client, &kinds, granted.details, wanted.details)?;
    let names = narrow(granted.resources, wanted.resources, issuer)?;
    let of_issuer = names.is_empty() || names.iter().any(|name| name == issuer);
    // What was granted there in detail is a reason to name an API; without, it takes a scope of its own.
    let detailed = kinds.of_these(&details::usable(client, &kinds, granted.details)).resources();
    let resources = resources::judge_beside(cx, client, names, &detailed).await?;
    refuse_foreign(&granted, &resources)?;
    // Which scopes are some API's own, only the list of all knows. The usual sign-in has none that could be.
    let others = if of_issuer && granted.scope.iter().any(|scope| scopes::words(scope).is_none()) {
        resources::store::list(cx.db().reader(), cx.tenant().id).await?
    } else {
        Vec::new()
    };
    let usual_ttl = client.access_token_ttl.unwrap_or_else(|| super::seconds(cx.config().tokens.access_token_ttl));
    let target = if names.is_empty() {
        match implied(granted.scope, &others) {
            Some(only) => target(granted.scope, std::slice::from_ref(only), None, client, usual_ttl),
            None => target(granted.scope, &[], Some((issuer, &others)), client, usual_ttl),
        }
    } else {
        target(granted.scope, &resources, of_issuer.then_some((issuer, others.as_slice())), client, usual_ttl)
    };
    let details = details::at(&assigned, &kinds, &target.audience);
    if wanted.details.is_some_and(|wanted| !wanted.within(&details)) {
        return Err(Code::InvalidAuthorizationDetails
            .because("some authorization details are for an API that the token is not for")
            .into());
    }
    Ok(Target { details, ..target })
}

/// A token request narrows what the authorization request named, never widens it (RFC 8707 §2.2). The issuer is always in: the
/// person signed in there.
fn narrow<'a>(granted: &'a [String], named: &'a [String], issuer: &str) -> Result<&'a [String], Refusal> {
    if named.is_empty() {
        return Ok(granted);
    }
    if granted.is_empty() || named.iter().all(|name| name == issuer || granted.contains(name)) {
        return Ok(named);
    }
    Err(Code::InvalidTarget.because("the resource is not one of those that the authorization request named"))
}

/// A resource that the authorization request did not name is good for a scope of its own that was granted.
fn refuse_foreign(granted: &Granted<'_>, resources: &[Resource]) -> Result<(), Refusal> {
    let covered = |resource: &Resource| {
        granted.resources.contains(&resource.uri) || !resource.scope.intersection(granted.scope).is_empty()
    };
    if resources.iter().all(covered) {
        Ok(())
    } else {
        Err(Code::InvalidTarget.because("nothing was granted for this resource"))
    }
}

/// The one resource that a scope speaks of, where it speaks of nothing else (RFC 9068 §3).
fn implied<'a>(scope: &Scopes, all: &'a [Resource]) -> Option<&'a Resource> {
    let mut meant = all.iter().filter(|resource| !resource.scope.intersection(scope).is_empty());
    let (only, second) = (meant.next()?, meant.next());
    let nothing_else = scope.iter().all(|token| token == OFFLINE_ACCESS || only.scope.has(token));
    (second.is_none() && nothing_else).then_some(only)
}

/// The target, for these resources and perhaps the issuer, whose scopes are all that no other has.
fn target(
    granted: &Scopes,
    resources: &[Resource],
    issuer: Option<(&str, &[Resource])>,
    client: &Client,
    usual_ttl: u32,
) -> Target {
    let mut audience: Vec<String> = resources.iter().map(|resource| resource.uri.clone()).collect();
    let mut scope =
        resources.iter().fold(Scopes::default(), |scope, resource| scope.union(&resource.scope.intersection(granted)));
    if let Some((issuer, others)) = issuer {
        audience.insert(0, issuer.to_owned());
        let owned = |token: &&str| others.iter().any(|resource| resource.scope.has(token));
        scope = granted.iter().filter(|token| !owned(token)).fold(scope, Scopes::with);
    }
    let opaque = client.metadata.access_token_format == TokenFormat::Opaque
        || resources.iter().any(|resource| resource.access_token_format == TokenFormat::Opaque);
    let lifetimes = resources.iter().map(|resource| resource.access_token_ttl.unwrap_or(usual_ttl));
    let ttl = lifetimes.chain(issuer.map(|_| usual_ttl)).min().unwrap_or(usual_ttl);
    let format = if opaque { TokenFormat::Opaque } else { TokenFormat::Jwt };
    Target { audience, scope, details: Details::default(), format, ttl }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::clients::testing,
        kernel::{
            Clock,
            id::{ResourceId, TenantId},
        },
    };

    const ISSUER: &str = "https://id.example.test";

    fn resource(name: &str, scope: &str) -> Resource {
        let now = Clock::System.now();
        Resource {
            id: ResourceId::fresh(),
            tenant: TenantId::fresh(),
            uri: format!("https://{name}.example.test"),
            name: name.into(),
            scope: Scopes::parse(scope).unwrap(),
            access_token_format: TokenFormat::Jwt,
            access_token_ttl: None,
            authorization_details_types: Default::default(),
            created_at: now,
            updated_at: now,
        }
    }

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    fn uris(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_token_request_narrows_and_never_widens() {
        let granted = uris(&["https://a.test", "https://b.test"]);
        assert_eq!(narrow(&granted, &[], ISSUER), Ok(granted.as_slice()));
        for narrower in [uris(&["https://b.test"]), uris(&[ISSUER]), uris(&[ISSUER, "https://a.test"])] {
            assert_eq!(narrow(&granted, &narrower, ISSUER), Ok(narrower.as_slice()));
        }
        for wider in [uris(&["https://c.test"]), uris(&["https://a.test", "https://c.test"])] {
            assert_eq!(narrow(&granted, &wider, ISSUER).map_err(|r| r.code), Err(Code::InvalidTarget));
            assert_eq!(narrow(&[], &wider, ISSUER), Ok(wider.as_slice()), "nothing was named before");
        }
    }

    #[test]
    fn an_unnamed_resource_needs_a_granted_scope_of_its_own() {
        let (orders, open) = (resource("orders", "orders:read"), resource("open", ""));
        let named = uris(&[&open.uri]);
        let scope = scopes("openid orders:read");
        let none = Details::default();
        let granted = Granted { scope: &scope, resources: &[], details: &none };
        assert!(refuse_foreign(&granted, std::slice::from_ref(&orders)).is_ok());
        assert!(refuse_foreign(&granted, std::slice::from_ref(&open)).is_err());
        assert!(refuse_foreign(&Granted { resources: &named, ..granted }, std::slice::from_ref(&open)).is_ok());
        let scope = scopes("openid");
        assert!(refuse_foreign(&Granted { scope: &scope, ..granted }, &[orders]).is_err());
    }

    #[test]
    fn each_audience_gets_its_own_scopes() {
        let all = [resource("orders", "orders:read orders:write"), resource("stock", "stock:read")];
        let granted = scopes("openid offline_access orders:read stock:read reports");
        let aimed = |resources: &[Resource], issuer| {
            let target = target(&granted, resources, issuer, &testing::client(), 600);
            (target.audience.join(" "), target.scope.to_string())
        };
        let pair = |audience: &str, scope: &str| (audience.to_owned(), scope.to_owned());
        assert_eq!(aimed(&all[..1], None), pair("https://orders.example.test", "orders:read"));
        assert_eq!(
            aimed(&all, None),
            pair("https://orders.example.test https://stock.example.test", "orders:read stock:read")
        );
        assert_eq!(aimed(&[], Some((ISSUER, &all))), pair(ISSUER, "offline_access openid reports"));
        assert_eq!(
            aimed(&all[1..], Some((ISSUER, &all))),
            pair("https://id.example.test https://stock.example.test", "offline_access openid reports stock:read")
        );
    }

    #[test]
    fn a_scope_that_speaks_of_one_resource_names_it() {
        let all = [resource("orders", "orders:read orders:write"), resource("stock", "stock:read")];
        let implied = |text: &str| implied(&scopes(text), &all).map(|resource| resource.name.as_str());
        assert_eq!(implied("orders:read orders:write"), Some("orders"));
        assert_eq!(implied("offline_access stock:read"), Some("stock"));
        for other in
            ["openid orders:read", "orders:read stock:read", "orders:read reports", "openid", "offline_access", ""]
        {
            assert_eq!(implied(other), None, "{other}");
        }
    }

    #[test]
    fn the_strictest_of_several_decides_form_and_lifetime() {
        let short = Resource { access_token_ttl: Some(60), ..resource("orders", "a") };
        let opaque = Resource { access_token_format: TokenFormat::Opaque, ..resource("stock", "b") };
        let long = Resource { access_token_ttl: Some(6000), ..resource("reports", "c") };
        let shape = |resources: &[Resource], issuer: Option<&str>| {
            let target = target(&scopes("a b"), resources, issuer.map(|i| (i, &[][..])), &testing::client(), 600);
            (target.format, target.ttl)
        };
        assert_eq!(shape(&[short.clone(), opaque], None), (TokenFormat::Opaque, 60));
        assert_eq!(shape(std::slice::from_ref(&long), None), (TokenFormat::Jwt, 6000));
        assert_eq!(shape(&[long], Some(ISSUER)), (TokenFormat::Jwt, 600));
        let mut client = testing::client();
        client.metadata.access_token_format = TokenFormat::Opaque;
        assert_eq!(target(&scopes("a"), &[short], None, &client, 600).format, TokenFormat::Opaque);
    }
}
