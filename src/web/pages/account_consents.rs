//! `/account/consents/withdraw`: take back what one allowed an application.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};

use crate::{
    app::App,
    domain::consents::WithdrawConsent,
    kernel::Result,
    web::{
        Endpoint,
        endpoint::POST,
        extract::{Form, FormBody, Visitor},
    },
};

/// `/account/consents/withdraw`.
pub const WITHDRAW: Endpoint = Endpoint::page("/account/consents/withdraw", POST, || post(answer));

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    let Some(principal) = &visitor.principal else { return Ok(Redirect::to("/login").into_response()) };
    visitor.admit(Form::Account(principal.session), &form)?;
    let client_id = form.field("application")?.to_owned();
    app.perform(visitor.caller(), WithdrawConsent { client_id }).await?;
    Ok(Redirect::to("/?ended=application").into_response())
}
