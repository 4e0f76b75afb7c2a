//! The form of a PKCE challenge (RFC 7636 §4.2, §4.3). Whether it is demanded and how, the RFC 6749 machine decides.

use super::{Draft, Rules};
use crate::{
    domain::clients::Client,
    kernel::{Code, Refusal},
};

/// A challenge is the base64url of a SHA-256: 43 characters. `plain` is refused (RFC 9700 §2.1.1), also when it is only the
/// default of an absent method.
pub fn check(draft: &mut Draft<'_>, _: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    let method = draft.parameters.once("code_challenge_method")?;
    let Some(challenge) = draft.parameters.once("code_challenge")? else {
        return match method {
            None => Ok(()),
            Some(_) => Err(Code::InvalidRequest.because("code_challenge_method stands without code_challenge")),
        };
    };
    if method != Some("S256") {
        return Err(Code::InvalidRequest.because("code_challenge_method must be S256"));
    }
    let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if challenge.len() != 43 || !challenge.bytes().all(base64url) {
        return Err(Code::InvalidRequest.because("code_challenge is not the base64url of a SHA-256"));
    }
    draft.request.code_challenge = Some(challenge.to_owned());
    Ok(())
}
