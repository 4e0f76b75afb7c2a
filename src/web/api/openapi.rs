//! `/api/v1/openapi.json`: the API described by its own code.

use std::sync::LazyLock;

use axum::{Json, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::{account, agents, consents, password, register, session, verify_email};
use crate::web::{Caching, Cors, Endpoint, endpoint::GET, reply::problem::Problem};

/// `/api/v1/openapi.json`. The same for everyone, so anyone may read it.
pub const OPENAPI: Endpoint = Endpoint {
    cors: Cors::Any,
    caching: Caching::Public(300),
    ..Endpoint::api("/api/v1/openapi.json", GET, || get(|| async { Json(&*DESCRIPTION) }))
};

/// Built once: it takes milliseconds.
static DESCRIPTION: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(Document::openapi);

/// The description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Signet",
        description = "Registration, sign-in and account for first-party front ends. Refusals are problem documents (RFC 9457).",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        register::register,
        verify_email::verify_email,
        verify_email::resend_verification,
        session::login,
        session::refresh,
        session::logout,
        password::forgot_password,
        password::reset_password,
        password::change_password,
        account::me,
        account::sessions,
        account::end_session,
        account::activity,
        agents::agents,
        agents::revoke,
        consents::consents,
        consents::withdraw,
    ),
    components(schemas(Problem)),
    modifiers(&Bearer),
)]
pub struct Document;

/// Names the one way to prove who asks.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "Under the scheme DPoP, with a proof in the header DPoP, where the token is bound to a key (RFC 9449).",
            ))
            .build();
        openapi.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::web::api::ENDPOINTS;

    #[test]
    fn what_is_mounted_is_what_is_described() {
        let document = serde_json::to_value(Document::openapi()).unwrap();
        let mut described = BTreeSet::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for method in operations.as_object().unwrap().keys() {
                described.insert((path.clone(), method.to_ascii_uppercase()));
            }
        }
        let mounted: BTreeSet<_> = ENDPOINTS
            .iter()
            .filter(|endpoint| endpoint.path != OPENAPI.path)
            .flat_map(|endpoint| endpoint.methods.iter().map(|method| (endpoint.path.to_owned(), method.to_string())))
            .collect();
        assert_eq!(described, mounted);
    }

    #[test]
    fn every_operation_says_what_can_go_wrong() {
        let document = serde_json::to_value(Document::openapi()).unwrap();
        for operations in document["paths"].as_object().unwrap().values() {
            for operation in operations.as_object().unwrap().values() {
                let refused = operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('4'));
                assert!(refused, "{operation}");
            }
        }
        assert!(document["components"]["schemas"]["Problem"].is_object());
    }
}
