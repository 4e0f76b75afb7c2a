//! `/reset-password`: a new password by the mailed link.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Serialize;

use super::Frame;
use crate::{
    app::App,
    domain::{
        credentials::{Strength, password::Context, strength},
        sign_in::{CheckResetLink, ResetPassword},
        sign_up::LinkState,
    },
    kernel::{Code, Result, secret::Secret},
    web::{
        Endpoint,
        endpoint::{GET, GET_POST},
        extract::{Form, FormBody, Query, Visitor},
    },
};

/// `/reset-password`.
pub const RESET_PASSWORD: Endpoint = Endpoint::page("/reset-password", GET_POST, || get(ask).post(answer));
/// `/reset-password/done`.
pub const DONE: Endpoint = Endpoint::page("/reset-password/done", GET, || get(done));

#[derive(Serialize)]
struct Own<'a> {
    token: &'a str,
    email: Option<String>,
    strength: Option<Strength>,
}

#[derive(Serialize)]
struct Done {
    next: super::account_password::Next,
    changed: bool,
}

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let token = query.field("token")?;
    match app.perform(visitor.caller(), CheckResetLink { token: Secret::new(token) }).await? {
        LinkState::Good { email } => {
            let own = Own { token, email: Some(email.to_string()), strength: None };
            Frame::of(&visitor, Form::Recovery).show(&visitor, "reset_password.html", own)
        }
        LinkState::Used | LinkState::Expired | LinkState::Unknown => {
            // The form to ask for a new link, with the reason on top.
            let dead = Code::ProofInvalid.because("This link was used or has ended. Ask for a new one here.");
            let frame = Frame::of(&visitor, Form::Recovery).after(dead.into())?;
            frame.show(&visitor, "forgot_password.html", serde_json::json!({}))
        }
    }
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    visitor.admit(Form::Recovery, &form)?;
    let (token, password) = (form.field("token")?, form.field("password")?);
    let reset = ResetPassword { token: Secret::new(token), password: Secret::new(password) };
    match app.perform(visitor.caller(), reset).await {
        Ok(_) => Ok(Redirect::to("/reset-password/done").into_response()),
        Err(error) if error.refusal().is_some_and(|refusal| refusal.code == Code::ProofInvalid) => {
            let frame = Frame::of(&visitor, Form::Recovery).after(error)?;
            frame.show(&visitor, "forgot_password.html", serde_json::json!({}))
        }
        Err(error) => {
            let product = &app.config.branding.product_name;
            let context = Context { product, ..Context::default() };
            let strength = (!password.is_empty()).then(|| strength(password, &context));
            let own = Own { token, email: None, strength };
            Frame::of(&visitor, Form::Recovery).after(error)?.show(&visitor, "reset_password.html", own)
        }
    }
}

async fn done(visitor: Visitor) -> Result<Response> {
    let next = super::account_password::Next { href: "/login", words: "Sign in" };
    Frame::of(&visitor, Form::Recovery).show(&visitor, "reset_password_done.html", Done { next, changed: false })
}
