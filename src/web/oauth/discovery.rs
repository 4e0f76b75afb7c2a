//! The discovery documents (OpenID Connect Discovery §4, RFC 8414 §3), folded from what is mounted.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

use crate::{
    app::App,
    domain::{oauth::metadata, signing},
    kernel::{Result, secret::Digest},
    web::{Caching, Cors, Endpoint, Surface, endpoint::GET, every_endpoint, extract::Call, system::matches},
};

/// `/.well-known/openid-configuration`.
pub const OPENID_CONFIGURATION: Endpoint = well_known("/.well-known/openid-configuration");
/// `/.well-known/oauth-authorization-server`: the same document.
pub const AUTHORIZATION_SERVER: Endpoint = well_known("/.well-known/oauth-authorization-server");

const fn well_known(path: &'static str) -> Endpoint {
    Endpoint {
        cors: Cors::Any,
        caching: Caching::Public(3600), // at most: the handler says for how long
        surface: Surface::OAuth,
        ..Endpoint::page(path, GET, route)
    }
}

fn route() -> MethodRouter<Arc<App>> {
    get(show)
}

async fn show(State(app): State<Arc<App>>, call: Call, headers: HeaderMap) -> Result<Response> {
    let advertised: Vec<_> = every_endpoint()
        .filter(|endpoint| (endpoint.served)(&app.config))
        .filter_map(|endpoint| Some((endpoint.advertised_as?, endpoint.path)))
        .collect();
    let text =
        metadata::document(&call.tenant, &app.config, &advertised, &app.details_types.of(call.tenant.id)).to_string();
    let etag = format!("\"{}\"", &Digest::of(text.as_bytes()).hex()[..32]);
    Ok(document(&app, &headers, text, &etag))
}

/// A JSON document, or 304 for whoever has it (RFC 9110 §13.1.2). It may be kept for as long as the keys may: a new one is
/// announced for longer than that before it signs.
pub(super) fn document(app: &App, headers: &HeaderMap, json: String, etag: &str) -> Response {
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| matches(known, etag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
    };
    if let Ok(etag) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(ETAG, etag);
    }
    let seconds = signing::jwks_max_age(&app.config).as_secs();
    if let Ok(caching) = HeaderValue::from_str(&format!("public, max-age={seconds}")) {
        response.headers_mut().insert(CACHE_CONTROL, caching);
    }
    response
}
