//! What this server does not take, said with the right name (OpenID Connect Core §3.1.2.6).

use super::{Draft, Rules};
use crate::{
    domain::clients::{Client, GrantType},
    kernel::{Code, Refusal},
};

/// No parameter twice, known or not (RFC 6749 §3.1).
pub fn repeated(draft: &mut Draft<'_>, _: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    draft.parameters.refuse_repeated()
}

/// Request objects and self-issued registration are not offered; a client without the code grant cannot use the endpoint.
pub fn parameters(draft: &mut Draft<'_>, client: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    for (name, code) in [
        ("request", Code::RequestNotSupported),
        ("request_uri", Code::RequestUriNotSupported),
        ("registration", Code::RegistrationNotSupported),
    ] {
        if draft.parameters.first(name).is_some() {
            return Err(code.because(format!("the parameter {name} is not supported")));
        }
    }
    if !client.may(GrantType::AuthorizationCode) {
        return Err(Code::UnauthorizedClient.because("the client may not use the authorization_code grant"));
    }
    Ok(())
}
