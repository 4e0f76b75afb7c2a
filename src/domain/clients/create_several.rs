//! Registering several clients at once: all of them or none.

use super::{CreateClient, Created, create, secrets};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Event, Fact, Result},
};

/// Registers them in order.
#[derive(Debug, Clone)]
pub struct CreateClients(pub Vec<CreateClient>);

impl Operation for CreateClients {
    type Output = Vec<Created>;
    const NAME: &'static str = "client.create_several";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Created>> {
        let mut ready = Vec::with_capacity(self.0.len());
        for asked in self.0 {
            let (client, secret) = asked.judged(cx).await?;
            let sealed = secret.as_ref().map(|secret| secrets::seal(&cx.app.master, &client, secret)).transpose()?;
            ready.push((Created { client, secret }, sealed.flatten()));
        }
        let tx = cx.begin().await?;
        let mut all = Vec::with_capacity(ready.len());
        for (created, sealed) in ready {
            let Created { client, secret } = &created;
            create::insert(tx, client, secret.as_ref(), sealed).await?;
            tx.record(Event::from(Fact::ClientCreated).client(client.id).with("client_id", client.client_id.clone()));
            all.push(created);
        }
        Ok(all)
    }
}
