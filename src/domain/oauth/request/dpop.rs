//! The key that a code is bound to from its first moment (RFC 9449 §10).

use super::{Draft, Rules};
use crate::{
    domain::clients::Client,
    kernel::{Code, Refusal},
};

/// Reads `dpop_jkt`: whoever redeems the code has to prove that key, also where the verifier was stolen with the code.
/// A client whose tokens are bound to a key gets none through the browser, where nothing proves it.
pub fn key(draft: &mut Draft<'_>, client: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    if client.metadata.dpop_bound_access_tokens && draft.request.response_type.token {
        return Err(Code::UnauthorizedClient.because("the client's tokens are bound to a key: ask for a code"));
    }
    let Some(text) = draft.parameters.once("dpop_jkt")? else { return Ok(()) };
    let key = text.parse().map_err(|_| Code::InvalidRequest.because("dpop_jkt is not a SHA-256 JWK thumbprint"))?;
    draft.request.dpop_jkt = Some(key);
    Ok(())
}
