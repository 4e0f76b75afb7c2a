//! `/oauth2/jwks`: the public keys, which sign and which are encrypted for (RFC 7517 §5), from memory.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response, routing::get};

use super::discovery::document;
use crate::{
    app::App,
    kernel::Result,
    web::{Caching, Cors, Endpoint, Surface, endpoint::GET, extract::Call},
};

/// `/oauth2/jwks`.
pub const JWKS: Endpoint = Endpoint {
    advertised_as: Some("jwks_uri"),
    cors: Cors::Any,
    caching: Caching::Public(3600), // at most: the handler says for how long
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/jwks", GET, || get(list))
};

async fn list(State(app): State<Arc<App>>, call: Call, headers: HeaderMap) -> Result<Response> {
    let jwks = app.keyrings.of(call.tenant.id)?.jwks(call.now);
    Ok(document(&app, &headers, jwks.json.clone(), &jwks.etag))
}
