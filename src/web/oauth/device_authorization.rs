//! `/oauth2/device_authorization` (RFC 8628 §3.1).

use axum::{
    response::{IntoResponse, Response},
    routing::post,
};

use super::from_client::FromClient;
use crate::{
    domain::oauth::device::AuthorizeDevice,
    kernel::Result,
    web::{Caching, Cors, Endpoint, Surface, endpoint::POST},
};

/// `/oauth2/device_authorization`.
pub const DEVICE_AUTHORIZATION: Endpoint = Endpoint {
    advertised_as: Some("device_authorization_endpoint"),
    cors: Cors::Registered,
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/device_authorization", POST, || post(begin))
};

async fn begin(FromClient { asker, parameters, basic }: FromClient) -> Result<Response> {
    asker.lets_its_scripts_read().await?;
    let begun = asker.perform(AuthorizeDevice { parameters, basic }).await?;
    Ok(axum::Json(begun).into_response())
}
