//! Plain HTTP: one request in process, one answer.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::Value;
use signet::web::server::Peer;
use tower::ServiceExt;

use super::World;

/// The host that every request is for.
pub const HOST: &str = "id.example.test";
/// Where requests come from unless a test says otherwise.
const ADDRESS: &str = "192.0.2.1";

/// A request on its way.
#[must_use]
pub struct Call {
    world: World,
    address: String,
    request: axum::http::Request<Body>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl World {
    /// Any request.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let request = axum::http::Request::builder().method(method).uri(path).header(header::HOST, HOST);
        Call { world: self.clone(), address: ADDRESS.into(), request: request.body(Body::empty()).unwrap() }
    }

    /// GET without anything else.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).send().await
    }

    /// POST of a form without anything else.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.call(Method::POST, path).form(form).send().await
    }

    /// POST of JSON without anything else.
    pub async fn post_json(&self, path: &str, json: &Value) -> Answer {
        self.call(Method::POST, path).json(json).send().await
    }
}

impl Call {
    /// Adds a header; one of the same name stays.
    pub fn header(mut self, name: impl TryInto<HeaderName>, value: &str) -> Self {
        let Ok(name) = name.try_into() else { panic!("no header name") };
        self.request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    /// Takes a header away, `Host` included.
    pub fn without(mut self, name: impl TryInto<HeaderName>) -> Self {
        let Ok(name) = name.try_into() else { panic!("no header name") };
        self.request.headers_mut().remove(name);
        self
    }

    /// `Authorization: Bearer …`.
    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// Comes from another address.
    pub fn from(mut self, address: &str) -> Self {
        self.address = address.into();
        self
    }

    /// A body of any type.
    pub fn body(mut self, media: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        self = self.header(header::CONTENT_TYPE, media).header(header::CONTENT_LENGTH, &body.len().to_string());
        *self.request.body_mut() = Body::from(body);
        self
    }

    /// A form.
    pub fn form<N: AsRef<str>, V: AsRef<str>>(self, form: &[(N, V)]) -> Self {
        self.body("application/x-www-form-urlencoded", encoded(form))
    }

    /// A JSON document.
    pub fn json(self, json: &Value) -> Self {
        self.body("application/json", json.to_string())
    }

    pub async fn send(mut self) -> Answer {
        let peer = Peer((self.address.parse::<std::net::IpAddr>().unwrap(), 40_000).into());
        self.request.extensions_mut().insert(peer);
        let response = self.world.router.clone().oneshot(self.request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

impl Answer {
    /// The one value of a header; "" where there is none.
    pub fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map_or("", |value| value.to_str().unwrap());
        assert!(values.next().is_none() || name == "set-cookie", "{name} stands twice");
        value
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The `error` of an OAuth refusal; "" where there is none.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// Asserts the status and hands the answer on.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// Asserts an OAuth refusal: status and code, with a description, never to be kept (RFC 6749 §5.2).
    #[track_caller]
    pub fn refused(self, status: u16, error: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.error(), error, "{}", answer.text());
        assert!(answer.json()["error_description"].as_str().is_some_and(|text| !text.is_empty()));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
        answer
    }
}

/// `application/x-www-form-urlencoded`.
pub fn encoded<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
