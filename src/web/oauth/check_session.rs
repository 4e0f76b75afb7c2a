//! `/oauth2/check_session`: the frame in which applications ask whether the session changed (OpenID Connect Session Management
//! 1.0 §4). The one page that others may frame: it shows nothing, and answers only yes or no.

use axum::{
    http::{
        HeaderName, HeaderValue,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use crate::{
    kernel::Result,
    web::{
        Caching, Endpoint, Surface,
        endpoint::GET,
        extract::{Call, CookieNames},
    },
};

/// How long it may be kept, in seconds: it is the same for everybody.
const MAX_AGE: u32 = 3600;

/// Who may frame it is not ours to say: whoever does learns something only about a `session_state` that was made for them.
const POLICY: &str = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";

/// `/oauth2/check_session`.
pub const CHECK_SESSION: Endpoint = Endpoint {
    advertised_as: Some("check_session_iframe"),
    caching: Caching::Public(MAX_AGE),
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/check_session", GET, || get(show))
};

async fn show(call: Call) -> Result<Response> {
    let context = json!({
        "script": call.face.assets.address("check_session.js"),
        "cookie": CookieNames::of(&call.app.config.issuer).state(),
    });
    let html = call.face.templates.render("check_session.html", context)?;
    let mut response = ([(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Applications that isolate themselves (COEP) may frame it too.
    let framed = HeaderName::from_static("cross-origin-resource-policy");
    response.headers_mut().insert(framed, HeaderValue::from_static("cross-origin"));
    Ok(response)
}
