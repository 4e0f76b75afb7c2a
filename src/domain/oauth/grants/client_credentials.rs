//! `client_credentials` (RFC 6749 §4.4): a client for itself. Written by hand: oxide-auth's machine wants a redirect URI.

use super::{Grant, Redeeming, TokenRequest};
use crate::{
    app::Cx,
    domain::{
        clients::{Client, GrantType},
        oauth::{
            scopes,
            token::{Entitlement, Granted, Subject, aim},
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
    let asked = request.parameters.once("scope")?;
    let scope = judge(&request.client, asked)?;
    // A client is its own authorization: what it names here, it named.
    let granted = Granted { scope: &scope, resources: &request.resources };
    let target = aim(cx, &request.client, granted, &request.resources).await?;
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

/// What a client may have for itself: nothing that is about a person, and only if it can prove who it is.
fn judge(client: &Client, asked: Option<&str>) -> Result<Scopes, Refusal> {
    if client.is_public() {
        return Err(Code::UnauthorizedClient.because("a public client cannot act for itself"));
    }
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
        assert_eq!(judge(&worker(AuthMethod::None), None).map_err(|r| r.code), Err(Code::UnauthorizedClient));
    }
}
