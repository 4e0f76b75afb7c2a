//! `/oauth2/device_authorization` (RFC 8628 §3.1).

use std::sync::Arc;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};

use super::{authorize::parameters, basic::basic, cors};
use crate::{
    app::App,
    domain::oauth::device::AuthorizeDevice,
    kernel::Result,
    web::{
        Caching, Cors, Endpoint, Surface,
        endpoint::POST,
        extract::{Call, FormBody},
    },
};

/// `/oauth2/device_authorization`.
pub const DEVICE_AUTHORIZATION: Endpoint = Endpoint {
    advertised_as: Some("device_authorization_endpoint"),
    cors: Cors::Registered,
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/device_authorization", POST, || post(begin))
};

async fn begin(
    State(app): State<Arc<App>>,
    call: Call,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response> {
    let parameters = parameters(&form);
    let basic = basic(&headers)?;
    let client_id =
        basic.as_ref().map(|(id, _)| id.as_str()).or_else(|| parameters.first("client_id")).map(str::to_owned);
    cors::judge(&app, &call, &headers, client_id.as_deref()).await?;
    let begun = app.perform(call.caller(), AuthorizeDevice { parameters, basic }).await?;
    if let Some(client_id) = client_id {
        call.noted.client(&client_id);
    }
    Ok(axum::Json(begun).into_response())
}
