//! `/oauth2/bc-authorize`: a client asks a person who is elsewhere (OpenID CIBA Core §7).

use std::sync::Arc;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::post,
};

use super::{authorize::parameters, basic::basic};
use crate::{
    app::App,
    domain::oauth::ciba::AuthenticateBackchannel,
    kernel::Result,
    web::{
        Caching, Endpoint, Surface,
        endpoint::POST,
        extract::{Call, FormBody},
    },
};

/// `/oauth2/bc-authorize`. No browser calls it: its clients have something to keep.
pub const BACKCHANNEL_AUTHENTICATION: Endpoint = Endpoint {
    advertised_as: Some("backchannel_authentication_endpoint"),
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/bc-authorize", POST, || post(ask))
};

async fn ask(
    State(app): State<Arc<App>>,
    call: Call,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response> {
    let parameters = parameters(&form);
    let basic = basic(&headers)?;
    let client_id =
        basic.as_ref().map(|(id, _)| id.as_str()).or_else(|| parameters.first("client_id")).map(str::to_owned);
    let acknowledged = app.perform(call.caller(), AuthenticateBackchannel { parameters, basic }).await?;
    if let Some(client_id) = client_id {
        call.noted.client(&client_id);
    }
    Ok(axum::Json(acknowledged).into_response())
}
