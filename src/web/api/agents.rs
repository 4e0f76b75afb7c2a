//! `GET /api/v1/auth/agents` and `DELETE /api/v1/auth/agents/{id}`.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{Method, StatusCode},
    routing::{delete, get},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiPerson;
use crate::{
    app::App,
    domain::clients::{Client, ListAgents, RevokeAgent},
    kernel::{Code, Result, Time, id::ClientId},
    web::{Endpoint, endpoint::GET, extract::PathName, reply::problem::Problem},
};

/// `/api/v1/auth/agents`.
pub const AGENTS: Endpoint = Endpoint::api("/api/v1/auth/agents", GET, || get(agents));
/// `/api/v1/auth/agents/{id}`.
pub const REVOKE: Endpoint = Endpoint::api("/api/v1/auth/agents/{id}", &[Method::DELETE], || delete(revoke));

/// A client that the caller answers for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agent {
    /// Identifier, for ending it.
    #[schema(value_type = String)]
    id: ClientId,
    /// Its public identifier, the `sub` of tokens that it asks for itself.
    client_id: String,
    /// Its name.
    client_name: String,
    /// Its home page.
    client_uri: Option<String>,
    /// What it may ask for: scopes, separated by spaces.
    #[schema(example = "orders:read")]
    scope: String,
    /// How it obtains tokens, by the names of the standards.
    #[schema(value_type = Vec<String>, example = json!(["client_credentials"]))]
    grant_types: Vec<String>,
    /// Since when it is registered.
    #[schema(value_type = String, format = DateTime)]
    since: Time,
}

/// The clients that the caller answers for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agents {
    /// By name.
    agents: Vec<Agent>,
}

impl From<Client> for Agent {
    fn from(client: Client) -> Self {
        Self {
            id: client.id,
            client_id: client.client_id,
            client_name: client.client_name,
            client_uri: client.client_uri,
            scope: client.scope.to_string(),
            grant_types: client.grant_types.iter().map(ToString::to_string).collect(),
            since: client.created_at,
        }
    }
}

/// Lists the agents of the caller.
#[utoipa::path(
    get, path = "/api/v1/auth/agents", tag = "account", security(("bearer" = [])),
    responses(
        (status = 200, description = "The agents.", body = Agents),
        (status = 401, description = "The access token is not good.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn agents(State(app): State<Arc<App>>, person: ApiPerson) -> Result<Answer<Agents>> {
    let agents = app.perform(person.caller(), ListAgents).await?;
    Ok(Answer(Agents { agents: agents.into_iter().map(Agent::from).collect() }))
}

/// Ends an agent of the caller: it is deleted, and its tokens end at once.
#[utoipa::path(
    delete, path = "/api/v1/auth/agents/{id}", tag = "account", security(("bearer" = [])),
    params(("id" = String, Path, description = "Which agent.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "The caller has no such agent.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn revoke(State(app): State<Arc<App>>, person: ApiPerson, PathName(id): PathName) -> Result<StatusCode> {
    let agent = id.parse().map_err(|_| Code::NotFound.because("You have no such agent."))?;
    app.perform(person.caller(), RevokeAgent { agent }).await?;
    Ok(StatusCode::NO_CONTENT)
}
