//! One router, folded from the lists of endpoints.

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};

use super::{
    Endpoint, Face, api,
    layers::{Place, around},
    oauth, pages, system,
};
use crate::{
    app::App,
    kernel::{Code, Error},
};

/// Every path that is served.
pub fn every_endpoint() -> impl Iterator<Item = &'static Endpoint> {
    [system::ENDPOINTS, oauth::ENDPOINTS, pages::ENDPOINTS, api::ENDPOINTS].into_iter().flatten()
}

/// The whole web face of `app`, ready to be served or called by a test.
pub fn router(app: Arc<App>) -> Router {
    let json_limit = app.config.server.json_limit.as_usize();
    let mut face = Face::new(app.clone());
    let tallied: Vec<_> = every_endpoint()
        .filter(|endpoint| (endpoint.served)(&app.config))
        .map(|endpoint| (endpoint, face.tallies.add(endpoint.path)))
        .collect();
    let elsewhere = face.tallies.add("elsewhere");
    let face = Arc::new(face);
    let mut router = Router::new();
    for (endpoint, tally) in tallied {
        let place = Place { face: face.clone(), endpoint: Some(endpoint), tally };
        router = router.route(endpoint.path, (endpoint.route)().layer(from_fn_with_state(place, around)));
    }
    let nowhere = Place { face, endpoint: None, tally: elsewhere };
    let unknown =
        axum::routing::any(|| async { Error::from(Code::NotFound) }).layer(from_fn_with_state(nowhere, around));
    router.fallback_service(unknown.with_state(app.clone())).layer(DefaultBodyLimit::max(json_limit)).with_state(app)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_path_is_served_once_and_takes_something() {
        let mut seen = HashSet::new();
        for endpoint in every_endpoint() {
            assert!(seen.insert(endpoint.path), "{} is listed twice", endpoint.path);
            assert!(endpoint.path.starts_with('/') && !endpoint.methods.is_empty(), "{endpoint:?}");
        }
    }
}
