//! A page has done its part: on to the next one, or to the answer.

use super::{Binding, Flow, Progress, current};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Result, id::FlowId},
};

/// Moves a flow on.
#[derive(Debug, Clone)]
pub struct ResumeAuthorization {
    /// The flow.
    pub flow: FlowId,
    /// The browser that asks.
    pub browser: Binding,
}

impl Operation for ResumeAuthorization {
    type Output = Progress;
    const NAME: &'static str = "authorization.resume";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Progress> {
        let flow = Flow::find(cx, self.flow, self.browser).await?;
        let client = current::client(cx, &flow).await?;
        current::advance(cx, flow, &client, true).await
    }
}
