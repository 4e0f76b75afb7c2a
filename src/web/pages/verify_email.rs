//! `/verify-email`: by the mailed link, whose GET only shows a button because mail scanners follow links, or by the
//! 6-digit code.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Serialize;

use super::{FlowContext, Frame, destination::Destination, handle};
use crate::{
    app::App,
    domain::sign_up::{CheckLink, LinkState, Proved, ResendVerification, VerifyEmail},
    kernel::{Code, Error, Result, secret::Secret},
    web::{
        Endpoint,
        endpoint::{GET, GET_POST, POST},
        extract::{Form, FormBody, Params, Query, Visitor},
    },
};

/// `/verify-email`.
pub const VERIFY_EMAIL: Endpoint = Endpoint::page("/verify-email", GET_POST, || get(ask).post(answer));
/// `/verify-email/resend`.
pub const RESEND: Endpoint = Endpoint::page("/verify-email/resend", POST, || post(resend));
/// `/verify-email/done`.
pub const DONE: Endpoint = Endpoint::page("/verify-email/done", GET, || get(done));

#[derive(Serialize, Default)]
struct Own {
    token: Option<String>,
    email: Option<String>,
    verification: Option<String>,
    resent: bool,
}

#[derive(Serialize)]
struct Done {
    next: Next,
}

#[derive(Serialize)]
struct Next {
    href: String,
    words: String,
}

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let context = FlowContext::of(&visitor, &query).await?;
    let frame = Frame::of(&visitor, Form::SignUp).within(&context);
    if let Some(token) = query.once("token")? {
        return match app.perform(visitor.caller(), CheckLink { token: Secret::new(token) }).await? {
            LinkState::Good { email } => {
                let own = Own { token: Some(token.into()), email: Some(email.to_string()), ..Own::default() };
                frame.show(&visitor, "verify_email.html", own)
            }
            LinkState::Used | LinkState::Expired | LinkState::Unknown => {
                frame.after(dead_link())?.show(&visitor, "verify_email.html", Own::default())
            }
        };
    }
    let own = carried(&visitor, &query)?;
    let template = if own.email.is_some() { "register_done.html" } else { "verify_email.html" };
    frame.show(&visitor, template, own)
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    visitor.admit(Form::SignUp, &form)?;
    let context = FlowContext::of(&visitor, &form).await?;
    let own = carried(&visitor, &form)?;
    let typed = form.field("email")?;
    let by = match form.once("token")? {
        Some(token) => Proved::Link(Secret::new(token)),
        None => Proved::Code {
            email: own.email.clone().unwrap_or_else(|| typed.to_owned()),
            code: Secret::new(form.field("code")?),
        },
    };
    match app.perform(visitor.caller(), VerifyEmail { by }).await {
        Ok(_) => Ok(Redirect::to(&format!("/verify-email/done{}", context.query())).into_response()),
        Err(error) => show_again(&visitor, &context, own, typed, error),
    }
}

async fn resend(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    visitor.admit(Form::SignUp, &form)?;
    let context = FlowContext::of(&visitor, &form).await?;
    let own = carried(&visitor, &form)?;
    let typed = form.field("email")?;
    let email = own.email.clone().unwrap_or_else(|| typed.to_owned());
    match app.perform(visitor.caller(), ResendVerification { email: email.clone() }).await {
        Ok(()) => {
            let flow = context.flow.map(|flow| format!("&flow={flow}")).unwrap_or_default();
            let handle = handle::seal(&visitor, email.trim())?;
            Ok(Redirect::to(&format!("/verify-email?verification={handle}&resent=yes{flow}")).into_response())
        }
        Err(error) => show_again(&visitor, &context, own, typed, error),
    }
}

/// What the person was told before, carried in the address or the form.
fn carried(visitor: &Visitor, params: &Params) -> Result<Own> {
    let handle = params.once("verification")?;
    let email = handle.and_then(|handle| handle::open(visitor, handle));
    Ok(Own {
        verification: email.as_ref().and(handle).map(str::to_owned),
        email,
        resent: params.once("resent")?.is_some(),
        token: None,
    })
}

fn show_again(visitor: &Visitor, context: &FlowContext, own: Own, typed: &str, error: Error) -> Result<Response> {
    let frame = Frame::of(visitor, Form::SignUp).within(context).keeping("email", typed);
    frame.after(error)?.show(visitor, "verify_email.html", own)
}

fn dead_link() -> Error {
    Code::ProofInvalid
        .because("This link was used or has ended. Enter the code from the newest mail, or ask for another.")
        .into()
}

async fn done(visitor: Visitor, Query(query): Query) -> Result<Response> {
    let context = FlowContext::of(&visitor, &query).await?;
    let next = match (&visitor.principal, &context.application) {
        (Some(_), Some(application)) => {
            Next { href: context.after_sign_in(Destination::Home), words: format!("Continue to {}", application.name) }
        }
        (Some(_), None) => Next { href: "/".into(), words: "Go to your account".into() },
        (None, _) => Next { href: format!("/login{}", context.query()), words: "Sign in".into() },
    };
    Frame::of(&visitor, Form::SignUp).within(&context).show(&visitor, "verify_email_done.html", Done { next })
}
