//! `/.well-known/oauth-protected-resource` (RFC 9728 §3): what Signet's own endpoints for access tokens say of themselves, the userinfo
//! endpoint and the JSON API. Their tokens are those for the issuer.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap, response::Response, routing::get};
use serde_json::json;

use super::discovery::document;
use crate::{
    app::App,
    domain::{clients::Profile, oauth::scopes::SCOPES},
    kernel::{Result, secret::Digest},
    web::{Caching, Cors, Endpoint, Surface, endpoint::GET, extract::Call},
};

/// Where it is: the well-known part between host and path of the resource, which is the issuer (RFC 9728 §3.1).
pub const PROTECTED_RESOURCE_PATH: &str = "/.well-known/oauth-protected-resource";

/// `/.well-known/oauth-protected-resource`.
pub const PROTECTED_RESOURCE: Endpoint = Endpoint {
    cors: Cors::Any,
    caching: Caching::Public(3600), // at most, as discovery
    surface: Surface::OAuth,
    ..Endpoint::page(PROTECTED_RESOURCE_PATH, GET, || get(show))
};

async fn show(State(app): State<Arc<App>>, call: Call, headers: HeaderMap) -> Result<Response> {
    let issuer = &call.tenant.issuer;
    let text = json!({
        "resource": issuer,
        "authorization_servers": [issuer],
        "scopes_supported": SCOPES.iter().map(|scope| scope.name).collect::<Vec<_>>(),
        "bearer_methods_supported": ["header"],
        "resource_name": call.tenant.name,
        "dpop_signing_alg_values_supported": Profile::of_all(&app.config.oauth).signatures(),
    })
    .to_string();
    let etag = format!("\"{}\"", &Digest::of(text.as_bytes()).hex()[..32]);
    Ok(document(&app, &headers, text, &etag))
}
