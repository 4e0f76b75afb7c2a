//! What waits for a person, and what they are told before they decide it.

use super::over;
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients::{self, Client},
        oauth::{
            decoupled::{self, Request},
            flow::{Api, Application, ScopeWords, in_words},
        },
        resources,
    },
    kernel::{Error, Result, Time, id::DecoupledId},
};

/// One request, as the person sees it.
#[derive(Debug, Clone)]
pub struct RequestView {
    /// Which.
    pub id: DecoupledId,
    /// Who asks.
    pub application: Application,
    /// What the client says to the person.
    pub binding_message: Option<String>,
    /// For what, in words.
    pub scopes: Vec<ScopeWords>,
    /// The APIs that it names.
    pub apis: Vec<Api>,
    /// When.
    pub asked_at: Time,
    /// Until when.
    pub expires_at: Time,
}

/// Lists what waits for the caller, the newest first.
#[derive(Debug, Clone, Copy)]
pub struct ListRequests;

impl Operation for ListRequests {
    type Output = Vec<RequestView>;
    const NAME: &'static str = "backchannel.list";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Vec<RequestView>> {
        let (db, tenant) = (cx.db().reader(), cx.tenant().id);
        let waiting = decoupled::store::waiting_for(db, tenant, cx.person()?.user, cx.now).await?;
        let mut views = Vec::with_capacity(waiting.len());
        for request in waiting {
            if let Some(client) = clients::store::find_by_row(db, tenant, request.client).await? {
                match view(cx, request, &client).await {
                    Ok(view) => views.push(view),
                    Err(Error::Refused(_)) => {} // for an API that is gone meanwhile: nothing comes of it
                    Err(fault) => return Err(fault),
                }
            }
        }
        Ok(views)
    }
}

/// Reads one of them; changes nothing.
#[derive(Debug, Clone, Copy)]
pub struct ShowRequest {
    /// Which.
    pub request: DecoupledId,
}

impl Operation for ShowRequest {
    type Output = RequestView;
    const NAME: &'static str = "backchannel.show";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<RequestView> {
        let (request, client) = open(cx, self.request).await?;
        view(cx, request, &client).await
    }
}

/// A request that waits for the caller, and its client. Nobody else's is shown or decided here, nor one that is decided by whoever
/// knows a code.
pub(super) async fn open(cx: &Cx, id: DecoupledId) -> Result<(Request, Client)> {
    let (db, tenant, person) = (cx.db().reader(), cx.tenant().id, cx.person()?.user);
    let request = decoupled::store::find(db, tenant, id).await?;
    let theirs = |request: &Request| request.person == Some(person) && request.is_open(cx.now);
    let request = request.filter(theirs).ok_or_else(over)?;
    let client = clients::store::find_by_row(db, tenant, request.client).await?;
    Ok((request, client.ok_or_else(over)?))
}

async fn view(cx: &Cx, request: Request, client: &Client) -> Result<RequestView> {
    let apis = resources::judge(cx, client, &request.resources).await?;
    Ok(RequestView {
        id: request.id,
        application: Application::of(client, None),
        binding_message: request.binding_message,
        scopes: in_words(&request.scope),
        apis: apis.into_iter().map(Api::from).collect(),
        asked_at: request.created_at,
        expires_at: request.expires_at,
    })
}
