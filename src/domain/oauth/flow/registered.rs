//! The person asked for an account, as the application wanted (Initiating User Registration §4).

use super::{Binding, pending::Pending};
use crate::{
    app::{Cx, Guard, Operation},
    domain::oauth::request::Prompt,
    kernel::{Result, id::FlowId},
};

/// Notes in the flow that its registration page has been answered: signing in comes next. It says nothing about whether
/// there is a new account, because nobody is told that.
#[derive(Debug, Clone)]
pub struct NoteRegistration {
    /// The flow.
    pub flow: FlowId,
    /// The browser that asks.
    pub browser: Binding,
}

impl Operation for NoteRegistration {
    type Output = ();
    const NAME: &'static str = "authorization.note_registration";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let Pending::Authorization(mut flow) = Pending::find(cx, self.flow, self.browser).await? else { return Ok(()) };
        if flow.request.prompts(Prompt::Create) && !flow.registered {
            flow.registered = true;
            flow.keep(cx).await?;
        }
        Ok(())
    }
}
