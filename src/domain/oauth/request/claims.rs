//! The `claims` parameter and authentication contexts (OpenID Connect Core §5.5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Draft, Rules};
use crate::{
    domain::{
        clients::{Client, SubjectType},
        oauth::scopes,
    },
    kernel::{Code, Refusal, assurance::ACR_VALUES, id::UserId},
};

/// How one claim is asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimRequest {
    /// Whether the client cannot do without.
    #[serde(default)]
    pub essential: bool,
    /// The one value it wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values it takes, most wanted first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
}

impl ClaimRequest {
    /// Whether a value would do: any, where none is named.
    pub fn takes(&self, value: &Value) -> bool {
        self.value.as_ref().is_none_or(|wanted| wanted == value)
            && self.values.as_ref().is_none_or(|wanted| wanted.contains(value))
    }

    fn names_values(&self) -> bool {
        self.value.is_some() || self.values.is_some()
    }
}

type Requested = BTreeMap<String, Option<ClaimRequest>>;

/// Single claims that a client asks for. Members that are not understood are ignored (§5.5).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// At the userinfo endpoint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: Requested,
    /// In the ID token.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: Requested,
}

impl ClaimsRequest {
    /// The scopes that would give the same claims: what a person has to allow for them.
    pub fn scopes(&self) -> impl Iterator<Item = &'static str> {
        self.userinfo.keys().chain(self.id_token.keys()).filter_map(|name| scopes::scope_of(name))
    }
}

impl ClaimsRequest {
    /// The one `sub` that is asked for (§5.5.1), wherever it stands; the error where two differ, or one is no text.
    fn subject(&self) -> Result<Option<String>, ()> {
        let mut found: Option<String> = None;
        for place in [&self.id_token, &self.userinfo] {
            let Some(value) = place.get("sub").and_then(|sub| sub.as_ref()?.value.as_ref()) else { continue };
            let sub = value.as_str().ok_or(())?;
            if found.replace(sub.to_owned()).is_some_and(|earlier| earlier != sub) {
                return Err(());
            }
        }
        Ok(found)
    }
}

/// Longest `claims` value read, in bytes.
const LONGEST: usize = 8192;

/// Reads the parameter; a requested `sub` value says who it has to be.
pub fn check(draft: &mut Draft<'_>, client: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    let Some(text) = draft.parameters.once("claims")? else { return Ok(()) };
    let malformed =
        || Code::InvalidRequest.because("claims is not a JSON object as OpenID Connect Core section 5.5 has it");
    if text.len() > LONGEST {
        return Err(malformed());
    }
    // An object first: serde would read a list as the members in their order.
    let members: Map<String, Value> = serde_json::from_str(text).map_err(|_| malformed())?;
    let mut claims: ClaimsRequest = serde_json::from_value(members.into()).map_err(|_| malformed())?;
    if let Some(wanted) = claims.subject().map_err(|()| malformed())? {
        // A subject that is no person of ours can never be met; there is nobody to ask.
        if client.metadata.subject_type == SubjectType::Public && wanted.parse::<UserId>().is_err() {
            return Err(Code::LoginRequired.because("the requested sub is not known"));
        }
        if draft.request.expected_subject.as_ref().is_some_and(|hinted| *hinted != wanted) {
            return Err(Code::InvalidRequest.because("id_token_hint and the requested sub differ"));
        }
        draft.request.expected_subject = Some(wanted);
    }
    // What the client may not have by scope, it may not have one by one either.
    let allowed = |name: &String, _: &mut Option<ClaimRequest>| match scopes::scope_of(name) {
        Some(scope) => scope == "openid" || client.scope.has(scope),
        None => true, // about the sign-in (acr, auth_time), or not understood and ignored
    };
    claims.userinfo.retain(allowed);
    claims.id_token.retain(allowed);
    draft.request.claims = claims;
    Ok(())
}

/// `acr_values` is a wish; an essential `acr` with values is a demand, which has to be reachable (OpenID Connect Core
/// §5.5.1.1, Unmet Authentication Requirements §2).
pub fn acr(draft: &mut Draft<'_>, client: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    draft.request.acr_values = match draft.parameters.once("acr_values")? {
        Some(wished) => wished.split(' ').filter(|acr| !acr.is_empty()).take(20).map(str::to_owned).collect(),
        None => client.metadata.default_acr_values.clone(),
    };
    let demanded = draft.request.claims.id_token.get("acr").and_then(Option::as_ref);
    if let Some(demanded) = demanded.filter(|demanded| demanded.essential && demanded.names_values())
        && !ACR_VALUES.iter().any(|acr| demanded.takes(&Value::from(*acr)))
    {
        return Err(Code::UnmetAuthenticationRequirements.because("no requested acr can be reached"));
    }
    Ok(())
}
