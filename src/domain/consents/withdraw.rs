//! Taking back what one allowed an application.

use super::store;
use crate::{
    app::{Cx, Guard, Operation},
    domain::{clients, sessions::EndReason},
    kernel::{Code, Fact, Refusal, Result},
};

/// Takes back what the caller allowed one application: its refresh tokens are worthless, with the access tokens that came of
/// them, and it has to ask again. A session at the application itself is its own affair.
#[derive(Debug, Clone)]
pub struct WithdrawConsent {
    /// The application's public identifier.
    pub client_id: String,
}

impl Operation for WithdrawConsent {
    type Output = ();
    const NAME: &'static str = "consent.withdraw";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let (user, session, tenant) = (cx.person()?.user, cx.person()?.session, cx.tenant().id);
        let client = clients::store::find(cx.db().reader(), tenant, &self.client_id).await?;
        let client = client.ok_or_else(nothing_allowed)?;
        let tx = cx.begin().await?;
        if !store::withdraw(tx, tenant, user, client.id).await? {
            return Err(nothing_allowed().into());
        }
        let families = store::revoke_families(tx, tenant, user, client.id, EndReason::ConsentWithdrawn.name()).await?;
        let fact = Fact::ConsentWithdrawn.of(user).client(client.id).session(session);
        tx.record(fact.with("client_id", client.client_id).with("refresh_tokens", families));
        Ok(())
    }
}

/// The same for an application that is not known and for one that was never allowed: nobody learns which clients there are.
fn nothing_allowed() -> Refusal {
    Code::NotFound.because("You have not allowed this application anything.")
}
