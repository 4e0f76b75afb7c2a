//! `/oauth2/bc-authorize`: a client asks a person who is elsewhere (OpenID CIBA Core §7).

use axum::{
    response::{IntoResponse, Response},
    routing::post,
};

use super::from_client::FromClient;
use crate::{
    domain::oauth::ciba::AuthenticateBackchannel,
    kernel::Result,
    web::{Caching, Endpoint, Surface, endpoint::POST},
};

/// `/oauth2/bc-authorize`. No browser calls it: its clients have something to keep.
pub const BACKCHANNEL_AUTHENTICATION: Endpoint = Endpoint {
    advertised_as: Some("backchannel_authentication_endpoint"),
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/bc-authorize", POST, || post(ask))
};

async fn ask(FromClient { asker, parameters, basic }: FromClient) -> Result<Response> {
    let acknowledged = asker.perform(AuthenticateBackchannel { parameters, basic }).await?;
    Ok(axum::Json(acknowledged).into_response())
}
