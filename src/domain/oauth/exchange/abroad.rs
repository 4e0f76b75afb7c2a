//! A person's identity for another authorization server (draft-ietf-oauth-identity-assertion-authz-grant §4.3).

use serde_json::{Map, Value};

use super::{Presented, ceiling::allowed};
use crate::{
    app::Cx,
    domain::{
        clients::{Client, MayAct, TokenFormat},
        oauth::token::{ID_JAG_TTL, IdentityAssertion, Subject, Target},
    },
    kernel::{Code, Refusal, Result, details::Details, scope::Scopes},
};

/// What is asked for at the other server.
#[derive(Debug, Clone, Copy)]
pub struct Errand<'a> {
    /// Its issuer.
    pub audience: &'a str,
    /// Resources there.
    pub resource: &'a [String],
    /// Scopes there; all that the rule permits where none are named.
    pub scope: Option<&'a Scopes>,
}

/// The assertion that `client` may have by this rule, and what it is for.
pub async fn abroad(
    cx: &Cx,
    client: &Client,
    rule: &MayAct,
    subject: &Presented,
    errand: &Errand<'_>,
) -> Result<(IdentityAssertion, Target)> {
    let Subject::Person { user, authentication, .. } = &subject.whose else {
        return Err(Code::InvalidRequest.because("the subject_token is not about a person").into());
    };
    if subject.scope.is_some() {
        return Err(Code::InvalidRequest.because("only an ID token is exchanged for an identity assertion").into());
    }
    let scope = judge(rule, errand)?;
    let mut claims = Map::new();
    if user.email_verified_at.is_some() && allowed(cx, subject).await?.has("email") {
        claims.insert("email".into(), user.email.as_typed().into());
        claims.insert("email_verified".into(), true.into());
    }
    let assertion = IdentityAssertion {
        subject: user.id.to_string(),
        client_id: rule.client_id.clone().unwrap_or_else(|| client.client_id.clone()),
        resource: errand.resource.to_vec(),
        authentication: authentication.clone(),
        claims: claims.into_iter().collect::<Map<String, Value>>(),
    };
    let target = Target {
        audience: vec![errand.audience.to_owned()],
        scope,
        details: Details::default(), // what they mean there, nobody here knows
        format: TokenFormat::Jwt,
        ttl: ID_JAG_TTL.min(subject.seconds_left(cx.now)),
    };
    Ok((assertion, target))
}

/// Scopes and resources there, as far as the rule names them.
fn judge(rule: &MayAct, errand: &Errand<'_>) -> Result<Scopes, Refusal> {
    if !errand.resource.iter().all(|resource| rule.resource.contains(resource)) {
        return Err(Code::InvalidTarget.because("the client may not name this resource there"));
    }
    let most = rule.scope.clone().unwrap_or_default();
    match errand.scope {
        Some(asked) if !asked.within(&most) => {
            Err(Code::InvalidScope.because("the client may not ask for this scope there"))
        }
        Some(asked) => Ok(asked.clone()),
        None => Ok(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_there_is_what_the_rule_names() {
        let rule: MayAct =
            "mode=id-jag,audience=https://chat.example,scope=chat.read chat.history,resource=https://api.chat.example/"
                .parse()
                .unwrap();
        let scopes = |text: &str| Scopes::parse(text).unwrap();
        let asked = |scope: Option<&str>, resource: &[&str]| {
            let scope = scope.map(scopes);
            let resource: Vec<_> = resource.iter().map(|uri| (*uri).to_owned()).collect();
            let errand = Errand { audience: "https://chat.example", resource: &resource, scope: scope.as_ref() };
            judge(&rule, &errand).map(|scope| scope.to_string()).map_err(|refusal| refusal.code)
        };
        assert_eq!(asked(None, &[]), Ok("chat.history chat.read".into()));
        assert_eq!(asked(Some("chat.read"), &["https://api.chat.example/"]), Ok("chat.read".into()));
        assert_eq!(asked(Some("chat.write"), &[]), Err(Code::InvalidScope));
        assert_eq!(asked(None, &["https://api.chat.example"]), Err(Code::InvalidTarget));
    }
}
