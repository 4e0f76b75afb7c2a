//! `GET /api/v1/auth/me`, `/sessions`, `/activity` and `DELETE /api/v1/auth/sessions/{id}`.

use std::{net::IpAddr, sync::Arc};

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
    domain::{
        audit::{self, ListActivity},
        sessions::{EndSession, ListSessions, ListedSession},
        users::{ShowMyself, User},
    },
    kernel::{
        Code, Result, Time,
        id::{ActivityId, SessionId, UserId},
    },
    web::{
        Endpoint,
        endpoint::GET,
        extract::{PathName, Query},
        reply::problem::Problem,
    },
};

/// `/api/v1/auth/me`.
pub const ME: Endpoint = Endpoint::api("/api/v1/auth/me", GET, || get(me));
/// `/api/v1/auth/sessions`.
pub const SESSIONS: Endpoint = Endpoint::api("/api/v1/auth/sessions", GET, || get(sessions));
/// `/api/v1/auth/sessions/{id}`.
pub const END_SESSION: Endpoint =
    Endpoint::api("/api/v1/auth/sessions/{id}", &[Method::DELETE], || delete(end_session));
/// `/api/v1/auth/activity`.
pub const ACTIVITY: Endpoint = Endpoint::api("/api/v1/auth/activity", GET, || get(activity));

/// The person who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Identifier; the `sub` of tokens.
    #[schema(value_type = String)]
    id: UserId,
    /// The address, as typed.
    email: String,
    /// Whether it is proved.
    email_verified: bool,
    /// What the person wants to be called.
    name: String,
    /// Since when the account exists.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

/// One device that is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// Identifier.
    #[schema(value_type = String)]
    id: SessionId,
    /// `browser` or `api`.
    kind: &'static str,
    /// The device as people know it.
    device: String,
    /// The network address at sign-in.
    #[schema(value_type = Option<String>)]
    address: Option<IpAddr>,
    /// When the session began.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// When it was last used, give or take a minute.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Time,
    /// When it ends in any case.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Time,
    /// Whether it is the one that asks.
    current: bool,
}

/// A person's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    /// The present one first.
    sessions: Vec<Session>,
}

/// One fact of one's own account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Activity {
    /// Identifier; later ones sort later.
    #[schema(value_type = String)]
    id: ActivityId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// What: a stable name.
    #[schema(example = "session.started")]
    name: String,
    /// What, in words.
    words: String,
    /// The network address of whoever acted.
    address: Option<String>,
    /// Their device.
    device: Option<String>,
}

/// A page of facts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Activities {
    /// Newest first.
    activity: Vec<Activity>,
    /// `before` of the next page, if there may be one.
    #[schema(value_type = Option<String>)]
    next: Option<ActivityId>,
}

impl From<User> for Me {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email.as_typed().to_owned(),
            email_verified: user.email_verified_at.is_some(),
            name: user.name,
            created_at: user.created_at,
        }
    }
}

impl From<ListedSession> for Session {
    fn from(listed: ListedSession) -> Self {
        let session = listed.session;
        Self {
            id: session.id,
            kind: session.kind.name(),
            device: session.device_name,
            address: session.address,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            current: listed.current,
        }
    }
}

impl From<audit::Activity> for Activity {
    fn from(fact: audit::Activity) -> Self {
        Self {
            id: fact.id,
            at: fact.at,
            name: fact.name,
            words: fact.words,
            address: fact.address,
            device: fact.device,
        }
    }
}

/// Shows the caller.
#[utoipa::path(
    get, path = "/api/v1/auth/me", tag = "account", security(("bearer" = [])),
    responses(
        (status = 200, description = "The person.", body = Me),
        (status = 401, description = "The access token is not good.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn me(State(app): State<Arc<App>>, person: ApiPerson) -> Result<Answer<Me>> {
    Ok(Answer(app.perform(person.caller(), ShowMyself).await?.into()))
}

/// Lists where the caller is signed in.
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", tag = "account", security(("bearer" = [])),
    responses(
        (status = 200, description = "The live sessions.", body = Sessions),
        (status = 401, description = "The access token is not good.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn sessions(State(app): State<Arc<App>>, person: ApiPerson) -> Result<Answer<Sessions>> {
    let listed = app.perform(person.caller(), ListSessions).await?;
    Ok(Answer(Sessions { sessions: listed.into_iter().map(Session::from).collect() }))
}

/// Ends one of the caller's sessions; all its tokens die with it.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{id}", tag = "account", security(("bearer" = [])),
    params(("id" = String, Path, description = "Which session.")),
    responses(
        (status = 204, description = "It has ended."),
        (status = 404, description = "The caller has no such session.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn end_session(State(app): State<Arc<App>>, person: ApiPerson, PathName(id): PathName) -> Result<StatusCode> {
    let id: SessionId = id.parse().map_err(|_| Code::NotFound.because("You have no such session."))?;
    app.perform(person.caller(), EndSession { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists what happened to the caller's account, newest first.
#[utoipa::path(
    get, path = "/api/v1/auth/activity", tag = "account", security(("bearer" = [])),
    params(
        ("before" = Option<String>, Query, description = "`next` of the page before."),
        ("limit" = Option<u64>, Query, description = "1 to 100; 50 if missing."),
    ),
    responses(
        (status = 200, description = "A page of facts.", body = Activities),
        (status = 422, description = "A parameter cannot be accepted.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn activity(
    State(app): State<Arc<App>>,
    person: ApiPerson,
    Query(query): Query,
) -> Result<Answer<Activities>> {
    let before = match query.once("before")? {
        None => None,
        Some(text) => Some(text.parse::<ActivityId>().map_err(|error| odd("before", &error))?),
    };
    let limit = match query.once("limit")? {
        None => 50,
        Some(text) => text
            .parse::<u64>()
            .ok()
            .filter(|limit| (1..=100).contains(limit))
            .ok_or_else(|| odd("limit", &"has to be 1 to 100"))?,
    };
    let facts = app.perform(person.caller(), ListActivity { before, limit }).await?;
    let next = if facts.len() as u64 == limit { facts.last().map(|fact| fact.id) } else { None };
    Ok(Answer(Activities { activity: facts.into_iter().map(Activity::from).collect(), next }))
}

fn odd(name: &'static str, why: &impl std::fmt::Display) -> crate::kernel::Refusal {
    Code::InvalidInput.because("Some parameters need another look.").at(name, "invalid", why.to_string())
}
