//! Removing a client; its consents and refresh tokens go with it.

use super::{list, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Fact, Result},
};

/// Removes a client.
#[derive(Debug, Clone)]
pub struct DeleteClient {
    /// Its public identifier.
    pub client_id: String,
}

impl Operation for DeleteClient {
    type Output = ();
    const NAME: &'static str = "client.delete";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let client = list::find(cx, &self.client_id).await?;
        let tenant = cx.tenant().id;
        let tx = cx.begin().await?;
        if !store::delete(tx, tenant, client.id).await? {
            return Err(Code::NotFound.because("There is no client with this client_id.").into());
        }
        tx.record(client.event(Fact::ClientDeleted));
        Ok(())
    }
}
