//! A person signs a device in, or does not (RFC 8628 §3.3).

use super::{Visit, visit};
use crate::{
    app::{Cx, Guard, Operation},
    domain::oauth::{
        decoupled::{self, Decided},
        flow::Binding,
    },
    kernel::{Result, id::FlowId},
};

/// Decides. The page is always shown, whatever was allowed before: a code that somebody else sent must not do its work silently
/// (RFC 8628 §5.4).
#[derive(Debug, Clone)]
pub struct DecideDevice {
    /// The visit.
    pub flow: FlowId,
    /// The browser that asks.
    pub browser: Binding,
    /// What they said.
    pub allow: bool,
}

impl Operation for DecideDevice {
    type Output = Decided;
    const NAME: &'static str = "device.decide";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Decided> {
        let visit = Visit::required(cx, self.flow, self.browser).await?;
        let (request, client) = visit.open(cx).await?;
        let judged = decoupled::judge(cx, &request, &client, self.allow).await?;
        visit.end(cx).await?;
        judged.carry_out(cx, &request, &client).await?.ok_or_else(visit::over)
    }
}
