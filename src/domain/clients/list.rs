//! Looking at clients.

use super::{Client, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Result},
};

/// Every client of the tenant, by name.
#[derive(Debug, Clone)]
pub struct ListClients;

impl Operation for ListClients {
    type Output = Vec<Client>;
    const NAME: &'static str = "client.list";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Client>> {
        store::list(cx.db().reader(), cx.tenant().id).await
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
