//! Answering a client through the browser (RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Types, Form Post Response Mode).

use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

use crate::{
    domain::oauth::{
        flow::{AuthorizationResponse, Progress, origin},
        request::Way,
    },
    kernel::Result,
    ports::random,
    web::{
        extract::{Form, Params, Visitor},
        layers::PageRules,
        pages::Frame,
    },
};

/// To the next page of a flow, or to the client. Always 303: credentials are never sent on (RFC 9700 §4.12).
pub fn forward(visitor: &Visitor, progress: Progress) -> Result<Response> {
    visitor.noted.keep_opener(); // redirects count, too: one strict answer on the way cuts the popup off for good
    match progress {
        Progress::Page(address) => Ok(Redirect::to(&address).into_response()),
        Progress::Answer(response) => answer(visitor, response),
    }
}

#[derive(Serialize)]
struct Posted {
    action: String,
    parameters: Vec<Parameter>,
    nonce: String,
}

#[derive(Serialize)]
struct Parameter {
    name: &'static str,
    value: String,
}

/// The answer, in the mode that was asked for.
pub fn answer(visitor: &Visitor, response: AuthorizationResponse) -> Result<Response> {
    let AuthorizationResponse { address, parameters, keeps_state } = response;
    if keeps_state {
        visitor.keep_state()?;
    }
    match address.mode.way {
        Way::Query => Ok(Redirect::to(&with_query(&address.redirect_uri, &parameters)).into_response()),
        Way::Fragment => Ok(Redirect::to(&with_fragment(&address.redirect_uri, &parameters)).into_response()),
        Way::FormPost => {
            let nonce = random::token("")?.expose().to_owned();
            let rules = PageRules {
                form_targets: vec![origin(&address.redirect_uri)],
                nonce: Some(nonce.clone()),
                ..PageRules::default()
            };
            let parameters = parameters.into_iter().map(|(name, value)| Parameter { name, value }).collect();
            let posted = Posted { action: address.redirect_uri, parameters, nonce };
            Frame::of(visitor, Form::SignIn).ruled(rules).show(visitor, "form_post.html", posted)
        }
    }
}

/// Adds parameters to the query of a redirect URI, whose own query is kept byte for byte (RFC 6749 §3.1.2).
pub fn with_query(uri: &str, parameters: &[(&'static str, String)]) -> String {
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{uri}{separator}{query}")
}

/// Adds parameters as the fragment of a redirect URI, which has none of its own (RFC 6749 §3.1.2, Multiple Response Types §5).
fn with_fragment(uri: &str, parameters: &[(&'static str, String)]) -> String {
    let fragment = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{uri}#{fragment}")
}

/// A request that another site posts arrives without our `SameSite=Lax` cookies: it is asked again by GET, which has them.
pub(super) fn by_get(path: &str, form: &Params) -> Response {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(form.iter()).finish();
    Redirect::to(&format!("{path}?{query}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registered_query_is_kept() {
        let parameters = [("code", "a b".to_owned()), ("iss", "https://id.example.test".to_owned())];
        let sent = "code=a+b&iss=https%3A%2F%2Fid.example.test";
        assert_eq!(
            with_query("https://shop.example.test/cb", &parameters),
            format!("https://shop.example.test/cb?{sent}")
        );
        assert_eq!(with_query("https://s.test/cb?x=%2F", &parameters), format!("https://s.test/cb?x=%2F&{sent}"));
        assert_eq!(with_query("https://s.test/cb?", &parameters), format!("https://s.test/cb?{sent}"));
        assert_eq!(with_query("com.example.app:/cb", &parameters), format!("com.example.app:/cb?{sent}"));
        assert_eq!(with_fragment("https://s.test/cb?x=%2F", &parameters), format!("https://s.test/cb?x=%2F#{sent}"));
    }
}
