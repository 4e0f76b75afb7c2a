//! `/forgot-password`: the answer is the same for every address.

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
    domain::sign_in::ForgotPassword,
    kernel::Result,
    web::{
        Endpoint,
        endpoint::GET_POST,
        extract::{Form, FormBody, Query, Visitor},
    },
};

/// `/forgot-password`.
pub const FORGOT_PASSWORD: Endpoint = Endpoint::page("/forgot-password", GET_POST, || get(ask).post(answer));

#[derive(Serialize, Default)]
struct Own {
    email: Option<String>,
}

async fn ask(visitor: Visitor, Query(query): Query) -> Result<Response> {
    let context = FlowContext::of(&visitor, &query).await?;
    let frame = Frame::of(&visitor, Form::Recovery).within(&context);
    match query.once("sent")?.and_then(|handle| handle::open(&visitor, handle)) {
        Some(email) => frame.show(&visitor, "forgot_password_done.html", Own { email: Some(email) }),
        None => frame.show(&visitor, "forgot_password.html", Own::default()),
    }
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    visitor.admit(Form::Recovery, &form)?;
    let context = FlowContext::of(&visitor, &form).await?;
    let email = form.field("email")?;
    match app.perform(visitor.caller(), ForgotPassword { email: email.to_owned() }).await {
        Ok(()) => {
            let flow = context.flow.map(|flow| format!("&flow={flow}")).unwrap_or_default();
            let handle = handle::seal(&visitor, email.trim())?;
            Ok(Redirect::to(&format!("/forgot-password?sent={handle}{flow}")).into_response())
        }
        Err(error) => {
            let frame = Frame::of(&visitor, Form::Recovery).within(&context).keeping("email", email);
            frame.after(error)?.show(&visitor, "forgot_password.html", Own::default())
        }
    }
}
