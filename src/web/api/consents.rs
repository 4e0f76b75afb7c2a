//! `GET /api/v1/auth/consents` and `DELETE /api/v1/auth/consents/{id}`.

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
    domain::consents::{Allowed, ListConsents, WithdrawConsent},
    kernel::{Code, Result, Time, details::Details, id::ClientId},
    web::{Endpoint, endpoint::GET, extract::PathName, reply::problem::Problem},
};

/// `/api/v1/auth/consents`.
pub const CONSENTS: Endpoint = Endpoint::api("/api/v1/auth/consents", GET, || get(consents));
/// `/api/v1/auth/consents/{id}`.
pub const WITHDRAW: Endpoint = Endpoint::api("/api/v1/auth/consents/{id}", &[Method::DELETE], || delete(withdraw));

/// One application, and what it may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Consent {
    /// Identifier, for withdrawing.
    #[schema(value_type = String)]
    id: ClientId,
    /// The application's public identifier.
    client_id: String,
    /// Its name.
    client_name: String,
    /// Its home page.
    client_uri: Option<String>,
    /// Its logo.
    logo_uri: Option<String>,
    /// Whether it is the operator's own, which need not ask.
    first_party: bool,
    /// What it may do: scopes, separated by spaces.
    #[schema(example = "email openid")]
    scope: String,
    /// The APIs that it named, by URI.
    resources: Vec<String>,
    /// What it may do in detail (RFC 9396): objects that each have a type.
    #[schema(value_type = Vec<Object>)]
    authorization_details: Details,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    since: Time,
    /// When it last asked for tokens or used a refresh token, as far as it is remembered.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Time>,
    /// Whether it can go on while the person is away.
    while_away: bool,
}

/// What a person allowed applications.
#[derive(Debug, Serialize, ToSchema)]
pub struct Consents {
    /// By name.
    consents: Vec<Consent>,
}

impl From<Allowed> for Consent {
    fn from(allowed: Allowed) -> Self {
        let client = allowed.client;
        Self {
            id: client.id,
            client_id: client.client_id,
            client_name: client.client_name,
            client_uri: client.client_uri,
            logo_uri: client.logo_uri,
            first_party: client.first_party,
            scope: allowed.scope.to_string(),
            resources: allowed.resources,
            authorization_details: allowed.details,
            since: allowed.since,
            last_used_at: allowed.last_used_at,
            while_away: allowed.while_away,
        }
    }
}

/// Lists the applications that may use the caller's account.
#[utoipa::path(
    get, path = "/api/v1/auth/consents", tag = "account", security(("bearer" = [])),
    responses(
        (status = 200, description = "The applications.", body = Consents),
        (status = 401, description = "The access token is not good.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn consents(State(app): State<Arc<App>>, person: ApiPerson) -> Result<Answer<Consents>> {
    let allowed = app.perform(person.caller(), ListConsents).await?;
    Ok(Answer(Consents { consents: allowed.into_iter().map(Consent::from).collect() }))
}

/// Takes back what the caller allowed an application: its tokens end at once, and it has to ask again.
#[utoipa::path(
    delete, path = "/api/v1/auth/consents/{id}", tag = "account", security(("bearer" = [])),
    params(("id" = String, Path, description = "Which application.")),
    responses(
        (status = 204, description = "It may do nothing any more."),
        (status = 404, description = "The caller has not allowed it anything.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn withdraw(State(app): State<Arc<App>>, person: ApiPerson, PathName(id): PathName) -> Result<StatusCode> {
    let client = id.parse().map_err(|_| Code::NotFound.because("You have not allowed this application anything."))?;
    app.perform(person.caller(), WithdrawConsent { client }).await?;
    Ok(StatusCode::NO_CONTENT)
}
