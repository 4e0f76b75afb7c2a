//! One path that is served: what it takes, who may read it from other origins, and in which shape it says no.

use std::sync::Arc;

use axum::{http::Method, routing::MethodRouter};

use crate::{app::App, config::Config};

/// In which shape a surface answers when it says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// For OAuth clients: RFC 6749 §5.2 JSON.
    OAuth,
    /// For front ends: RFC 9457 problem documents.
    Api,
    /// For people: a page.
    Page,
    /// For operators and machines: RFC 9457 problem documents, no cookies.
    System,
}

/// Which other origins may read the answers. Cookies never travel with such a request (no `Allow-Credentials`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cors {
    /// None.
    None,
    /// Any: the answer holds nothing that depends on who asks.
    Any,
    /// Those that the request's client registered. The operation knows the client, not the preflight: any origin may
    /// ask, and the answer is readable once the endpoint has called [`super::layers::Noted::let_origin_read`].
    Registered,
}

/// How long answers may be kept. Refusals are never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// Not at all.
    NoStore,
    /// By anyone, for so many seconds.
    Public(u32),
    /// For a year: the name changes with the content.
    Immutable,
}

/// One path that is served. The router, the discovery document and the tests are folded from lists of these.
pub struct Endpoint {
    /// The path, in axum's syntax.
    pub path: &'static str,
    /// What it takes; GET includes HEAD. Anything else is 405.
    pub methods: &'static [Method],
    /// Its name in the discovery document, such as `token_endpoint`.
    pub advertised_as: Option<&'static str>,
    /// Who may read it from other origins.
    pub cors: Cors,
    /// How long answers may be kept.
    pub caching: Caching,
    /// In which shape it says no.
    pub surface: Surface,
    /// Whether it is there, by the settings. What is not served is not advertised.
    pub served: fn(&Config) -> bool,
    /// What answers.
    pub route: fn() -> MethodRouter<Arc<App>>,
}

/// `methods` of what is only looked at.
pub const GET: &[Method] = &[Method::GET];
/// `methods` of what only does something.
pub const POST: &[Method] = &[Method::POST];
/// `methods` of a form: looked at, and sent.
pub const GET_POST: &[Method] = &[Method::GET, Method::POST];

const fn always(_: &Config) -> bool {
    true
}

impl Endpoint {
    /// A hosted page: for people, never kept, never read from elsewhere.
    pub const fn page(path: &'static str, methods: &'static [Method], route: fn() -> MethodRouter<Arc<App>>) -> Self {
        Self {
            path,
            methods,
            advertised_as: None,
            cors: Cors::None,
            caching: Caching::NoStore,
            surface: Surface::Page,
            served: always,
            route,
        }
    }

    /// A path of the JSON API.
    pub const fn api(path: &'static str, methods: &'static [Method], route: fn() -> MethodRouter<Arc<App>>) -> Self {
        Self { surface: Surface::Api, ..Self::page(path, methods, route) }
    }

    /// A path for operators and machines.
    pub const fn system(path: &'static str, caching: Caching, route: fn() -> MethodRouter<Arc<App>>) -> Self {
        Self { surface: Surface::System, caching, ..Self::page(path, GET, route) }
    }

    /// Whether it takes the method.
    pub fn takes(&self, method: &Method) -> bool {
        let asked = if method == Method::HEAD { &Method::GET } else { method };
        self.methods.contains(asked)
    }

    /// The `Allow` header: RFC 9110 §10.2.1.
    pub fn allow(&self) -> String {
        let mut names: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        if self.methods.contains(&Method::GET) {
            names.push("HEAD");
        }
        if self.cors != Cors::None {
            names.push("OPTIONS");
        }
        names.join(", ")
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("path", &self.path).field("surface", &self.surface).finish_non_exhaustive()
    }
}

impl Surface {
    /// The shape in which a path that is not served is refused.
    pub fn of_unknown(path: &str) -> Self {
        let under =
            |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if under("/api") {
            Self::Api
        } else if under("/oauth2") || under("/.well-known") {
            Self::OAuth
        } else if under("/health") {
            Self::System
        } else {
            Self::Page
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;

    use super::*;

    const FORM: Endpoint = Endpoint::page("/form", GET_POST, || get(|| async {}));

    #[test]
    fn head_is_taken_where_get_is() {
        assert!(FORM.takes(&Method::HEAD) && FORM.takes(&Method::POST));
        assert!(!FORM.takes(&Method::DELETE));
        let only_post = Endpoint { methods: POST, ..FORM };
        assert!(!only_post.takes(&Method::HEAD));
    }

    #[test]
    fn allow_names_everything_that_is_taken() {
        assert_eq!(FORM.allow(), "GET, POST, HEAD");
        assert_eq!(Endpoint { methods: POST, cors: Cors::Any, ..FORM }.allow(), "POST, OPTIONS");
    }

    #[test]
    fn unknown_paths_are_refused_in_the_shape_of_their_neighbors() {
        assert_eq!(Surface::of_unknown("/api/v1/nothing"), Surface::Api);
        assert_eq!(Surface::of_unknown("/apiary"), Surface::Page);
        assert_eq!(Surface::of_unknown("/oauth2/nothing"), Surface::OAuth);
        assert_eq!(Surface::of_unknown("/.well-known/nothing"), Surface::OAuth);
        assert_eq!(Surface::of_unknown("/nothing"), Surface::Page);
    }
}
