//! The person decides.

use super::{Decided, over, show, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::oauth::decoupled,
    kernel::{Result, id::DecoupledId},
};

/// Decides one of the requests that wait for the caller.
#[derive(Debug, Clone, Copy)]
pub struct DecideRequest {
    /// Which.
    pub request: DecoupledId,
    /// What they said.
    pub allow: bool,
}

impl Operation for DecideRequest {
    type Output = Decided;
    const NAME: &'static str = "backchannel.decide";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Decided> {
        let (request, client) = show::open(cx, self.request).await?;
        let judged = decoupled::judge(cx, &request, &client, self.allow).await?;
        let decided = judged.carry_out(cx, &request, &client).await?.ok_or_else(over)?;
        store::due_now(cx.tx()?, &request).await?; // a no is told as well (§10.2)
        Ok(decided)
    }
}
