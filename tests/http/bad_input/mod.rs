//! What cannot be read is refused with a 4xx in the shape of its surface, says what is wrong, and leaves nothing behind.

mod addresses;
mod forms;
mod json;
mod sizes;

use axum::http::Method;
use signet::web::{Surface, every_endpoint};

/// Every JSON endpoint that takes a body from anyone.
const JSON: &[&str] =
    &["register", "verify-email", "resend-verification", "login", "refresh", "forgot-password", "reset-password"];

/// Every page that takes a form from anyone.
const FORMS: &[&str] =
    &["/login", "/register", "/verify-email", "/verify-email/resend", "/forgot-password", "/reset-password", "/device"];

/// Protocol endpoints that take a form.
const OAUTH: &[&str] = &["/oauth2/token", "/oauth2/userinfo"];

#[test]
fn every_endpoint_that_takes_a_body_is_asked_here() {
    let takes = |surface: Surface| {
        every_endpoint()
            .filter(move |endpoint| endpoint.surface == surface && endpoint.takes(&Method::POST))
            .map(|endpoint| endpoint.path)
    };
    let signed_in = ["/api/v1/auth/logout", "/api/v1/auth/change-password"];
    for path in takes(Surface::Api).filter(|path| !signed_in.contains(path)) {
        assert!(JSON.contains(&path.strip_prefix("/api/v1/auth/").unwrap()), "{path}");
    }
    let of_flows = ["/account/", "/consent", "/select-account", "/device/confirm", "/logout", "/sign-out", "/oauth2/"];
    for path in takes(Surface::Page).filter(|path| !of_flows.iter().any(|other| path.starts_with(other))) {
        assert!(FORMS.contains(&path), "{path}");
    }
}
