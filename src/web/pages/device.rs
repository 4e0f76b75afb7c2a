//! `/device`: enter the code of a device that cannot show pages, and sign it in (RFC 8628 §3.3).

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Serialize;
use serde_json::json;

use super::{
    FlowContext, Frame, Moment,
    consent::{Api, Detail, Scope, flow},
    frame::signed_in,
    moment,
};
use crate::{
    app::App,
    domain::oauth::{
        device::{self, DecideDevice, Decided, EnterUserCode, ShowDevice},
        flow::Binding,
    },
    kernel::{Code, Result},
    web::{
        Endpoint,
        endpoint::{GET, GET_POST},
        extract::{Form, FormBody, Query, Visitor},
    },
};

/// `/device`.
pub const DEVICE: Endpoint = Endpoint::page(device::PAGE, GET_POST, || get(ask_code).post(enter));
/// `/device/confirm`.
pub const CONFIRM: Endpoint = Endpoint::page(device::DECISION_PAGE, GET_POST, || get(ask).post(answer));
/// `/device/done`.
pub const DONE: Endpoint = Endpoint::page("/device/done", GET, || get(done));
/// `/device/refused`.
pub const REFUSED: Endpoint = Endpoint::page("/device/refused", GET, || get(refused));

/// The field, and its id.
const FIELD: &str = "user_code";

#[derive(Serialize)]
struct Own {
    scopes: Vec<Scope>,
    apis: Vec<Api>,
    details: Vec<Detail>,
    user_code: String,
    device: String,
    address: Option<String>,
    asked: Moment,
}

/// A code in the address (`verification_uri_complete`) only fills the field: the person still looks at it and sends it
/// (RFC 8628 §3.3.1), so that nobody tries codes by links.
async fn ask_code(visitor: Visitor, Query(query): Query) -> Result<Response> {
    let given = query.once("user_code")?.unwrap_or_default();
    let own = json!({ "given": !given.is_empty() });
    Frame::of(&visitor, Form::Device).keeping(FIELD, given).show(&visitor, "device.html", own)
}

async fn enter(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    visitor.admit(Form::Device, &form)?;
    let typed = form.field(FIELD)?.to_owned();
    let enter = EnterUserCode { typed: typed.clone(), browser: Binding(visitor.browser.digest()) };
    match app.perform(visitor.caller(), enter).await {
        Ok(next) => Ok(Redirect::to(&next).into_response()),
        Err(error) => {
            let frame = Frame::of(&visitor, Form::Device).keeping(FIELD, typed);
            frame.after(error)?.show(&visitor, "device.html", json!({ "given": false }))
        }
    }
}

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let flow = flow(&query)?;
    let Some(user) = signed_in(&visitor).await? else {
        return Ok(Redirect::to(&format!("/oauth2/resume?flow={flow}")).into_response());
    };
    let show = ShowDevice { flow, browser: Binding(visitor.browser.digest()) };
    let view = app.perform(visitor.caller(), show).await?;
    let context = FlowContext::of(&visitor, &query).await?;
    let own = Own {
        scopes: view.scopes.into_iter().map(Scope::from).collect(),
        apis: view.apis.into_iter().map(Api::from).collect(),
        details: view.details.into_iter().map(Detail::from).collect(),
        user_code: view.user_code,
        device: view.origin.device,
        address: view.origin.address,
        asked: moment(view.asked_at, visitor.now),
    };
    Frame::of(&visitor, Form::step(flow, visitor.principal.as_ref())).within(&context).for_person(&user).show(
        &visitor,
        "device_confirm.html",
        own,
    )
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    let flow = flow(&form)?;
    visitor.admit(Form::step(flow, visitor.principal.as_ref()), &form)?;
    let allow = match form.field("decision")? {
        "allow" => true,
        "deny" => false,
        _ => return Err(Code::InvalidInput.because("Choose whether to sign the device in.").into()),
    };
    let decide = DecideDevice { flow, browser: Binding(visitor.browser.digest()), allow };
    let next = match app.perform(visitor.caller(), decide).await? {
        Decided::Allowed => DONE.path,
        Decided::Denied => REFUSED.path,
    };
    Ok(Redirect::to(next).into_response())
}

async fn done(visitor: Visitor) -> Result<Response> {
    Frame::of(&visitor, Form::Device).show(&visitor, "device_done.html", json!({ "allowed": true }))
}

async fn refused(visitor: Visitor) -> Result<Response> {
    Frame::of(&visitor, Form::Device).show(&visitor, "device_done.html", json!({ "allowed": false }))
}
