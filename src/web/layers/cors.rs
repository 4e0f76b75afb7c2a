//! Cross-origin reading (the Fetch standard's CORS protocol): decided by the endpoint, never by the request alone.

use axum::http::{HeaderMap, HeaderValue, Method, header};

use crate::web::{Cors, Endpoint};

/// Request headers that a preflight may ask for. MCP clients say their protocol's version wherever they ask.
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, dpop, mcp-protocol-version");
/// Answer headers that a script may read.
const ANSWER_HEADERS: HeaderValue = HeaderValue::from_static("www-authenticate, retry-after, x-request-id, dpop-nonce");

/// Whether a request is a preflight for an endpoint that other origins may use.
pub fn is_preflight(endpoint: &Endpoint, method: &Method, headers: &HeaderMap) -> bool {
    endpoint.cors != Cors::None
        && method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The headers of a preflight's answer.
pub fn preflight(endpoint: &Endpoint, headers: &mut HeaderMap) {
    if let Ok(methods) = HeaderValue::from_str(&endpoint.allow()) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}

/// Who may read the answer. `readable` says whether the client that asks has registered `origin` (or whether this is a
/// preflight, whose answer says nothing). Never with credentials.
pub fn dress(cors: Cors, origin: Option<&HeaderValue>, readable: bool, headers: &mut HeaderMap) {
    match (cors, origin) {
        (Cors::None, _) => return,
        (Cors::Any, _) => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        (Cors::Registered, origin) => {
            // Also where nothing is allowed: a cache must not give one origin's answer to another.
            headers.append(header::VARY, HeaderValue::from_static("origin"));
            let Some(origin) = origin.filter(|_| readable) else { return };
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
    }
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
}

#[cfg(test)]
mod tests {
    use axum::routing::get;

    use super::*;
    use crate::web::endpoint::POST;

    fn allowed(cors: Cors, origin: Option<&'static str>, readable: bool) -> Option<String> {
        let mut headers = HeaderMap::new();
        dress(cors, origin.map(HeaderValue::from_static).as_ref(), readable, &mut headers);
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
        assert_eq!(headers.contains_key(header::VARY), cors == Cors::Registered);
        headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn reading_is_allowed_by_the_endpoint() {
        assert_eq!(allowed(Cors::None, Some("https://a.test"), true), None);
        assert_eq!(allowed(Cors::Any, None, false).as_deref(), Some("*"));
        assert_eq!(allowed(Cors::Registered, Some("https://a.test"), false), None);
        assert_eq!(allowed(Cors::Registered, Some("https://a.test"), true).as_deref(), Some("https://a.test"));
        assert_eq!(allowed(Cors::Registered, None, true), None);
    }

    #[test]
    fn a_preflight_is_answered_only_where_origins_may_ask() {
        let open = Endpoint { cors: Cors::Any, ..Endpoint::api("/a", POST, || get(|| async {})) };
        let closed = Endpoint { cors: Cors::None, ..Endpoint::api("/a", POST, || get(|| async {})) };
        let mut headers = HeaderMap::new();
        assert!(!is_preflight(&open, &Method::OPTIONS, &headers));
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://a.test"));
        headers.insert(header::ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("POST"));
        assert!(is_preflight(&open, &Method::OPTIONS, &headers));
        assert!(!is_preflight(&closed, &Method::OPTIONS, &headers));
        assert!(!is_preflight(&open, &Method::POST, &headers));
    }
}
