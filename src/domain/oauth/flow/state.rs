//! A flow, and where it waits: in the ephemeral store, bound to the browser that began it.

use serde::{Deserialize, Serialize};

use crate::{
    app::Cx,
    domain::oauth::{par, request::AuthorizationRequest},
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
    /// The `request_uri` under which the request was pushed: used up when the flow is answered (RFC 9126 §4).
    #[serde(default)]
    pub pushed: Option<String>,
    /// Whether an account was asked for in this flow (`prompt=create`).
    #[serde(default)]
    pub registered: bool,
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
            pushed: None,
            registered: false,
            account_chosen: false,
            consented: None,
        }
    }

    /// Keeps the flow until it is answered or too old.
    pub async fn keep(&self, cx: &Cx) -> Result<()> {
        let bytes = serde_json::to_vec(self).map_err(|error| Fault::broken_by("a flow is not JSON", error))?;
        Ok(cx.ephemeral().put(&key(cx, self.id), &bytes, cx.config().tokens.flow_ttl.std()).await?)
    }

    /// Keeps a change, unless a parallel form has ended the flow: it must not come back to life.
    pub async fn change(&self, cx: &Cx) -> Result<()> {
        match cx.ephemeral().take(&key(cx, self.id)).await? {
            Some(_) => self.keep(cx).await,
            None => Err(Code::FlowExpired.because("This sign-in was completed already.").into()),
        }
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

    /// Ends the flow, and uses up the request that was pushed for it: of any number of tabs that answer it, one does.
    /// `kept`: whether it was stored at all, or is answered as soon as it began.
    ///
    /// # Errors
    /// `FlowExpired` for all others.
    pub async fn end(&self, cx: &Cx, kept: bool) -> Result<()> {
        let first = !kept || cx.ephemeral().take(&key(cx, self.id)).await?.is_some();
        let unused = match &self.pushed {
            Some(pushed) if first => par::spend(cx, pushed).await?,
            _ => true,
        };
        match first && unused {
            true => Ok(()),
            false => Err(Code::FlowExpired.because("This sign-in was completed already.").into()),
        }
    }

    /// The address of a page in this flow.
    pub fn at(&self, path: &str) -> String {
        format!("{path}?flow={}", self.id)
    }
}

fn key(cx: &Cx, id: FlowId) -> String {
    format!("flow:{}:{}", cx.tenant().id.uuid().simple(), id.uuid().simple())
}
