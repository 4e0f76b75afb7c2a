//! `/register`: the answer is the same whether or not the address has an account.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Serialize;

use super::{FlowContext, Frame, handle};
use crate::{
    app::App,
    domain::{
        credentials::{Strength, password::Context, strength},
        oauth::flow::{Binding, NoteRegistration},
        sign_up::Register,
    },
    kernel::{Code, Result, email::Email, secret::Secret},
    web::{
        Endpoint,
        endpoint::GET_POST,
        extract::{Form, FormBody, Params, Query, Visitor},
    },
};

/// `/register`.
pub const REGISTER: Endpoint = Endpoint::page("/register", GET_POST, || get(ask).post(answer));

#[derive(Serialize, Default)]
struct Own {
    strength: Option<Strength>,
}

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    if !app.config.registration.open {
        return Err(Code::Forbidden.because("Registration is not open here.").into());
    }
    let context = FlowContext::of(&visitor, &query).await?;
    let hint = context.login_hint.clone().unwrap_or_default();
    let frame = Frame::of(&visitor, Form::SignUp).within(&context).keeping("email", hint);
    frame.show(&visitor, "register.html", Own::default())
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    visitor.admit(Form::SignUp, &form)?;
    let context = FlowContext::of(&visitor, &form).await?;
    let (email, name) = (form.field("email")?, form.field("name")?);
    let register = Register { email: email.into(), password: Secret::new(form.field("password")?), name: name.into() };
    match app.perform(visitor.caller(), register).await {
        Ok(()) => {
            if let Some(flow) = context.flow {
                let browser = Binding(visitor.browser.digest());
                app.perform(visitor.caller(), NoteRegistration { flow, browser }).await?;
            }
            let flow = context.flow.map(|flow| format!("&flow={flow}")).unwrap_or_default();
            let next = format!("/verify-email?verification={}{flow}", handle::seal(&visitor, email.trim())?);
            Ok(Redirect::to(&next).into_response())
        }
        Err(error) => {
            let own = Own { strength: judged(&app, &form)? };
            let frame = Frame::of(&visitor, Form::SignUp).within(&context).keeping("email", email);
            frame.keeping("name", name).after(error)?.show(&visitor, "register.html", own)
        }
    }
}

/// How good the password was that has to be typed again.
fn judged(app: &App, form: &Params) -> Result<Option<Strength>> {
    let (password, email) = (form.field("password")?, Email::parse(form.field("email")?).ok());
    let product = &app.config.branding.product_name;
    let context = Context { email: email.as_ref(), name: form.field("name")?, product };
    Ok((!password.is_empty()).then(|| strength(password, &context)))
}
