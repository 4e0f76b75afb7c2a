//! `/oauth2/register` (RFC 7591 §3, OpenID Connect Registration §3) and the registrations below it (RFC 7592 §2).

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use crate::{
    app::App,
    config::{ClientRegistration, Config},
    domain::clients::{DeleteRegistration, ReadRegistration, RegisterClient, UpdateRegistration},
    kernel::{Code, Result, secret::Secret},
    web::{
        Cors, Endpoint, Surface,
        endpoint::POST,
        extract::{Call, JsonObject, bearer},
    },
};

/// `/oauth2/register`.
pub const REGISTER: Endpoint = Endpoint {
    advertised_as: Some("registration_endpoint"),
    // Scripts of any origin: what they are answered is about the client that they just made. No cookie counts here.
    cors: Cors::Any,
    surface: Surface::OAuth,
    served: is_on,
    ..Endpoint::page("/oauth2/register", POST, || post(register))
};

/// `/oauth2/register/{client_id}`.
pub const REGISTRATION: Endpoint = Endpoint {
    surface: Surface::OAuth,
    served: is_on,
    ..Endpoint::page("/oauth2/register/{client_id}", METHODS, || get(read).put(update).delete(delete))
};

const METHODS: &[Method] = &[Method::GET, Method::PUT, Method::DELETE];

fn is_on(config: &Config) -> bool {
    config.registration.clients != ClientRegistration::Off
}

async fn register(
    State(app): State<Arc<App>>,
    call: Call,
    headers: HeaderMap,
    JsonObject(metadata): JsonObject,
) -> Result<Response> {
    let token = bearer(&headers)?;
    let registered = app.perform(call.caller(), RegisterClient { metadata, token }).await?;
    call.noted.client(&registered.client_id);
    Ok((StatusCode::CREATED, Json(registered.answer)).into_response())
}

async fn read(
    State(app): State<Arc<App>>,
    call: Call,
    headers: HeaderMap,
    Path(client_id): Path<String>,
) -> Result<Response> {
    let token = own_token(&headers)?;
    let registered = app.perform(call.caller(), ReadRegistration { client_id, token }).await?;
    Ok(Json(registered.answer).into_response())
}

async fn update(
    State(app): State<Arc<App>>,
    call: Call,
    headers: HeaderMap,
    Path(client_id): Path<String>,
    JsonObject(metadata): JsonObject,
) -> Result<Response> {
    let token = own_token(&headers)?;
    let registered = app.perform(call.caller(), UpdateRegistration { client_id, token, metadata }).await?;
    Ok(Json(registered.answer).into_response())
}

async fn delete(
    State(app): State<Arc<App>>,
    call: Call,
    headers: HeaderMap,
    Path(client_id): Path<String>,
) -> Result<StatusCode> {
    let token = own_token(&headers)?;
    app.perform(call.caller(), DeleteRegistration { client_id, token }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The registration access token, which stands in the header only (RFC 7592 §2).
fn own_token(headers: &HeaderMap) -> Result<Secret> {
    bearer(headers)?.ok_or_else(|| Code::NotSignedIn.because("the registration access token is needed").into())
}
