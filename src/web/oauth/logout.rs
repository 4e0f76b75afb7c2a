//! `/oauth2/logout` (OpenID Connect RP-Initiated Logout §2).

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::{authorize::parameters, respond::by_get};
use crate::{
    app::App,
    domain::oauth::{
        flow::Binding,
        logout::{BeginLogout, Logout},
    },
    kernel::Result,
    web::{
        Endpoint,
        endpoint::GET_POST,
        extract::{FormBody, Query, Visitor},
        pages::logged_out,
    },
};

const PATH: &str = "/oauth2/logout";

/// `/oauth2/logout`.
pub const LOGOUT: Endpoint = Endpoint {
    advertised_as: Some("end_session_endpoint"),
    ..Endpoint::page(PATH, GET_POST, || get(ask).post(ask_again))
};

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let begin = BeginLogout { parameters: parameters(&query), browser: Binding(visitor.browser.digest()) };
    match app.perform(visitor.caller(), begin).await? {
        Logout::Ask(id) => Ok(Redirect::to(&format!("/logout?flow={id}")).into_response()),
        Logout::Done(done) => logged_out(&visitor, done),
    }
}

async fn ask_again(FormBody(form): FormBody) -> Response {
    by_get(PATH, &form)
}
