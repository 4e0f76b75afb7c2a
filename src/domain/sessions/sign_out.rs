//! Signing out: the cookie is dead on the server, whatever the browser does with it (ASVS 7.4.1).

use super::{EndReason, end_one};
use crate::{
    app::{Cx, Guard, Operation},
    domain::users::fence,
    kernel::Result,
};

/// Ends the session that the caller is in.
#[derive(Debug, Clone)]
pub struct SignOut;

impl Operation for SignOut {
    type Output = ();
    const NAME: &'static str = "session.sign_out";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let (user, session, tenant) = (cx.person()?.user, cx.person()?.session, cx.tenant().id);
        fence::raise(cx.ephemeral(), user).await?;
        end_one(cx.begin().await?, tenant, user, session, EndReason::SignOut).await?;
        Ok(())
    }
}
