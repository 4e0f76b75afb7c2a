//! Looking at clients.

use super::{Client, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::users::Whom,
    kernel::{Code, Result},
};

/// Every client of the tenant, by name, or those of one owner.
#[derive(Debug, Clone, Default)]
pub struct ListClients {
    /// Only those that this person answers for.
    pub owner: Option<Whom>,
}

impl Operation for ListClients {
    type Output = Vec<Client>;
    const NAME: &'static str = "client.list";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Client>> {
        let (db, tenant) = (cx.db().reader(), cx.tenant().id);
        match self.owner {
            Some(whom) => store::owned_by(db, tenant, whom.find(cx).await?.id).await,
            None => store::list(db, tenant).await,
        }
    }
}

/// One client.
#[derive(Debug, Clone)]
pub struct ShowClient {
    /// Its public identifier.
    pub client_id: String,
}

impl Operation for ShowClient {
    type Output = Client;
    const NAME: &'static str = "client.show";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Client> {
        find(cx, &self.client_id).await
    }
}

/// The client, or the refusal that there is none.
pub(super) async fn find(cx: &Cx, client_id: &str) -> Result<Client> {
    let found = store::find(cx.db().reader(), cx.tenant().id, client_id).await?;
    found.ok_or_else(|| Code::NotFound.because("There is no client with this client_id.").into())
}
