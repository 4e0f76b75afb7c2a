//! What this server does not take, said with the right name (OpenID Connect Core §3.1.2.6).

use super::{Draft, Rules};
use crate::{
    domain::clients::Client,
    kernel::{Code, Refusal},
};

/// No parameter twice, known or not (RFC 6749 §3.1).
pub fn repeated(draft: &mut Draft<'_>, _: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    draft.parameters.refuse_repeated()
}

/// Self-issued registration is not offered. Request objects were read before the checks.
pub fn parameters(draft: &mut Draft<'_>, _: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    match draft.parameters.first("registration") {
        Some(_) => Err(Code::RegistrationNotSupported.because("the parameter registration is not supported")),
        None => Ok(()),
    }
}
