//! The client behind an identifier: registered, or described by the document at that address.

use std::time::Duration;

use chrono::TimeDelta;
use url::Url;

use super::{
    address::{self, Address},
    adopt,
    read::{self, NoDocument},
    store::{self, Read},
};
use crate::{
    app::{Cx, KeptDocument, KnownDocument},
    config::Config,
    domain::{
        clients::{Client, agents, store as clients},
        rates::rate,
    },
    kernel::{Code, Refusal, Result, Time},
};

/// A client that is known stays what it is for so long while its document's server is away (RFC 9111 §4.2.4).
const LAST_GOOD: TimeDelta = TimeDelta::days(1);
/// A server that was away is not asked again for so long, while what it last said counts.
const AWAY: TimeDelta = TimeDelta::minutes(1);

/// The client of this identifier; none where there is none, or none that may act.
///
/// # Errors
/// `InvalidClient` with the reason where the identifier is the address of a document that cannot be used.
pub async fn find(cx: &Cx, client_id: &str) -> Result<Option<Client>> {
    let row = clients::find(cx.db().reader(), cx.tenant().id, client_id).await?;
    match present(cx, client_id, row).await? {
        Some(client) => agents::active(&cx.app, client).await,
        None => Ok(None),
    }
}

/// What a row is at this moment: itself, if it was registered; what its document says, if it comes from one. Without a row, what the
/// document says, if the identifier is the address of one.
///
/// # Errors
/// As [`find`].
pub async fn present(cx: &Cx, client_id: &str, row: Option<Client>) -> Result<Option<Client>> {
    let row = match row {
        Some(registered) if !registered.metadata.metadata_document => return Ok(Some(registered)),
        row => row,
    };
    let url = match address::judge(client_id, cx.config()) {
        Address::Other => return Ok(None), // documents count no longer, and their clients with them
        Address::Refused(why) => return Err(unusable(why).into()),
        Address::Document(url) => url,
    };
    match row {
        None => first(cx, client_id, &url).await.map(Some),
        Some(known) => renewed(cx, known, &url).await.map(Some),
    }
}

/// Whether a client that has a row is one that the settings still admit. Nothing is read.
pub fn is_admitted(config: &Config, client: &Client) -> bool {
    !client.metadata.metadata_document || matches!(address::judge(&client.client_id, config), Address::Document(_))
}

/// A client that no person has allowed anything yet.
async fn first(cx: &Cx, client_id: &str, url: &Url) -> Result<Client> {
    let mut known = cx.app.client_documents.entry(client_id).await;
    if let Some(kept) = known.fresh(cx.now) {
        return Ok(read::client(cx, client_id, kept.members.clone())?);
    }
    throttle(cx, url).await?;
    match fetched(cx, client_id, url, &mut known).await? {
        Ok((client, _)) => Ok(client),
        Err(NoDocument::Away(why)) => Err(unusable("cannot be read at the moment").hiding(why).into()),
        Err(NoDocument::Useless(why)) => Err(unusable(why).into()),
    }
}

/// A client that has a row, as its document says it is.
async fn renewed(cx: &Cx, client: Client, url: &Url) -> Result<Client> {
    let found = store::find(cx.db().reader(), client.id).await?;
    if found.is_some_and(|read| cx.now < read.fresh_until) {
        return Ok(client);
    }
    let mut known = cx.app.client_documents.entry(&client.client_id).await;
    let counts = found.is_some_and(|read| cx.now - read.fetched_at < LAST_GOOD);
    let recently = known.failed_at.is_some_and(|at| cx.now - at < AWAY);
    if counts && recently {
        return Ok(client);
    }
    // Whoever waited here may find that it was read meanwhile.
    if let Some(kept) = known.fresh(cx.now) {
        return Ok(Client {
            created_at: client.created_at,
            ..read::client(cx, &client.client_id, kept.members.clone())?
        });
    }
    if known.failed_at.is_some() {
        throttle(cx, url).await?;
    }
    match fetched(cx, &client.client_id, url, &mut known).await? {
        Ok((described, read)) => adopt::renew(cx, client, described, read).await,
        Err(NoDocument::Away(why)) if counts => {
            tracing::warn!(
                client_id = client.client_id,
                why,
                "the document of a client cannot be read: its last one counts"
            );
            Ok(client)
        }
        Err(NoDocument::Away(why)) => Err(unusable("cannot be read at the moment").hiding(why).into()),
        Err(NoDocument::Useless(why)) => Err(unusable(why).into()),
    }
}

/// Reads and judges the document, and keeps it if it is good.
async fn fetched(
    cx: &Cx,
    client_id: &str,
    url: &Url,
    known: &mut KnownDocument,
) -> Result<std::result::Result<(Client, Read), NoDocument>> {
    *known = KnownDocument { kept: None, failed_at: Some(cx.now) };
    let (members, age) = match read::fetch(cx, url).await {
        Ok(read) => read,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let client = match read::client(cx, client_id, members.clone()) {
        Ok(client) => client,
        Err(refusal) => return Ok(Err(NoDocument::Useless(in_words(&refusal)))),
    };
    let read = Read { fetched_at: cx.now, fresh_until: after(cx.now, age) };
    *known = KnownDocument { kept: Some(KeptDocument { members, fresh_until: read.fresh_until }), failed_at: None };
    Ok(Ok((client, read)))
}

/// Signet is not to be the means by which somebody asks a server often: counted by who asks and by who is asked.
async fn throttle(cx: &Cx, url: &Url) -> Result<()> {
    let limits = &cx.config().limits;
    if cx.caller.device.address.is_some() {
        let network = cx.caller.device.network();
        cx.limit("client_document_address", &network, rate(limits.client_documents_per_address)).await?;
    }
    cx.limit("client_document_host", url.host_str().unwrap_or_default(), rate(limits.client_documents_per_host)).await
}

fn after(now: Time, age: Duration) -> Time {
    TimeDelta::from_std(age).map_or(now, |age| now + age)
}

/// What is wrong with a document: what its author has to know.
fn in_words(refusal: &Refusal) -> String {
    let fields = refusal.fields.iter().map(|field| format!("{} {}", field.field, field.message));
    format!("is not one of a client: {}", fields.collect::<Vec<_>>().join("; "))
}

fn unusable(why: impl std::fmt::Display) -> Refusal {
    Code::InvalidClient.because(format!("The document that describes the application (client_id) {why}."))
}
