//! `/account/password`: change one's own password.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Serialize;

use super::{Frame, destination::Destination, frame::signed_in};
use crate::{
    app::App,
    domain::{
        credentials::{Strength, password::Context, strength},
        sign_in::ChangePassword,
    },
    kernel::{Result, secret::Secret},
    web::{
        Endpoint,
        endpoint::{GET, GET_POST},
        extract::{Form, FormBody, Visitor},
    },
};

/// `/account/password`.
pub const ACCOUNT_PASSWORD: Endpoint = Endpoint::page("/account/password", GET_POST, || get(ask).post(answer));
/// `/account/password/done`.
pub const DONE: Endpoint = Endpoint::page("/account/password/done", GET, || get(done));

/// Where a person goes next.
#[derive(Serialize)]
pub(super) struct Next {
    pub(super) href: &'static str,
    pub(super) words: &'static str,
}

#[derive(Serialize, Default)]
struct Own {
    strength: Option<Strength>,
}

#[derive(Serialize)]
struct Done {
    next: Next,
    changed: bool,
}

/// Whoever signs in is brought back here.
fn sign_in_first() -> Response {
    Redirect::to(&Destination::Password.sign_in()).into_response()
}

async fn ask(visitor: Visitor) -> Result<Response> {
    let Some(user) = signed_in(&visitor).await? else { return Ok(sign_in_first()) };
    let form = Form::Account(visitor.person()?.session);
    Frame::of(&visitor, form).for_person(&user).show(&visitor, "change_password.html", Own::default())
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    let Some(user) = signed_in(&visitor).await? else { return Ok(sign_in_first()) };
    let own_form = Form::Account(visitor.person()?.session);
    visitor.admit(own_form, &form)?;
    let new = form.field("password")?;
    let change = ChangePassword {
        current: Secret::new(form.field("current_password")?),
        new: Secret::new(new),
        end_others: true, // as the page says
    };
    match app.perform(visitor.caller(), change).await {
        Ok(_) => Ok(Redirect::to("/account/password/done").into_response()),
        Err(error) => {
            let product = &app.config.branding.product_name;
            let context = Context { email: Some(&user.email), name: &user.name, product };
            let own = Own { strength: (!new.is_empty()).then(|| strength(new, &context)) };
            let frame = Frame::of(&visitor, own_form).for_person(&user);
            frame.after(error)?.show(&visitor, "change_password.html", own)
        }
    }
}

async fn done(visitor: Visitor) -> Result<Response> {
    let Some(user) = signed_in(&visitor).await? else { return Ok(sign_in_first()) };
    let form = Form::Account(visitor.person()?.session);
    let next = Next { href: "/", words: "Back to your account" };
    Frame::of(&visitor, form).for_person(&user).show(&visitor, "reset_password_done.html", Done { next, changed: true })
}
