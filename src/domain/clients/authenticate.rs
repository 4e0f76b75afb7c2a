//! Client authentication (RFC 6749 §2.3): one method, the registered one, with a live secret.

use super::{AuthMethod, Client, store};
use crate::{
    app::Cx,
    kernel::{
        Code, Error, Refusal, Result, Time,
        secret::{Digest, Secret},
    },
};

/// What a request presents to say which client it is from.
#[derive(Debug, Clone, Default)]
pub struct Presented {
    /// User and password of the `Authorization: Basic` header, form-decoded (RFC 6749 §2.3.1).
    pub basic: Option<(String, Secret)>,
    /// `client_id` in the body.
    pub client_id: Option<String>,
    /// `client_secret` in the body.
    pub client_secret: Option<Secret>,
}

/// The one method and the one identifier that a request uses.
#[derive(Debug, PartialEq, Eq)]
struct Claim<'a> {
    client_id: &'a str,
    method: AuthMethod,
    secret: Option<&'a Secret>,
}

impl Presented {
    /// One method per request (RFC 6749 §2.3). A `client_id` beside Basic is allowed if it says the same.
    fn claim(&self) -> Result<Claim<'_>, Refusal> {
        match (&self.basic, &self.client_id, &self.client_secret) {
            (Some(_), _, Some(_)) => Err(Code::InvalidRequest.because("use one client authentication method, not two")),
            (Some((user, _)), Some(id), None) if user != id => {
                Err(Code::InvalidRequest.because("client_id differs from the Authorization header"))
            }
            (Some((user, secret)), _, None) => {
                Ok(Claim { client_id: user, method: AuthMethod::ClientSecretBasic, secret: Some(secret) })
            }
            (None, Some(id), Some(secret)) => {
                Ok(Claim { client_id: id, method: AuthMethod::ClientSecretPost, secret: Some(secret) })
            }
            (None, Some(id), None) => Ok(Claim { client_id: id, method: AuthMethod::None, secret: None }),
            (None, None, _) => Err(Code::InvalidClient.because("no client authentication was presented")),
        }
    }
}

/// Why a client is not believed: for the log, never for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    OtherMethod,
    NoLiveSecret,
    WrongSecret,
}

/// Whether the claim holds against the registration and its secrets (digest, expiry).
fn judge(
    method: AuthMethod,
    claim: &Claim<'_>,
    secrets: &[(Digest, Option<Time>)],
    now: Time,
) -> std::result::Result<(), Doubt> {
    if claim.method != method {
        return Err(Doubt::OtherMethod);
    }
    let Some(presented) = claim.secret else {
        return Ok(()); // a public client has nothing to prove; what protects it is PKCE and rotation
    };
    let presented = presented.digest();
    let mut live = secrets.iter().filter(|(_, expires)| expires.is_none_or(|expires| expires > now)).peekable();
    if live.peek().is_none() {
        return Err(Doubt::NoLiveSecret);
    }
    // Every live secret is compared: the time taken says nothing about which one matched.
    if live.fold(false, |found, (digest, _)| found | (*digest == presented)) { Ok(()) } else { Err(Doubt::WrongSecret) }
}

/// The client that a request comes from: known, and proved by its registered method.
pub async fn authenticate(cx: &Cx, presented: &Presented) -> Result<Client> {
    let claim = presented.claim()?;
    let Some((client, secrets)) = store::find_with_secrets(cx.db().reader(), cx.tenant().id, claim.client_id).await?
    else {
        return Err(refusal("unknown client"));
    };
    match judge(client.token_endpoint_auth_method, &claim, &secrets, cx.now) {
        Ok(()) => Ok(client),
        Err(doubt) => Err(refusal(&format!("{}: {doubt:?}", client.client_id))),
    }
}

fn refusal(hidden: &str) -> Error {
    Code::InvalidClient.because("client authentication failed").hiding(hidden).into()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::Clock;

    fn presented(basic: Option<(&str, &str)>, id: Option<&str>, secret: Option<&str>) -> Presented {
        Presented {
            basic: basic.map(|(user, secret)| (user.into(), Secret::new(secret))),
            client_id: id.map(Into::into),
            client_secret: secret.map(Secret::new),
        }
    }

    #[test]
    fn one_method_per_request() {
        let method = |p: Presented| p.claim().map(|claim| claim.method).map_err(|refusal| refusal.code);
        assert_eq!(method(presented(Some(("a", "s")), None, None)), Ok(AuthMethod::ClientSecretBasic));
        assert_eq!(method(presented(Some(("a", "s")), Some("a"), None)), Ok(AuthMethod::ClientSecretBasic));
        assert_eq!(method(presented(None, Some("a"), Some("s"))), Ok(AuthMethod::ClientSecretPost));
        assert_eq!(method(presented(None, Some("a"), None)), Ok(AuthMethod::None));
        assert_eq!(method(presented(Some(("a", "s")), Some("b"), None)), Err(Code::InvalidRequest));
        assert_eq!(method(presented(Some(("a", "s")), Some("a"), Some("s"))), Err(Code::InvalidRequest));
        assert_eq!(method(presented(None, None, Some("s"))), Err(Code::InvalidClient));
        assert_eq!(method(presented(None, None, None)), Err(Code::InvalidClient));
    }

    #[test]
    fn the_registered_method_with_a_live_secret() {
        let now = Clock::System.now();
        let later = Some(now + TimeDelta::seconds(1));
        let digest = Secret::new("right").digest();
        let old = Secret::new("old").digest();
        let verdict = |method, p: &Presented, secrets: &[_]| judge(method, &p.claim().unwrap(), secrets, now);
        let basic = presented(Some(("a", "right")), None, None);
        assert_eq!(verdict(AuthMethod::ClientSecretBasic, &basic, &[(digest, None)]), Ok(()));
        assert_eq!(verdict(AuthMethod::ClientSecretBasic, &basic, &[(old, None), (digest, later)]), Ok(()));
        assert_eq!(verdict(AuthMethod::ClientSecretBasic, &basic, &[(digest, Some(now))]), Err(Doubt::NoLiveSecret));
        assert_eq!(verdict(AuthMethod::ClientSecretBasic, &basic, &[]), Err(Doubt::NoLiveSecret));
        assert_eq!(verdict(AuthMethod::ClientSecretBasic, &basic, &[(old, None)]), Err(Doubt::WrongSecret));
        assert_eq!(verdict(AuthMethod::ClientSecretPost, &basic, &[(digest, None)]), Err(Doubt::OtherMethod));
        assert_eq!(verdict(AuthMethod::None, &basic, &[(digest, None)]), Err(Doubt::OtherMethod));
        let none = presented(None, Some("a"), None);
        assert_eq!(verdict(AuthMethod::None, &none, &[]), Ok(()));
        assert_eq!(verdict(AuthMethod::ClientSecretBasic, &none, &[(digest, None)]), Err(Doubt::OtherMethod));
        assert_eq!(verdict(AuthMethod::ClientSecretPost, &none, &[(digest, None)]), Err(Doubt::OtherMethod));
    }
}
