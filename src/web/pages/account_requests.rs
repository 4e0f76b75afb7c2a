//! `/account/requests`: what applications ask of a person who is not at them, and the person's word (OpenID CIBA Core §7).

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Serialize;
use serde_json::json;

use super::{
    Application, Frame, Moment,
    consent::{Api, Scope},
    destination::Destination,
    frame::signed_in,
    moment,
};
use crate::{
    app::App,
    domain::oauth::ciba::{self, DecideRequest, Decided, ListRequests, RequestView, ShowRequest},
    kernel::{Code, Refusal, Result, Time, id::DecoupledId},
    web::{
        Endpoint,
        endpoint::{GET, GET_POST},
        extract::{Form, FormBody, Params, Query, Visitor},
    },
};

/// `/account/requests`.
pub const LIST: Endpoint = Endpoint::page(ciba::PAGE, GET, || get(list));
/// `/account/requests/decide`.
pub const DECIDE: Endpoint = Endpoint::page(ciba::DECISION_PAGE, GET_POST, || get(ask).post(answer));
/// `/account/requests/done`.
pub const DONE: Endpoint = Endpoint::page("/account/requests/done", GET, || get(done));
/// `/account/requests/refused`.
pub const REFUSED: Endpoint = Endpoint::page("/account/requests/refused", GET, || get(refused));

/// One request.
#[derive(Serialize)]
struct Asked {
    id: DecoupledId,
    application: Application,
    binding_message: Option<String>,
    scopes: Vec<Scope>,
    apis: Vec<Api>,
    asked: Moment,
    /// Minutes that are left to decide, the last one begun.
    minutes: i64,
}

fn asked(view: RequestView, now: Time) -> Asked {
    Asked {
        id: view.id,
        application: Application::from(view.application),
        binding_message: view.binding_message,
        scopes: view.scopes.into_iter().map(Scope::from).collect(),
        apis: view.apis.into_iter().map(Api::from).collect(),
        asked: moment(view.asked_at, now),
        minutes: ((view.expires_at - now).num_seconds() + 59) / 60,
    }
}

/// Whoever signs in is brought to the list: what they may see of it depends on who they are then.
fn sign_in_first() -> Response {
    Redirect::to(&Destination::Requests.sign_in()).into_response()
}

/// The only one there is needs no list.
async fn list(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response> {
    let Some(user) = signed_in(&visitor).await? else { return Ok(sign_in_first()) };
    let waiting = app.perform(visitor.caller(), ListRequests).await?;
    if let [only] = waiting.as_slice() {
        return Ok(Redirect::to(&format!("{}?request={}", ciba::DECISION_PAGE, only.id)).into_response());
    }
    let requests: Vec<_> = waiting.into_iter().map(|view| asked(view, visitor.now)).collect();
    let form = Form::Account(visitor.person()?.session);
    let own = json!({ "requests": requests });
    Frame::of(&visitor, form).for_person(&user).show(&visitor, "account_requests.html", own)
}

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let Some(user) = signed_in(&visitor).await? else { return Ok(sign_in_first()) };
    let view = app.perform(visitor.caller(), ShowRequest { request: request(&query)? }).await?;
    let form = Form::Account(visitor.person()?.session);
    Frame::of(&visitor, form).for_person(&user).show(&visitor, "account_request.html", asked(view, visitor.now))
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    let Some(principal) = &visitor.principal else { return Ok(sign_in_first()) };
    visitor.admit(Form::Account(principal.session), &form)?;
    let allow = match form.field("decision")? {
        "allow" => true,
        "deny" => false,
        _ => return Err(Code::InvalidInput.because("Choose whether to allow it.").into()),
    };
    let decide = DecideRequest { request: request(&form)?, allow };
    let next = match app.perform(visitor.caller(), decide).await? {
        Decided::Allowed => DONE.path,
        Decided::Denied => REFUSED.path,
    };
    Ok(Redirect::to(next).into_response())
}

async fn done(visitor: Visitor) -> Result<Response> {
    concluded(&visitor, true).await
}

async fn refused(visitor: Visitor) -> Result<Response> {
    concluded(&visitor, false).await
}

async fn concluded(visitor: &Visitor, allowed: bool) -> Result<Response> {
    Frame::of(visitor, Form::SignIn).show(visitor, "account_request_done.html", json!({ "allowed": allowed }))
}

/// Which one.
fn request(params: &Params) -> Result<DecoupledId, Refusal> {
    let named = params.once("request")?.and_then(|text| text.parse().ok());
    named.ok_or_else(|| {
        Code::FlowExpired.because("The address names no request. Your account lists those that wait for you.")
    })
}
