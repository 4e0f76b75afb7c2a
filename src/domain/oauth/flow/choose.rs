//! The person chooses the account (`prompt=select_account`).

use super::{Binding, Flow, Progress, current};
use crate::{
    app::{Cx, Guard, Operation},
    domain::sessions::SignOut,
    kernel::{Result, Who, id::FlowId},
};

/// Goes on with the account that is signed in, or with another.
#[derive(Debug, Clone)]
pub struct ChooseAccount {
    /// The flow.
    pub flow: FlowId,
    /// The browser that asks.
    pub browser: Binding,
    /// Whether another account is wanted.
    pub other: bool,
}

impl Operation for ChooseAccount {
    type Output = Progress;
    const NAME: &'static str = "authorization.choose_account";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Progress> {
        let mut flow = Flow::find(cx, self.flow, self.browser).await?;
        let client = current::client(cx, &flow).await?;
        if self.other {
            // As the page says: this account is signed out here, and whoever comes next signs in.
            SignOut.run(cx).await?;
            cx.caller.who = Who::Nobody;
        } else {
            flow.account_chosen = true;
            flow.keep(cx).await?;
        }
        current::advance(cx, flow, &client, true).await
    }
}
