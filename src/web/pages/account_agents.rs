//! `/account/agents`: the programs that a person answers for, and ending them.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Serialize;

use super::{Application, Frame, destination::Destination, frame::signed_in};
use crate::{
    app::App,
    domain::{
        clients::{Client, GrantType, ListAgents, RevokeAgent},
        oauth::flow,
    },
    kernel::{Code, Result, id::ClientId},
    web::{
        Endpoint,
        endpoint::{GET, POST},
        extract::{Form, FormBody, Query, Visitor},
    },
};

/// `/account/agents`.
pub const LIST: Endpoint = Endpoint::page("/account/agents", GET, || get(list));
/// `/account/agents/revoke`.
pub const REVOKE: Endpoint = Endpoint::page("/account/agents/revoke", POST, || post(answer));

#[derive(Serialize)]
struct Own {
    agents: Vec<Entry>,
    notice: Option<&'static str>,
}

/// An agent with what it may ask for.
#[derive(Serialize)]
struct Entry {
    id: ClientId,
    application: Application,
    /// By name: what it does it does itself, and not in the words that a person is asked with.
    scopes: Vec<String>,
    for_people: bool,
    since: String,
}

async fn list(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let Some(user) = signed_in(&visitor).await? else {
        return Ok(Redirect::to(&Destination::Agents.sign_in()).into_response());
    };
    let agents = app.perform(visitor.caller(), ListAgents).await?;
    let own = Own {
        agents: agents.iter().map(entry).collect(),
        notice: query.once("ended")?.map(|_| "That agent is gone. What it held is worthless."),
    };
    let form = Form::Account(visitor.person()?.session);
    Frame::of(&visitor, form).for_person(&user).show(&visitor, "account_agents.html", own)
}

fn entry(agent: &Client) -> Entry {
    let others = |grant: &GrantType| matches!(grant, GrantType::TokenExchange | GrantType::JwtBearer);
    Entry {
        id: agent.id,
        application: Application::from(flow::Application::of(agent, None)),
        scopes: agent.scope.iter().map(str::to_owned).collect(),
        for_people: agent.grant_types.iter().any(others),
        since: agent.created_at.format("%-d %B %Y").to_string(),
    }
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    let Some(principal) = &visitor.principal else { return Ok(Redirect::to("/login").into_response()) };
    visitor.admit(Form::Account(principal.session), &form)?;
    let agent = form.field("agent")?.parse().map_err(|_| Code::NotFound.because("You have no such agent."))?;
    app.perform(visitor.caller(), RevokeAgent { agent }).await?;
    Ok(Redirect::to("/account/agents?ended=agent").into_response())
}
