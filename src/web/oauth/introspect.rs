//! `/oauth2/introspect` (RFC 7662 §2), signed where the caller wants it (RFC 9701 §4).

use axum::{
    http::header::{ACCEPT, CONTENT_TYPE, VARY},
    response::{IntoResponse, Response},
    routing::post,
};

use super::from_client::FromClient;
use crate::{
    domain::oauth::token::{Introspect, Introspection},
    kernel::Result,
    web::{Caching, Cors, Endpoint, Surface, endpoint::POST},
};

/// `/oauth2/introspect`. Not for scripts in browsers: APIs ask.
pub const INTROSPECT: Endpoint = Endpoint {
    advertised_as: Some("introspection_endpoint"),
    cors: Cors::None,
    caching: Caching::NoStore,
    surface: Surface::OAuth,
    ..Endpoint::page("/oauth2/introspect", POST, || post(introspect))
};

const JSON: &str = "application/json";
const SIGNED: &str = "application/token-introspection+jwt";

async fn introspect(FromClient { asker, parameters, basic }: FromClient) -> Result<Response> {
    let accept: Vec<&str> = asker.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let signed = wants_signed(&accept.join(","));
    Ok(match asker.perform(Introspect { parameters, basic, signed }).await? {
        Introspection::Plain(answer) => ([(VARY, "accept")], axum::Json(answer)).into_response(),
        Introspection::Signed(jwt) => ([(VARY, "accept"), (CONTENT_TYPE, SIGNED)], jwt).into_response(),
    })
}

/// Whether an `Accept` header prefers the signed form (RFC 9110 §12.5.1): it has to be named, and JSON not wanted more.
fn wants_signed(accept: &str) -> bool {
    let weight = |media: &str| accept.split(',').filter_map(range).find(|(range, _)| range == media).map(|(_, q)| q);
    let signed = weight(SIGNED).unwrap_or(0.0);
    signed > 0.0 && signed >= weight(JSON).unwrap_or(0.0)
}

/// One media range and its weight.
fn range(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next()?.to_ascii_lowercase();
    let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((range, q.map_or(Some(1.0), |q| q.trim().parse().ok())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_form_has_to_be_named() {
        for signed in [
            "application/token-introspection+jwt",
            "Application/Token-Introspection+JWT",
            "application/json;q=0.5, application/token-introspection+jwt",
            "application/json, application/token-introspection+jwt",
            "application/token-introspection+jwt; q=0.1",
        ] {
            assert!(wants_signed(signed), "{signed}");
        }
        for plain in [
            "",
            "*/*",
            "application/*",
            "application/json",
            "application/jwt",
            "application/json, application/token-introspection+jwt;q=0.9",
            "application/token-introspection+jwt;q=0",
            "application/token-introspection+jwt;q=x",
        ] {
            assert!(!wants_signed(plain), "{plain}");
        }
    }
}
