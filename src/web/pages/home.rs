//! `/`: who am I, where am I signed in, what happened.

use std::sync::Arc;

use axum::{extract::State, response::Response, routing::get};
use serde::Serialize;

use super::{Application, Frame, Moment, frame::signed_in, moment};
use crate::{
    app::App,
    domain::{
        audit::{Activity, ListActivity},
        consents::{Allowed, ListConsents},
        oauth::{ciba::ListRequests, flow, scopes},
        sessions::{ListSessions, ListedSession},
        users::User,
    },
    kernel::{
        Result, Time,
        id::{ClientId, SessionId},
    },
    web::{
        Endpoint,
        endpoint::GET,
        extract::{Form, Query, Visitor},
    },
};

/// `/`.
pub const HOME: Endpoint = Endpoint::page("/", GET, || get(show));

/// Facts on the page.
const ACTIVITY: u64 = 10;

#[derive(Serialize)]
struct Own {
    sessions: Vec<Row>,
    activity: Vec<Happened>,
    applications: Vec<AllowedRow>,
    waiting: usize,
    registration: bool,
    notice: Option<&'static str>,
}

#[derive(Serialize)]
struct Row {
    id: SessionId,
    device: String,
    address: Option<String>,
    last_seen: Moment,
    current: bool,
}

#[derive(Serialize)]
struct AllowedRow {
    id: ClientId,
    name: String,
    host: String,
    logo_uri: Option<String>,
    since: String,
    words: String,
}

#[derive(Serialize)]
struct Happened {
    words: String,
    device: Option<String>,
    address: Option<String>,
    at: Moment,
}

async fn show(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let Some(user) = signed_in(&visitor).await? else {
        let own = Own {
            sessions: Vec::new(),
            activity: Vec::new(),
            applications: Vec::new(),
            waiting: 0,
            registration: app.config.registration.open,
            notice: None,
        };
        return Frame::of(&visitor, Form::SignIn).show(&visitor, "home.html", own);
    };
    show_account(&app, &visitor, &user, notice(query.once("ended")?)).await
}

async fn show_account(
    app: &Arc<App>,
    visitor: &Visitor,
    user: &User,
    notice: Option<&'static str>,
) -> Result<Response> {
    let form = Form::Account(visitor.person()?.session);
    let sessions = app.perform(visitor.caller(), ListSessions).await?;
    let activity = app.perform(visitor.caller(), ListActivity { before: None, limit: ACTIVITY }).await?;
    let allowed = app.perform(visitor.caller(), ListConsents).await?;
    let own = Own {
        applications: allowed.into_iter().map(application).collect(),
        waiting: app.perform(visitor.caller(), ListRequests).await?.len(),
        sessions: sessions.into_iter().map(|listed| row(listed, visitor.now)).collect(),
        activity: activity.into_iter().map(|activity| happened(activity, visitor.now)).collect(),
        registration: app.config.registration.open,
        notice,
    };
    Frame::of(visitor, form).for_person(user).show(visitor, "home.html", own)
}

/// What was just done. Fixed sentences: a link from elsewhere cannot make the page say something else.
fn notice(ended: Option<&str>) -> Option<&'static str> {
    match ended {
        Some("one") => Some("That device was signed out."),
        Some("others") => Some("Your other devices were signed out."),
        Some("application") => Some(super::account_consents::WITHDRAWN),
        _ => None,
    }
}

fn row(listed: ListedSession, now: Time) -> Row {
    Row {
        id: listed.session.id,
        device: listed.session.device_name,
        address: listed.session.address.map(|address| address.to_string()),
        last_seen: moment(listed.session.last_seen_at, now),
        current: listed.current,
    }
}

/// An application, and what it may do in one line.
fn application(allowed: Allowed) -> AllowedRow {
    let application = Application::from(flow::Application::of(&allowed.client, None));
    let words: Vec<_> = allowed.scope.iter().map(|name| scopes::words(name).unwrap_or(name)).collect();
    AllowedRow {
        id: allowed.client.id,
        name: application.name,
        host: application.host,
        logo_uri: application.logo_uri,
        since: allowed.since.format("%B %Y").to_string(),
        words: words.join("; "),
    }
}

fn happened(activity: Activity, now: Time) -> Happened {
    Happened { words: activity.words, device: activity.device, address: activity.address, at: moment(activity.at, now) }
}
