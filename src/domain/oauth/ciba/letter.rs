//! The letter that leads a person to what waits for them. It carries no secret: whoever reads it has to sign in as that person.

use serde_json::json;

use super::DECISION_PAGE;
use crate::{
    app::{Cx, Letter, Message},
    config::Span,
    domain::{clients::Client, letters, oauth::decoupled::Request, users::User},
};

/// Tells the person that a client asks. What the client says to them (`binding_message`) is left to the page: a mail of ours has no
/// words of others in it but the name that the operator registered.
pub(super) fn approval_wanted(cx: &Cx, client: &Client, person: &User, request: &Request) -> Message {
    let left = u64::try_from((request.expires_at - request.created_at).num_seconds()).unwrap_or_default();
    let context = json!({
        "application": client.client_name,
        "at": letters::at(request.created_at),
        "expires": letters::ends(request.expires_at, Span::secs(left)),
        "link": cx.tenant().url(&format!("{DECISION_PAGE}?request={}", request.id)),
    });
    Message { letter: Letter::ApprovalWanted, to: person.email.clone(), user: Some(person.id), context }
}
