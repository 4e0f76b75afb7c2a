//! What the `flow` of a page may name: an authorization request, or a device's code that was entered in this browser. The pages around
//! sign-in carry both alike.

use super::{Binding, Flow};
use crate::{
    app::Cx,
    domain::oauth::device::Visit,
    kernel::{Code, Error, Result, id::FlowId},
};

/// What is waiting for the person.
#[derive(Debug)]
pub enum Pending {
    /// An application's request.
    Authorization(Box<Flow>),
    /// A device.
    Device(Visit),
}

impl Pending {
    /// What has this identifier and is this browser's. Flows are looked for first: there are many more of them.
    pub async fn find(cx: &Cx, id: FlowId, browser: Binding) -> Result<Self> {
        match Flow::find(cx, id, browser).await {
            Ok(flow) => Ok(Self::Authorization(Box::new(flow))),
            Err(Error::Refused(refusal)) if refusal.code == Code::FlowExpired => {
                let visit = Visit::find(cx, id, browser).await?;
                visit.map(Self::Device).ok_or(Error::Refused(refusal))
            }
            Err(error) => Err(error),
        }
    }
}
