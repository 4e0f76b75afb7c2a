//! Where things stand for a flow: what the pure steps need, read in as few round trips as it takes.

use super::{AuthorizationResponse, Flow, Next, Progress, Standing, grant::grant, next};
use crate::{
    app::Cx,
    domain::{
        clients::{self, ApplicationType, Client},
        consents,
        oauth::subject,
        users,
    },
    kernel::{Code, Fault, Refusal, Result},
};

/// Reads the standing of a flow.
pub async fn standing(cx: &Cx, flow: &Flow, client: &Client) -> Result<Standing> {
    let mut standing = Standing {
        person: cx.caller.person().cloned(),
        verification_required: cx.config().verification.required,
        first_party: client.first_party,
        assured: is_assured(client, &flow.request.address.redirect_uri),
        ..Standing::default()
    };
    if let Some(person) = &standing.person {
        let (db, tenant) = (cx.db().reader(), cx.tenant().id);
        let (user, held) = tokio::try_join!(
            users::store::find(db, tenant, person.user),
            consents::store::find(db, tenant, person.user, client.id),
        )?;
        match user {
            Some(user) => {
                standing.email_verified = user.email_verified_at.is_some();
                standing.subject = Some(subject::of(cx, client, user.id)?);
            }
            None => standing.person = None, // deleted a moment ago
        }
        standing.held = held;
    }
    Ok(standing)
}

/// The client of a flow; deleted meanwhile, the flow has nobody to answer to.
pub async fn client(cx: &Cx, flow: &Flow) -> Result<Client> {
    let found = clients::documents::find(cx, &flow.request.client_id).await?;
    found.ok_or_else(|| Code::FlowExpired.because("The application is no longer registered.").into())
}

/// Moves a flow on: keeps it and names the next page, or ends it and answers the client.
pub async fn advance(cx: &mut Cx, flow: Flow, client: &Client, kept: bool) -> Result<Progress> {
    let standing = standing(cx, &flow, client).await?;
    match next(&flow, &standing, cx.now) {
        Next::Page(path) => {
            if !kept {
                flow.keep(cx).await?;
            }
            Ok(Progress::Page(flow.at(path)))
        }
        Next::Refuse(code) => {
            flow.end(cx, kept).await?;
            refuse(cx, &flow, client, &code.into()).await
        }
        Next::Done => {
            flow.end(cx, kept).await?;
            let person = standing.person.ok_or_else(|| Fault::broken("a flow is done without a person"))?;
            Ok(Progress::Answer(grant(cx, &flow, client, &person, standing.held.epoch).await?))
        }
    }
}

/// The answer that tells the client no.
pub async fn refuse(cx: &Cx, flow: &Flow, client: &Client, refusal: &Refusal) -> Result<Progress> {
    let address = flow.request.address.clone();
    Ok(Progress::Answer(AuthorizationResponse::refusal(cx, client, address, refusal).await?))
}

/// Whether an answer can only reach the client that was allowed: it authenticates, or its address belongs to it. A native
/// app's own scheme or loopback port may be anybody's on that device (RFC 8252 §8.6).
fn is_assured(client: &Client, redirect_uri: &str) -> bool {
    !client.is_public() || client.application_type == ApplicationType::Web || redirect_uri.starts_with("https://")
}
