//! `/account/consents`: the applications that may use one's account, and taking it back.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Serialize;

use super::{
    Application, Frame, Moment,
    consent::{Detail, Scope},
    destination::Destination,
    frame::signed_in,
    moment,
};
use crate::{
    app::App,
    domain::{
        consents::{Allowed, ListConsents, WithdrawConsent},
        oauth::{
            details::{TellDetails, Told},
            flow,
        },
    },
    kernel::{Code, Result, Time, id::ClientId},
    web::{
        Endpoint,
        endpoint::{GET, POST},
        extract::{Form, FormBody, Query, Visitor},
    },
};

/// `/account/consents`.
pub const LIST: Endpoint = Endpoint::page("/account/consents", GET, || get(list));
/// `/account/consents/withdraw`.
pub const WITHDRAW: Endpoint = Endpoint::page("/account/consents/withdraw", POST, || post(answer));

#[derive(Serialize)]
struct Own {
    applications: Vec<Entry>,
    notice: Option<&'static str>,
}

/// An application with all it may do.
#[derive(Serialize)]
struct Entry {
    id: ClientId,
    application: Application,
    scopes: Vec<Scope>,
    apis: Vec<String>,
    details: Vec<Detail>,
    since: String,
    last_used: Option<Moment>,
    while_away: bool,
    own: bool,
}

async fn list(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let Some(user) = signed_in(&visitor).await? else {
        return Ok(Redirect::to(&Destination::Consents.sign_in()).into_response());
    };
    let allowed = app.perform(visitor.caller(), ListConsents).await?;
    let lists = allowed.iter().map(|allowed| allowed.details.clone()).collect();
    let told = app.perform(visitor.caller(), TellDetails { lists }).await?;
    let own = Own {
        applications: allowed.into_iter().zip(told).map(|(allowed, told)| entry(allowed, told, visitor.now)).collect(),
        notice: query.once("ended")?.map(|_| WITHDRAWN),
    };
    let form = Form::Account(visitor.person()?.session);
    Frame::of(&visitor, form).for_person(&user).show(&visitor, "account_consents.html", own)
}

/// What is said after a withdrawal.
pub(super) const WITHDRAWN: &str = "That application may no longer use your account.";

fn entry(allowed: Allowed, told: Vec<Told>, now: Time) -> Entry {
    let application = Application::from(flow::Application::of(&allowed.client, None));
    Entry {
        id: allowed.client.id,
        application,
        scopes: flow::in_words(&allowed.scope).into_iter().map(Scope::from).collect(),
        apis: allowed.resources,
        details: told.into_iter().map(Detail::from).collect(),
        since: allowed.since.format("%-d %B %Y").to_string(),
        last_used: allowed.last_used_at.map(|at| moment(at, now)),
        while_away: allowed.while_away,
        own: allowed.client.first_party,
    }
}

async fn answer(State(app): State<Arc<App>>, visitor: Visitor, FormBody(form): FormBody) -> Result<Response> {
    let Some(principal) = &visitor.principal else { return Ok(Redirect::to("/login").into_response()) };
    visitor.admit(Form::Account(principal.session), &form)?;
    let client = form.field("application")?.parse();
    let client = client.map_err(|_| Code::NotFound.because("You have not allowed this application anything."))?;
    app.perform(visitor.caller(), WithdrawConsent { client }).await?;
    // Back to the page that the form stood on, of the two that have it.
    Ok(match form.once("from")? {
        Some("list") => Redirect::to("/account/consents?ended=application"),
        _ => Redirect::to("/?ended=application"),
    }
    .into_response())
}
