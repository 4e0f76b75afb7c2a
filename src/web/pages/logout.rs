//! `/logout`: the person's word before a sign-out that no hint proves, and what follows it.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Serialize;

use super::{Frame, frame::signed_in};
use crate::{
    app::App,
    domain::oauth::{
        flow::{Binding, origin},
        logout::{AskedLogout, ConfirmLogout, ShowLogout, SignedOut},
    },
    kernel::{Code, Result},
    web::{
        Endpoint,
        endpoint::GET_POST,
        extract::{Form, FormBody, Params, Query, Visitor},
        layers::PageRules,
        oauth::with_query,
    },
};

/// `/logout`.
pub const LOGOUT: Endpoint = Endpoint::page("/logout", GET_POST, || get(ask).post(answer));

#[derive(Serialize, Default)]
struct Own {
    application: Option<Named>,
    carried: Vec<Carried>,
}

#[derive(Serialize)]
struct Named {
    name: String,
}

#[derive(Serialize)]
struct Carried {
    name: &'static str,
    value: String,
}

#[derive(Serialize, Default)]
struct Over {
    stayed: bool,
    taken_over: bool,
    next: Option<Onward>,
    frames: Vec<String>,
}

#[derive(Serialize)]
struct Onward {
    href: String,
    words: String,
}

fn asked(visitor: &Visitor, params: &Params) -> Result<Option<AskedLogout>> {
    let Some(text) = params.once("flow")? else { return Ok(None) };
    let id = text.parse().map_err(|_| Code::FlowExpired.because("This request to sign out has ended."))?;
    Ok(Some(AskedLogout { id, browser: Binding(visitor.browser.digest()) }))
}

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let mut own = Own::default();
    let mut rules = PageRules::default();
    if let Some(asked) = asked(&visitor, &query)? {
        own.carried.push(Carried { name: "flow", value: asked.id.to_string() });
        let request = app.perform(visitor.caller(), ShowLogout(asked)).await?;
        own.application = request.application.map(|name| Named { name });
        rules.form_targets.extend(request.back.map(|back| origin(&back.uri)));
    }
    let frame = Frame::of(&visitor, Form::SignOut).ruled(rules);
    match signed_in(&visitor).await? {
        Some(user) => frame.for_person(&user).show(&visitor, "logout.html", own),
        None => frame.show(&visitor, "logged_out.html", Over::default()),
    }
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    visitor.admit(Form::SignOut, &form)?;
    let confirmed = match form.field("decision")? {
        "confirm" => true,
        "cancel" => false,
        _ => return Err(Code::InvalidInput.because("Choose whether to sign out.").into()),
    };
    let confirm = ConfirmLogout { asked: asked(&visitor, &form)?, confirmed };
    let done = app.perform(visitor.caller(), confirm).await?;
    if confirmed {
        return logged_out(&visitor, done);
    }
    Frame::of(&visitor, Form::SignIn).show(&visitor, "logged_out.html", Over { stayed: true, ..Over::default() })
}

/// After the sign-out: back to the client, or to the page that says so. Where applications hear of it through the browser, the
/// page comes first, loads them, and goes on by itself. The cookie goes in any case.
pub fn logged_out(visitor: &Visitor, done: SignedOut) -> Result<Response> {
    visitor.forget_session()?;
    let SignedOut { request, frames } = done;
    let back = request.back.map(|back| {
        let state: Vec<_> = back.state.map(|state| ("state", state)).into_iter().collect();
        if state.is_empty() { back.uri } else { with_query(&back.uri, &state) }
    });
    match back {
        Some(back) if frames.is_empty() => Ok(Redirect::to(&back).into_response()),
        back => {
            let words = request.application.map_or_else(|| "Continue".to_owned(), |name| format!("Back to {name}"));
            let over = Over { next: back.map(|href| Onward { href, words }), frames, ..Over::default() };
            show(visitor, over)
        }
    }
}

/// After a sign-out that nobody asked for but the person: the page that says so, and loads the applications that hear of it.
pub fn signed_out_here(visitor: &Visitor, frames: Vec<String>) -> Result<Response> {
    visitor.forget_session()?;
    if frames.is_empty() {
        return Ok(Redirect::to("/sign-out").into_response());
    }
    show(visitor, Over { frames, ..Over::default() })
}

/// After an account was signed out in the middle of something: loads the applications that hear of it, and goes on.
pub fn signing_out(visitor: &Visitor, frames: Vec<String>, on: String) -> Result<Response> {
    let next = Onward { href: on, words: "Continue".to_owned() };
    show(visitor, Over { next: Some(next), frames, ..Over::default() })
}

/// After somebody signed in where somebody else was signed in: loads the applications that hear of the end, and goes on.
pub fn taken_over(visitor: &Visitor, frames: Vec<String>, on: String) -> Result<Response> {
    let next = Onward { href: on, words: "Continue".to_owned() };
    show(visitor, Over { taken_over: true, next: Some(next), frames, ..Over::default() })
}

fn show(visitor: &Visitor, over: Over) -> Result<Response> {
    let rules = PageRules { frames: over.frames.clone(), ..PageRules::default() };
    Frame::of(visitor, Form::SignIn).ruled(rules).show(visitor, "logged_out.html", over)
}
