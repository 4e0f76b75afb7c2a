//! `/oauth2/revoke` (RFC 7009 §2).

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, routing::post};

use super::{authorize::parameters, basic::basic, cors};
use crate::{
    app::App,
    domain::oauth::token::RevokeToken,
    kernel::Result,
    web::{
        Caching, Cors, Endpoint, Surface,
        endpoint::POST,
        extract::{Call, FormBody},
    },
};

/// `/oauth2/revoke`.
pub const REVOKE: Endpoint = Endpoint {
    advertised_as: Some("revocation_endpoint"),
    cors: Cors::Registered,
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/revoke", POST, || post(revoke))
};

/// 200 and nothing else, whatever was given back (§2.2).
async fn revoke(State(app): State<Arc<App>>, call: Call, headers: HeaderMap, FormBody(form): FormBody) -> Result<()> {
    let parameters = parameters(&form);
    let basic = basic(&headers)?;
    let client_id =
        basic.as_ref().map(|(id, _)| id.as_str()).or_else(|| parameters.first("client_id")).map(str::to_owned);
    cors::judge(&app, &call, &headers, client_id.as_deref()).await?;
    app.perform(call.caller(), RevokeToken { parameters, basic }).await?;
    if let Some(client_id) = client_id {
        call.noted.client(&client_id);
    }
    Ok(())
}
