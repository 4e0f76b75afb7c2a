//! `/sign-out`: end the session of this browser.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde_json::json;

use super::{Frame, logout::signed_out_here};
use crate::{
    app::App,
    domain::oauth::logout::SignOutHere,
    kernel::Result,
    web::{
        Endpoint,
        endpoint::GET_POST,
        extract::{Form, FormBody, Visitor},
    },
};

/// `/sign-out`.
pub const SIGN_OUT: Endpoint = Endpoint::page("/sign-out", GET_POST, || get(ask).post(answer));

/// Looking at it signs nobody out: who is signed in finds the button at home.
async fn ask(visitor: Visitor) -> Result<Response> {
    if visitor.principal.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    Frame::of(&visitor, Form::SignIn).show(&visitor, "logged_out.html", json!({}))
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    // Whoever is signed out already is where they wanted to be.
    if let Some(principal) = &visitor.principal {
        visitor.admit(Form::Account(principal.session), &form)?;
        let frames = app.perform(visitor.caller(), SignOutHere).await?;
        return signed_out_here(&visitor, frames);
    }
    Ok(Redirect::to("/sign-out").into_response())
}
