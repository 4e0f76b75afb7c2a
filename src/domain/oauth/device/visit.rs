//! A person who has entered a device's code, on the way to their decision: in the ephemeral store, bound to the browser they entered
//! it in. So the page that decides cannot be reached by a link, only by typing what the device shows.

use serde::{Deserialize, Serialize};

use super::DECISION_PAGE;
use crate::{
    app::Cx,
    domain::{
        clients::{self, Client},
        oauth::{
            decoupled::{self, Request},
            flow::Binding,
        },
        users,
    },
    kernel::{
        Code, Error, Fault, Result, Time,
        id::{DecoupledId, FlowId},
        secret::{Digest, Secret},
    },
};

/// One visit. Its pages carry it as those of an authorization request carry their flow.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::domain::oauth) struct Visit {
    /// Identifier.
    pub id: FlowId,
    /// Digest of the browser's cookie, in hex.
    browser: String,
    /// What is to be decided.
    pub request: DecoupledId,
    /// The code, as it was entered.
    pub user_code: Secret,
}

impl Visit {
    /// A new visit in this browser, kept for as long as the request can be decided.
    pub async fn begin(cx: &Cx, browser: Binding, request: &Request, user_code: String) -> Result<Self> {
        let visit = Self {
            id: FlowId::fresh(),
            browser: browser.0.hex(),
            request: request.id,
            user_code: Secret::new(user_code),
        };
        let bytes = serde_json::to_vec(&visit).map_err(|error| Fault::broken_by("a visit is not JSON", error))?;
        let left = (request.expires_at - cx.now).to_std().unwrap_or_default();
        cx.ephemeral().put(&key(cx, visit.id), &bytes, left).await?;
        Ok(visit)
    }

    /// The visit of this identifier, if there is one and it is this browser's.
    pub async fn find(cx: &Cx, id: FlowId, browser: Binding) -> Result<Option<Self>> {
        let Some(bytes) = cx.ephemeral().get(&key(cx, id)).await? else { return Ok(None) };
        let visit: Self =
            serde_json::from_slice(&bytes).map_err(|error| Fault::broken_by("a visit cannot be read", error))?;
        let same = Digest::of(browser.0.hex().as_bytes()) == Digest::of(visit.browser.as_bytes()); // in constant time
        Ok(same.then_some(visit))
    }

    /// The visit, or the refusal.
    pub async fn required(cx: &Cx, id: FlowId, browser: Binding) -> Result<Self> {
        Self::find(cx, id, browser).await?.ok_or_else(over)
    }

    /// Ends it: of any number of tabs that answer it, one does.
    pub async fn end(&self, cx: &Cx) -> Result<()> {
        cx.ephemeral().take(&key(cx, self.id)).await?.map(drop).ok_or_else(over)
    }

    /// What is decided, while it can be; and its client.
    pub async fn open(&self, cx: &Cx) -> Result<(Request, Client)> {
        let (db, tenant) = (cx.db().reader(), cx.tenant().id);
        let request = decoupled::store::find(db, tenant, self.request).await?;
        let request = request.filter(|request| request.is_open(cx.now)).ok_or_else(over)?;
        let client = clients::store::find_by_row(db, tenant, request.client).await?;
        Ok((request, client.ok_or_else(over)?))
    }

    /// The page that is next for whoever is signed in now.
    pub async fn next(&self, cx: &Cx) -> Result<String> {
        let person = match cx.caller.person() {
            Some(person) => users::store::find(cx.db().reader(), cx.tenant().id, person.user).await?,
            None => None,
        };
        let verified = person.as_ref().map(|user| user.email_verified_at);
        let page = page(verified, cx.config().verification.required);
        Ok(format!("{page}?flow={}", self.id))
    }
}

/// Sign in, prove the address, decide. `verified`: since when the address of whoever is signed in is proved.
fn page(verified: Option<Option<Time>>, required: bool) -> &'static str {
    match verified {
        None => "/login",
        Some(None) if required => "/verify-email",
        Some(_) => DECISION_PAGE,
    }
}

/// One sentence for every reason.
pub(super) fn over() -> Error {
    const SENTENCE: &str =
        "This code was answered already, has ended, or was entered in another browser. Your device can show a new one.";
    Code::FlowExpired.because(SENTENCE).into()
}

fn key(cx: &Cx, id: FlowId) -> String {
    format!("device_visit:{}:{}", cx.tenant().id.uuid().simple(), id.uuid().simple())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;

    #[test]
    fn nobody_decides_before_they_are_known() {
        let proved = Some(Some(Clock::System.now()));
        for (verified, required, expected) in [
            (None, true, "/login"),
            (None, false, "/login"),
            (Some(None), true, "/verify-email"),
            (Some(None), false, DECISION_PAGE),
            (proved, true, DECISION_PAGE),
        ] {
            assert_eq!(page(verified, required), expected);
        }
    }
}
