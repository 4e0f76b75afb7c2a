//! `/oauth2/authorize` (RFC 6749 §3.1, OpenID Connect Core §3.1.2).

use std::sync::Arc;

use axum::{extract::State, response::Response, routing::get};

use super::{forward, respond::by_get};
use crate::{
    app::App,
    domain::oauth::{
        Parameters,
        flow::{BeginAuthorization, Binding},
    },
    kernel::Result,
    web::{
        Endpoint,
        endpoint::GET_POST,
        extract::{Call, FormBody, Params, Query, Visitor},
    },
};

const PATH: &str = "/oauth2/authorize";

/// `/oauth2/authorize`.
pub const AUTHORIZE: Endpoint = Endpoint {
    advertised_as: Some("authorization_endpoint"),
    ..Endpoint::page(PATH, GET_POST, || get(ask).post(ask_again))
};

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let begin = BeginAuthorization { parameters: parameters(&query), browser: Binding(visitor.browser.digest()) };
    let progress = app.perform(visitor.caller(), begin).await?;
    note_client(&visitor, &query);
    forward(&visitor, progress)
}

async fn ask_again(call: Call, FormBody(form): FormBody) -> Response {
    call.noted.keep_opener(); // judged when it comes again
    by_get(PATH, &form)
}

/// For the log: the client is known, because the operation did not refuse.
fn note_client(visitor: &Visitor, query: &Params) {
    if let Ok(Some(client_id)) = query.once("client_id") {
        visitor.noted.client(client_id);
    }
}

/// A query or body as the protocol reads it.
pub(super) fn parameters(params: &Params) -> Parameters {
    Parameters::new(params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
