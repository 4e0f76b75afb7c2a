//! `/oauth2/par` (RFC 9126 §2).

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};

use super::from_client::FromClient;
use crate::{
    domain::oauth::par::PushAuthorization,
    kernel::Result,
    web::{Caching, Cors, Endpoint, Surface, endpoint::POST, extract::Shown},
};

/// `/oauth2/par`.
pub const PAR: Endpoint = Endpoint {
    advertised_as: Some("pushed_authorization_request_endpoint"),
    cors: Cors::Registered,
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/par", POST, || post(push))
};

async fn push(Shown(evidence): Shown, FromClient { asker, parameters, basic }: FromClient) -> Result<Response> {
    asker.lets_its_scripts_read().await?;
    let pushed = asker.perform(PushAuthorization { parameters, basic, evidence }).await?;
    Ok((StatusCode::CREATED, axum::Json(pushed)).into_response())
}
