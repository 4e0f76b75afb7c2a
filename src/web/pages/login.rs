//! `/login`: user name and password on one page.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Serialize;

use super::{FlowContext, Frame, destination::Destination, logout::taken_over};
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
    carried: Option<Carried>,
}

/// What the form says again when it is sent.
#[derive(Serialize)]
struct Carried {
    name: &'static str,
    value: &'static str,
}

fn own(app: &App, to: Destination) -> Own {
    let carried = to.name().map(|value| Carried { name: Destination::PARAMETER, value });
    Own { registration: app.config.registration.open, carried }
}

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let context = FlowContext::of(&visitor, &query).await?;
    let to = Destination::of(&query)?;
    if visitor.principal.is_some() && query.once("flow")?.is_none() {
        return Ok(Redirect::to(to.path()).into_response());
    }
    let hint = context.login_hint.clone().unwrap_or_default();
    let frame = Frame::of(&visitor, Form::SignIn).within(&context).keeping("username", hint);
    frame.show(&visitor, "login.html", own(&app, to))
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    visitor.admit(Form::SignIn, &form)?;
    let context = FlowContext::of(&visitor, &form).await?;
    let (username, to) = (form.field("username")?, Destination::of(&form)?);
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
            match context.after_sign_in(to) {
                on if frames.is_empty() => Ok(Redirect::to(&on).into_response()),
                on => taken_over(&visitor, frames, on),
            }
        }
        Err(error) => {
            let frame = Frame::of(&visitor, Form::SignIn).within(&context).keeping("username", username);
            frame.after(error)?.show(&visitor, "login.html", own(&app, to))
        }
    }
}
