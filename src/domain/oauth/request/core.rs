//! The core of RFC 6749 §4.1.1, decided by oxide-auth's authorization machine.

use super::{Draft, Rules};
use crate::{
    domain::{
        clients::Client,
        oauth::{
            rfc6749::{self, Registration},
            scopes::{self, OFFLINE_ACCESS},
        },
    },
    kernel::{Refusal, scope::Scopes},
};

/// Scope and the demand for PKCE. The response type was judged before: the machine knows `code` alone.
pub fn check(draft: &mut Draft<'_>, client: &Client, rules: &Rules<'_>) -> Result<(), Refusal> {
    // Authorization details ask for something by themselves (RFC 9396 §3).
    let detailed = !draft.request.details.is_empty();
    let mut scope = match draft.parameters.once("scope")? {
        None if detailed => Scopes::default(),
        asked => scopes::permitted(client, asked, &rules.usual_scope)?,
    };
    // Access while away needs a code that begins it (OpenID Connect Core §11).
    if !draft.request.response_type.code {
        scope = scope.without(OFFLINE_ACCESS);
    }
    let registration = Registration {
        client_id: &client.client_id,
        redirect_uri: &draft.request.address.redirect_uri,
        scope: &scope,
        scope_needed: !detailed,
        // Where no code is issued, there is none to protect.
        // FAPI 2.0 Security Profile §5.3.2.2 (5): of each of its clients.
        pkce_required: draft.request.response_type.code
            && (client.pkce_required || client.is_public() || client.profile(rules.oauth).is_fapi2()),
    };
    draft.request.scope = rfc6749::authorize(draft.parameters, &registration)?;
    Ok(())
}
