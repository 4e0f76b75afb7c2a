//! The core of RFC 6749 §4.1.1, decided by oxide-auth's authorization machine.

use super::{Draft, Rules};
use crate::{
    domain::{
        clients::{Client, GrantType},
        oauth::{
            rfc6749::{self, Registration},
            scopes::OFFLINE_ACCESS,
        },
    },
    kernel::{Code, Refusal, scope::Scopes},
};

/// Scope and the demand for PKCE. The response type was judged before: the machine knows `code` alone.
pub fn check(draft: &mut Draft<'_>, client: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    // No default scope: without one the request fails as RFC 6749 §3.3 has it.
    let asked = draft.parameters.once("scope")?.ok_or_else(|| Code::InvalidScope.because("scope is missing"))?;
    let asked = Scopes::parse(asked).map_err(|error| Code::InvalidScope.because(error.to_string()))?;
    // Scopes that are not understood or not allowed are left out, not refused (OpenID Connect Core §3.1.2.1); the answer says
    // what was granted (RFC 6749 §3.3). Access while away needs the grant that makes use of it,
    // and a code that begins it (OpenID Connect Core §11).
    let mut allowed = client.scope.clone();
    if !client.may(GrantType::RefreshToken) || !draft.request.response_type.code {
        allowed = allowed.without(OFFLINE_ACCESS);
    }
    let scope = asked.intersection(&allowed);
    let registration = Registration {
        client_id: &client.client_id,
        redirect_uri: &draft.request.address.redirect_uri,
        scope: &scope,
        // Where no code is issued, there is none to protect.
        pkce_required: draft.request.response_type.code && (client.pkce_required || client.is_public()),
    };
    draft.request.scope = rfc6749::authorize(draft.parameters, &registration)?;
    Ok(())
}
