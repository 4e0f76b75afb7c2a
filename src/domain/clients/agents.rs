//! Agents: clients that a person answers for. They see them, they can end them, and what ends the person ends them.

use super::{Client, documents, store};
use crate::{
    app::{App, Cx, Guard, Operation},
    domain::users,
    kernel::{
        Code, Fact, Result,
        id::{ClientId, TenantId},
    },
};

/// The client with this public identifier, if it may act: an agent may not while its owner is locked.
pub async fn find_active(app: &App, tenant: TenantId, client_id: &str) -> Result<Option<Client>> {
    match store::find(app.db.reader(), tenant, client_id).await? {
        Some(client) => active(app, client).await,
        None => Ok(None),
    }
}

/// A client, if it may act: an agent may not while its owner is locked, one that describes itself not where that is not admitted.
pub(super) async fn active(app: &App, client: Client) -> Result<Option<Client>> {
    if !documents::is_admitted(&app.config, &client) {
        return Ok(None);
    }
    let Some(owner) = client.owner else { return Ok(Some(client)) };
    let owner = users::store::find(app.db.reader(), client.tenant, owner).await?;
    Ok(owner.is_some_and(|owner| !owner.is_locked()).then_some(client))
}

/// Lists the agents of the caller, by name.
#[derive(Debug, Clone, Copy)]
pub struct ListAgents;

impl Operation for ListAgents {
    type Output = Vec<Client>;
    const NAME: &'static str = "agent.list";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Client>> {
        store::owned_by(cx.db().reader(), cx.tenant().id, cx.person()?.user).await
    }
}

/// Ends an agent of the caller: the client is deleted, and every token that it has, on every node.
#[derive(Debug, Clone)]
pub struct RevokeAgent {
    /// Its row.
    pub agent: ClientId,
}

impl Operation for RevokeAgent {
    type Output = ();
    const NAME: &'static str = "agent.revoke";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let tenant = cx.tenant().id;
        let (owner, session) = (cx.person()?.user, cx.person()?.session);
        let found = store::find_by_row(cx.db().reader(), tenant, self.agent).await?;
        // Somebody else's is the same as none: nobody learns which clients there are.
        let nothing = || Code::NotFound.because("You have no such agent.");
        let agent = found.filter(|client| client.owner == Some(owner)).ok_or_else(nothing)?;
        let tx = cx.begin().await?;
        if !store::delete(tx, tenant, agent.id).await? {
            return Err(nothing().into());
        }
        let mut fact = agent.event(Fact::ClientDeleted);
        fact.session = Some(session);
        tx.record(fact);
        Ok(())
    }
}
