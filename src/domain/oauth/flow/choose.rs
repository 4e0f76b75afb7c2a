//! The person chooses the account (`prompt=select_account`).

use super::{Binding, Progress, current, pending::Pending};
use crate::{
    app::{Cx, Guard, Operation},
    domain::oauth::logout::SignOutHere,
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

/// What the choice comes to.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Where it goes on.
    pub progress: Progress,
    /// What the browser has to load in frames before, where an account was signed out.
    pub frames: Vec<String>,
}

impl Operation for ChooseAccount {
    type Output = Chosen;
    const NAME: &'static str = "authorization.choose_account";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Chosen> {
        let pending = Pending::find(cx, self.flow, self.browser).await?;
        let mut frames = Vec::new();
        if self.other {
            // As the page says: this account is signed out here, and whoever comes next signs in.
            frames = SignOutHere.run(cx).await?;
            cx.caller.who = Who::Nobody;
        }
        let progress = match pending {
            Pending::Device(visit) => Progress::Page(visit.next(cx).await?),
            Pending::Authorization(mut flow) => {
                let client = current::client(cx, &flow).await?;
                if !self.other {
                    flow.account_chosen = true;
                    flow.change(cx).await?;
                }
                current::advance(cx, *flow, &client, true).await?
            }
        };
        Ok(Chosen { progress, frames })
    }
}
