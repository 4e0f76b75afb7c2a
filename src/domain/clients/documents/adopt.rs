//! A client that a document describes becomes a row when a person first allows it something, and follows its document afterwards.

use super::store::{self, Read};
use crate::{
    app::{Cx, Guard, Operation},
    domain::clients::{Client, create, store as clients},
    kernel::{Caller, Code, Error, Event, Fact, Result, Who},
};

/// Makes the row of a client, where it comes from a document and has none yet. A transaction of its own, before that of the caller:
/// what the person allows refers to it.
///
/// # Errors
/// `Forbidden` where there are as many such clients as may be.
pub async fn adopt(cx: &Cx, client: &Client) -> Result<()> {
    if !client.metadata.metadata_document || is_row(cx, client).await? {
        return Ok(());
    }
    if store::count(cx.db().reader(), cx.tenant().id).await? >= u64::from(cx.config().registration.client_quota) {
        let full =
            "As many applications that nobody registered are in use as may be; ask the operator to register this one.";
        return Err(Code::Forbidden.because(full).into());
    }
    let known = cx.app.client_documents.entry(&client.client_id).await;
    // Forgotten meanwhile, it is read again when the client comes next.
    let fresh_until = known.kept.as_ref().map_or(cx.now, |kept| kept.fresh_until);
    drop(known);
    let operation = Adopt { client: client.clone(), read: Read { fetched_at: cx.now, fresh_until } };
    match cx.app.perform(ourselves(cx), operation).await {
        // Two people at once: one row does for both.
        Err(Error::Refused(refusal)) if refusal.code == Code::Conflict && is_row(cx, client).await? => Ok(()),
        answer => answer,
    }
}

/// The client as its document describes it now.
pub(super) async fn renew(cx: &Cx, present: Client, described: Client, read: Read) -> Result<Client> {
    let client = Client { created_at: present.created_at, updated_at: present.updated_at, ..described };
    let changed = client != present;
    let client = if changed { Client { updated_at: cx.now, ..client } } else { present };
    cx.app.perform(ourselves(cx), Renew { client: client.clone(), changed, read }).await?;
    Ok(client)
}

async fn is_row(cx: &Cx, client: &Client) -> Result<bool> {
    Ok(clients::find_by_row(cx.db().reader(), cx.tenant().id, client.id).await?.is_some())
}

/// The service itself, in the request that made it act.
fn ourselves(cx: &Cx) -> Caller {
    Caller { who: Who::Job, ..cx.caller.clone() }
}

/// Makes the row.
struct Adopt {
    client: Client,
    read: Read,
}

impl Operation for Adopt {
    type Output = ();
    const NAME: &'static str = "client_document.adopt";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let tx = cx.begin().await?;
        create::insert(tx, &self.client, None, None).await?;
        store::insert(tx, &self.client, self.read).await?;
        let event = Event::from(Fact::ClientRegistered).client(self.client.id);
        tx.record(event.with("client_id", self.client.client_id).with("document", true));
        Ok(())
    }
}

/// Writes what the document says now.
struct Renew {
    client: Client,
    changed: bool,
    read: Read,
}

impl Operation for Renew {
    type Output = ();
    const NAME: &'static str = "client_document.renew";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let tx = cx.begin().await?;
        // Deleted, or the operator's own meanwhile: then the document does not count any more.
        if store::note(tx, self.client.id, self.read).await? && self.changed {
            clients::update(tx, &self.client).await?;
            let event = Event::from(Fact::ClientUpdated).client(self.client.id);
            tx.record(event.with("client_id", self.client.client_id).with("document", true));
        }
        Ok(())
    }
}
