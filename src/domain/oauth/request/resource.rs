//! What the access token is for (RFC 8707 §2.1).

use super::{Draft, Rules};
use crate::{domain::clients::Client, kernel::Refusal};

/// Collected here; whether the client may name them is looked up after the checks.
pub fn resources(draft: &mut Draft<'_>, _: &Client, _: &Rules<'_>) -> Result<(), Refusal> {
    draft.request.resources = draft.parameters.distinct("resource");
    Ok(())
}
