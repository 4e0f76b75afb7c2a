//! `/oauth2/par` (RFC 9126 §2).

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};

use super::{authorize::parameters, basic::basic, cors};
use crate::{
    app::App,
    domain::oauth::par::PushAuthorization,
    kernel::Result,
    web::{
        Caching, Cors, Endpoint, Surface,
        endpoint::POST,
        extract::{Call, FormBody, Shown},
    },
};

/// `/oauth2/par`.
pub const PAR: Endpoint = Endpoint {
    advertised_as: Some("pushed_authorization_request_endpoint"),
    cors: Cors::Registered,
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/par", POST, || post(push))
};

async fn push(
    State(app): State<Arc<App>>,
    call: Call,
    Shown(evidence): Shown,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response> {
    let parameters = parameters(&form);
    let basic = basic(&headers)?;
    let client_id =
        basic.as_ref().map(|(id, _)| id.as_str()).or_else(|| parameters.first("client_id")).map(str::to_owned);
    cors::judge(&app, &call, &headers, client_id.as_deref()).await?;
    let pushed = app.perform(call.caller(), PushAuthorization { parameters, basic, evidence }).await?;
    if let Some(client_id) = client_id {
        call.noted.client(&client_id);
    }
    Ok((StatusCode::CREATED, axum::Json(pushed)).into_response())
}
