//! A logout request that waits for the person's word, in the browser that brought it.

use super::judge::LogoutRequest;
use crate::{
    app::{Cx, Guard, Operation},
    domain::oauth::flow::Binding,
    kernel::{Code, Fault, Result, id::FlowId, secret::Digest},
};

/// A request that waits for the person's word.
#[derive(Debug, Clone)]
pub struct AskedLogout {
    /// Which.
    pub id: FlowId,
    /// The browser that asks.
    pub browser: Binding,
}

impl AskedLogout {
    /// Lets a request wait.
    pub(super) async fn keep(cx: &Cx, browser: Binding, request: &LogoutRequest) -> Result<FlowId> {
        let id = FlowId::fresh();
        let waiting = (browser.0, request);
        let bytes = serde_json::to_vec(&waiting).map_err(|error| Fault::broken_by("a logout is not JSON", error))?;
        cx.ephemeral().put(&key(cx, id), &bytes, cx.config().tokens.flow_ttl.std()).await?;
        Ok(id)
    }

    /// The request, if it is this browser's.
    pub(super) async fn find(&self, cx: &Cx) -> Result<LogoutRequest> {
        let gone = || Code::FlowExpired.because("This request to sign out has ended. Go back to the application.");
        let bytes = cx.ephemeral().get(&key(cx, self.id)).await?.ok_or_else(gone)?;
        let (browser, request): (Digest, LogoutRequest) = serde_json::from_slice(&bytes)
            .map_err(|error| Fault::broken_by("a stored logout cannot be read", error))?;
        if browser == self.browser.0 { Ok(request) } else { Err(gone().into()) }
    }

    /// Takes it: it is answered.
    pub(super) async fn take(&self, cx: &Cx) -> Result<LogoutRequest> {
        let request = self.find(cx).await?;
        cx.ephemeral().delete(&key(cx, self.id)).await?;
        Ok(request)
    }
}

/// Reads what the confirmation page shows; changes nothing.
#[derive(Debug, Clone)]
pub struct ShowLogout(pub AskedLogout);

impl Operation for ShowLogout {
    type Output = LogoutRequest;
    const NAME: &'static str = "logout.show";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<LogoutRequest> {
        self.0.find(cx).await
    }
}

fn key(cx: &Cx, id: FlowId) -> String {
    format!("logout:{}:{}", cx.tenant().id.uuid().simple(), id.uuid().simple())
}
