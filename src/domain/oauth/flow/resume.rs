//! A page has done its part: on to the next one, or to the answer.

use super::{Binding, Progress, current, pending::Pending};
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
        let flow = match Pending::find(cx, self.flow, self.browser).await? {
            Pending::Authorization(flow) => flow,
            Pending::Device(visit) => return Ok(Progress::Page(visit.next(cx).await?)),
        };
        let client = current::client(cx, &flow).await?;
        current::advance(cx, *flow, &client, true).await
    }
}
