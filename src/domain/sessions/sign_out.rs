//! Signing out: the cookie is dead on the server, whatever the browser does with it (ASVS 7.4.1).

use super::{EndReason, end_one};
use crate::{
    app::{Cx, Guard, Operation},
    domain::users::fence,
    kernel::{Result, id::ClientId},
};

/// Ends the session that the caller is in; answers the clients that had it, by their rows.
#[derive(Debug, Clone)]
pub struct SignOut;

impl Operation for SignOut {
    type Output = Vec<ClientId>;
    const NAME: &'static str = "session.sign_out";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Vec<ClientId>> {
        let (user, session, tenant) = (cx.person()?.user, cx.person()?.session, cx.tenant().id);
        fence::raise(cx.ephemeral(), user).await?;
        let had = end_one(cx.begin().await?, tenant, user, session, EndReason::SignOut).await?;
        Ok(had.unwrap_or_default())
    }
}
