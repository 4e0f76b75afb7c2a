//! `/account/sessions/end`: sign one device out, or all others.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};

use crate::{
    app::App,
    domain::sessions::{EndOtherSessions, EndSession},
    kernel::{Code, Result, id::SessionId},
    web::{
        Endpoint,
        endpoint::POST,
        extract::{Form, FormBody, Visitor},
    },
};

/// `/account/sessions/end`.
pub const END: Endpoint = Endpoint::page("/account/sessions/end", POST, || post(answer));

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    let Some(principal) = &visitor.principal else { return Ok(Redirect::to("/login").into_response()) };
    visitor.admit(Form::Account(principal.session), &form)?;
    let which = form.field("session")?;
    if which == "others" {
        app.perform(visitor.caller(), EndOtherSessions).await?;
        return Ok(Redirect::to("/?ended=others").into_response());
    }
    let id: SessionId = which.parse().map_err(|_| Code::NotFound.because("There is no such session."))?;
    app.perform(visitor.caller(), EndSession { id }).await?;
    Ok(Redirect::to("/?ended=one").into_response())
}
