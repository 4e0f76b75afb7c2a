//! A flow, and where it waits: in the ephemeral store, bound to the browser that began it.

use serde::{Deserialize, Serialize};

use crate::{
    app::Cx,
    domain::oauth::request::AuthorizationRequest,
    kernel::{Code, Fault, Result, Time, id::FlowId, secret::Digest},
};

/// The browser a flow belongs to: the digest of its cookie. A flow begun in one browser is of no use in another (session
/// fixation, login CSRF).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding(pub Digest);

/// One authorization request in progress.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flow {
    /// Identifier; travels in addresses and forms, so that several tabs at once work.
    pub id: FlowId,
    /// Digest of the browser's cookie, in hex.
    pub browser: String,
    /// What was asked for.
    pub request: AuthorizationRequest,
    /// When it began: a sign-in after that is a fresh one.
    pub started_at: Time,
    /// Whether the person chose the account they are signed in with.
    #[serde(default)]
    pub account_chosen: bool,
    /// Whether the person allowed the client in this flow, and at what instant it was signed in.
    #[serde(default)]
    pub consented: Option<Time>,
}

impl Flow {
    /// A new flow.
    pub fn begin(request: AuthorizationRequest, browser: Binding, now: Time) -> Self {
        Self {
            id: FlowId::fresh(),
            browser: browser.0.hex(),
            request,
            started_at: now,
            account_chosen: false,
            consented: None,
        }
    }

    /// Keeps the flow until it is answered or too old.
    pub async fn keep(&self, cx: &Cx) -> Result<()> {
        let bytes = serde_json::to_vec(self).map_err(|error| Fault::broken_by("a flow is not JSON", error))?;
        Ok(cx.ephemeral().put(&key(cx, self.id), &bytes, cx.config().tokens.flow_ttl.std()).await?)
    }

    /// The flow of this identifier, if it is this browser's.
    pub async fn find(cx: &Cx, id: FlowId, browser: Binding) -> Result<Self> {
        let gone = || {
            Code::FlowExpired.because(
                "This sign-in has ended or belongs to another browser. Go back to the application and start again.",
            )
        };
        let bytes = cx.ephemeral().get(&key(cx, id)).await?.ok_or_else(gone)?;
        let flow: Self =
            serde_json::from_slice(&bytes).map_err(|error| Fault::broken_by("a stored flow cannot be read", error))?;
        if flow.belongs_to(browser) { Ok(flow) } else { Err(gone().hiding("another browser").into()) }
    }

    /// Whether the flow was begun in this browser.
    pub fn belongs_to(&self, browser: Binding) -> bool {
        let hex = browser.0.hex();
        Digest::of(hex.as_bytes()) == Digest::of(self.browser.as_bytes()) // compared in constant time
    }

    /// Ends the flow: of any number of tabs that answer it, one does.
    pub async fn end(&self, cx: &Cx) -> Result<bool> {
        Ok(cx.ephemeral().take(&key(cx, self.id)).await?.is_some())
    }

    /// The address of a page in this flow.
    pub fn at(&self, path: &str) -> String {
        format!("{path}?flow={}", self.id)
    }
}

fn key(cx: &Cx, id: FlowId) -> String {
    format!("flow:{}:{}", cx.tenant().id.uuid().simple(), id.uuid().simple())
}
