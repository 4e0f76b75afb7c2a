//! Authorization details (RFC 9396 §3).

use super::{Draft, Rules};
use crate::{
    domain::{clients::Client, oauth::details},
    kernel::Refusal,
};

/// Read here, before the scope, which may be missing beside them; whether each is as its type has it is judged after the checks.
pub fn details(draft: &mut Draft<'_>, client: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    if let Some(text) = draft.parameters.once("authorization_details")? {
        draft.request.details = details::read(client, text)?;
    }
    Ok(())
}
