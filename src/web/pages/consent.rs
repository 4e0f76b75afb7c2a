//! `/consent`: who asks, for what, and the person's word.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Serialize;

use super::{FlowContext, Frame, frame::signed_in};
use crate::{
    app::App,
    domain::oauth::{
        details::Told,
        flow::{AnswerConsent, Api as NamedApi, Binding, ScopeWords, ShowConsent},
    },
    kernel::{Code, Result, id::FlowId},
    web::{
        Endpoint,
        endpoint::GET_POST,
        extract::{Form, FormBody, Params, Query, Visitor},
        oauth::forward,
    },
};

/// `/consent`.
pub const CONSENT: Endpoint = Endpoint::page("/consent", GET_POST, || get(ask).post(answer));

#[derive(Serialize)]
struct Own {
    scopes: Vec<Scope>,
    apis: Vec<Api>,
    details: Vec<Detail>,
    returns_to: String,
    to_device: bool,
    withdrawable: bool,
}

/// A scope, with what it means.
#[derive(Serialize)]
pub(super) struct Scope {
    name: String,
    words: String,
}

impl From<ScopeWords> for Scope {
    fn from(scope: ScopeWords) -> Self {
        Self { name: scope.name, words: scope.words }
    }
}

/// An API, by its name.
#[derive(Serialize)]
pub(super) struct Api {
    name: String,
    uri: String,
}

impl From<NamedApi> for Api {
    fn from(api: NamedApi) -> Self {
        Self { name: api.name, uri: api.uri }
    }
}

/// Something that is asked for in detail.
#[derive(Serialize)]
pub(super) struct Detail {
    kind: String,
    title: String,
    description: Option<String>,
    api: Option<String>,
    members: Vec<(String, Vec<String>)>,
}

impl From<Told> for Detail {
    fn from(told: Told) -> Self {
        let members = told.members.into_iter().map(|member| (member.label, member.values)).collect();
        Self { kind: told.kind, title: told.title, description: told.description, api: told.api, members }
    }
}

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let flow = flow(&query)?;
    let Some(user) = signed_in(&visitor).await? else {
        return Ok(Redirect::to(&format!("/oauth2/resume?flow={flow}")).into_response());
    };
    let view = app.perform(visitor.caller(), ShowConsent { flow, browser: Binding(visitor.browser.digest()) }).await?;
    let context = FlowContext::of(&visitor, &query).await?;
    let scopes = view.scopes.into_iter().map(Scope::from).collect();
    let apis = view.apis.into_iter().map(Api::from).collect();
    let details = view.details.into_iter().map(Detail::from).collect();
    let (returns_to, to_device) = (view.returns_to, view.to_device);
    let own = Own { scopes, apis, details, returns_to, to_device, withdrawable: true };
    Frame::of(&visitor, Form::step(flow, visitor.principal.as_ref())).within(&context).for_person(&user).show(
        &visitor,
        "consent.html",
        own,
    )
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    let flow = flow(&form)?;
    visitor.admit(Form::step(flow, visitor.principal.as_ref()), &form)?;
    let allow = match form.field("decision")? {
        "allow" => true,
        "deny" => false,
        _ => return Err(Code::InvalidInput.because("Choose whether to allow it.").into()),
    };
    let answer = AnswerConsent { flow, browser: Binding(visitor.browser.digest()), allow };
    let progress = app.perform(visitor.caller(), answer).await?;
    forward(&visitor, progress)
}

/// The flow that a page cannot be without.
pub(super) fn flow(params: &Params) -> Result<FlowId> {
    let flow = params.once("flow")?.and_then(|text| text.parse().ok());
    flow.ok_or_else(|| Code::FlowExpired.because("There is no sign-in to go on with here.").into())
}
