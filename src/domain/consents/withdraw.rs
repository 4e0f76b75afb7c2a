//! Taking back what a person allowed an application.

use super::store;
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients::{self, Client},
        sessions::EndReason,
        users::Whom,
    },
    kernel::{
        Code, Fact, Refusal, Result,
        id::{ClientId, UserId},
    },
};

/// Takes back what the caller allowed one application: codes, access tokens and refresh tokens that it has are worthless, and
/// it has to ask again. A session at the application itself is its own affair.
#[derive(Debug, Clone)]
pub struct WithdrawConsent {
    /// The application's row.
    pub client: ClientId,
}

impl Operation for WithdrawConsent {
    type Output = ();
    const NAME: &'static str = "consent.withdraw";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let client = clients::store::find_by_row(cx.db().reader(), cx.tenant().id, self.client).await?;
        let client = client.ok_or_else(|| nothing("You have not allowed this application anything."))?;
        match withdraw(cx, cx.person()?.user, &client).await? {
            true => Ok(()),
            // The same as for an application that is not known: nobody learns which clients there are.
            false => Err(nothing("You have not allowed this application anything.").into()),
        }
    }
}

/// The same by an operator, for anybody.
#[derive(Debug, Clone)]
pub struct WithdrawConsentOf {
    /// Whose.
    pub whom: Whom,
    /// The application's public identifier.
    pub client_id: String,
}

impl Operation for WithdrawConsentOf {
    type Output = UserId;
    const NAME: &'static str = "consent.withdraw_of";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<UserId> {
        let user = self.whom.find(cx).await?;
        let client = clients::store::find(cx.db().reader(), cx.tenant().id, &self.client_id).await?;
        let client = client.ok_or_else(|| nothing("There is no client with this client_id."))?;
        match withdraw(cx, user.id, &client).await? {
            true => Ok(user.id),
            false => Err(nothing("The user has not allowed this client anything.").into()),
        }
    }
}

/// One epoch ends, in one transaction with the fact; false where there was nothing to take back.
async fn withdraw(cx: &mut Cx, user: UserId, client: &Client) -> Result<bool> {
    let tenant = cx.tenant().id;
    let session = cx.caller.person().map(|person| person.session);
    let tx = cx.begin().await?;
    let allowed = store::withdraw(tx, tenant, user, client.id).await?;
    // They are dead by the epoch already; their rows say why.
    let families = store::revoke_families(tx, tenant, user, client.id, EndReason::ConsentWithdrawn.name()).await?;
    if !allowed && families == 0 {
        return Ok(false);
    }
    if !allowed {
        store::begin_epoch(tx, tenant, user, client.id).await?; // the operator's own client, which was never asked for
    }
    let mut fact = Fact::ConsentWithdrawn.of(user).client(client.id);
    fact.session = session;
    tx.record(fact.with("client_id", client.client_id.clone()).with("refresh_tokens", families));
    Ok(true)
}

fn nothing(sentence: &'static str) -> Refusal {
    Code::NotFound.because(sentence)
}
