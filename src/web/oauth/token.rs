//! `/oauth2/token` (RFC 6749 §3.2).

use axum::{
    response::{IntoResponse, Response},
    routing::post,
};

use super::from_client::FromClient;
use crate::{
    domain::oauth::token::RedeemToken,
    kernel::Result,
    web::{Caching, Cors, Endpoint, Surface, endpoint::POST, extract::Shown},
};

/// `/oauth2/token`.
pub const TOKEN: Endpoint = Endpoint {
    advertised_as: Some("token_endpoint"),
    cors: Cors::Registered,
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/token", POST, || post(redeem))
};

async fn redeem(Shown(evidence): Shown, FromClient { asker, parameters, basic }: FromClient) -> Result<Response> {
    asker.lets_its_scripts_read().await?;
    let tokens = asker.perform(RedeemToken { parameters, basic, evidence }).await?;
    Ok(axum::Json(tokens).into_response())
}
