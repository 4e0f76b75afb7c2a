//! `/select-account`: go on as the person who is signed in, or as another.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde_json::json;

use super::{FlowContext, Frame, consent::flow, frame::signed_in, logout::signing_out};
use crate::{
    app::App,
    domain::oauth::flow::{Binding, ChooseAccount, Chosen, Progress},
    kernel::{Code, Result},
    web::{
        Endpoint,
        endpoint::GET_POST,
        extract::{Form, FormBody, Query, Visitor},
        oauth::forward,
    },
};

/// `/select-account`.
pub const SELECT_ACCOUNT: Endpoint = Endpoint::page("/select-account", GET_POST, || get(ask).post(answer));

async fn ask(visitor: Visitor, Query(query): Query) -> Result<Response> {
    let flow = flow(&query)?;
    let Some(user) = signed_in(&visitor).await? else {
        return Ok(Redirect::to(&format!("/oauth2/resume?flow={flow}")).into_response());
    };
    let context = FlowContext::required(&visitor, flow).await?;
    Frame::of(&visitor, Form::step(flow, visitor.principal.as_ref())).within(&context).for_person(&user).show(
        &visitor,
        "select_account.html",
        json!({}),
    )
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    let flow = flow(&form)?;
    visitor.admit(Form::step(flow, visitor.principal.as_ref()), &form)?;
    let other = match form.field("decision")? {
        "continue" => false,
        "other" => true,
        _ => return Err(Code::InvalidInput.because("Choose an account.").into()),
    };
    let choose = ChooseAccount { flow, browser: Binding(visitor.browser.digest()), other };
    let Chosen { progress, frames } = app.perform(visitor.caller(), choose).await?;
    if other {
        visitor.forget_session()?;
    }
    match progress {
        Progress::Page(address) if !frames.is_empty() => signing_out(&visitor, frames, address),
        progress => forward(&visitor, progress),
    }
}
