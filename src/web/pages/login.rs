//! `/login`: user name and password on one page.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Serialize;

use super::{FlowContext, Frame, logout::taken_over};
use crate::{
    app::App,
    domain::{
        oauth::logout::{SignInHere, SignedInHere},
        sessions::Kind,
        sign_in::SignIn,
    },
    kernel::{Result, secret::Secret},
    web::{
        Endpoint,
        endpoint::GET_POST,
        extract::{Form, FormBody, Query, Visitor},
    },
};

/// `/login`.
pub const LOGIN: Endpoint = Endpoint::page("/login", GET_POST, || get(ask).post(answer));

#[derive(Serialize)]
struct Own {
    registration: bool,
}

fn own(app: &App) -> Own {
    Own { registration: app.config.registration.open }
}

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let context = FlowContext::of(&visitor, &query).await?;
    if visitor.principal.is_some() && query.once("flow")?.is_none() {
        return Ok(Redirect::to("/").into_response());
    }
    let hint = context.login_hint.clone().unwrap_or_default();
    Frame::of(&visitor, Form::SignIn).within(&context).keeping("username", hint).show(&visitor, "login.html", own(&app))
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    visitor.admit(Form::SignIn, &form)?;
    let context = FlowContext::of(&visitor, &form).await?;
    let username = form.field("username")?;
    let sign_in = SignIn {
        username: username.to_owned(),
        password: Secret::new(form.field("password")?),
        session: visitor.principal.as_ref().map(|principal| principal.session),
        kind: Kind::Browser,
    };
    match app.perform(visitor.caller(), SignInHere(sign_in)).await {
        Ok(SignedInHere { signed_in, frames }) => {
            visitor.noted.user(signed_in.user.id);
            if let Some(cookie) = &signed_in.cookie {
                visitor.keep_session(cookie)?;
            }
            match context.after_sign_in() {
                on if frames.is_empty() => Ok(Redirect::to(&on).into_response()),
                on => taken_over(&visitor, frames, on),
            }
        }
        Err(error) => {
            let frame = Frame::of(&visitor, Form::SignIn).within(&context).keeping("username", username);
            frame.after(error)?.show(&visitor, "login.html", own(&app))
        }
    }
}
