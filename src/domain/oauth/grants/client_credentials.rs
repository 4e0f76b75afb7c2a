//! `client_credentials` (RFC 6749 §4.4): a client for itself. Written by hand: oxide-auth's machine wants a redirect URI.

use super::{Grant, Redeeming, TokenRequest};
use crate::{
    app::Cx,
    domain::{
        clients::{Client, GrantType},
        oauth::{
            details, scopes,
            token::{Entitlement, Granted, Subject, Wanted, aim},
        },
    },
    kernel::{Code, Refusal, Result, scope::Scopes},
};

/// The grant.
pub struct ClientCredentials;

impl Grant for ClientCredentials {
    fn grant_type(&self) -> GrantType {
        GrantType::ClientCredentials
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["scope"]
    }

    fn identifies(&self) -> bool {
        false
    }

    fn redeem<'a>(&'a self, cx: &'a mut Cx, request: &'a TokenRequest) -> Redeeming<'a> {
        Box::pin(redeem(cx, request))
    }
}

async fn redeem(cx: &mut Cx, request: &TokenRequest) -> Result<Entitlement> {
    may_have_any(&request.client)?;
    let asked = request.parameters.once("scope")?;
    let details = request.details.clone().unwrap_or_default();
    let detailed = details::judge(cx, &details).await?.resources;
    let scope = match asked {
        None if !details.is_empty() => Scopes::default(), // it says in detail what it needs
        asked => judge(&request.client, asked)?,
    };
    // A client is its own authorization: what it names here, it named.
    let mut resources = request.resources.clone();
    resources.extend(detailed.into_iter().filter(|uri| !request.resources.contains(uri)));
    let granted = Granted { scope: &scope, resources: &resources, details: &details };
    let wanted = Wanted { resources: &resources, ..request.wanted() };
    let target = aim(cx, &request.client, granted, wanted).await?;
    if asked.is_some() && !scope.within(&target.scope) {
        return Err(Code::InvalidScope.because("a scope belongs to a resource that is not named (RFC 8707)").into());
    }
    // No refresh token (RFC 6749 §4.4.3): the client can ask again.
    Ok(Entitlement {
        subject: Subject::Client,
        target,
        refresh_token: None,
        id_token: None,
        device_secret: None,
        exchange: None,
    })
}

/// A client has something for itself only if it can prove who it is.
fn may_have_any(client: &Client) -> Result<(), Refusal> {
    match client.is_public() {
        true => Err(Code::UnauthorizedClient.because("a public client cannot act for itself")),
        false => Ok(()),
    }
}

/// What a client may have for itself: nothing that is about a person.
fn judge(client: &Client, asked: Option<&str>) -> Result<Scopes, Refusal> {
    let own = scopes::SCOPES.iter().fold(client.scope.clone(), |own, personal| own.without(personal.name));
    let Some(asked) = asked else { return Ok(own) };
    let asked = Scopes::parse(asked).map_err(|error| Code::InvalidScope.because(error.to_string()))?;
    if asked.within(&own) {
        Ok(asked)
    } else {
        Err(Code::InvalidScope.because("the client may not have this scope for itself"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clients::{AuthMethod, testing::client};

    fn worker(method: AuthMethod) -> Client {
        let scope = Scopes::parse("openid email jobs:run jobs:read").unwrap();
        Client {
            token_endpoint_auth_method: method,
            grant_types: vec![GrantType::ClientCredentials],
            scope,
            ..client()
        }
    }

    #[test]
    fn a_client_for_itself_has_nothing_of_a_person() {
        let worker = worker(AuthMethod::ClientSecretBasic);
        let judge = |asked| judge(&worker, asked).map(|scope| scope.to_string()).map_err(|refusal| refusal.code);
        assert_eq!(judge(None), Ok("jobs:read jobs:run".into()));
        assert_eq!(judge(Some("jobs:run")), Ok("jobs:run".into()));
        for asked in ["openid", "jobs:run email", "admin", "\""] {
            assert_eq!(judge(Some(asked)), Err(Code::InvalidScope), "{asked}");
        }
    }

    #[test]
    fn a_public_client_cannot_act_for_itself() {
        assert_eq!(may_have_any(&worker(AuthMethod::None)).map_err(|r| r.code), Err(Code::UnauthorizedClient));
        assert_eq!(may_have_any(&worker(AuthMethod::ClientSecretBasic)), Ok(()));
    }
}
