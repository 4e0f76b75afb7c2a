//! `/oauth2/resume`: where every page of a flow returns to. Steps never know each other.

use std::sync::Arc;

use axum::{extract::State, response::Response, routing::get};

use super::forward;
use crate::{
    app::App,
    domain::oauth::flow::{Binding, ResumeAuthorization},
    kernel::{Code, Result},
    web::{
        Endpoint,
        endpoint::GET,
        extract::{Query, Visitor},
    },
};

/// `/oauth2/resume`.
pub const RESUME: Endpoint = Endpoint::page("/oauth2/resume", GET, || get(ask));

async fn ask(State(app): State<Arc<App>>, visitor: Visitor, Query(query): Query) -> Result<Response> {
    let flow = query.once("flow")?.and_then(|text| text.parse().ok());
    let flow = flow.ok_or_else(|| Code::FlowExpired.because("There is no sign-in to go on with here."))?;
    let resume = ResumeAuthorization { flow, browser: Binding(visitor.browser.digest()) };
    let progress = app.perform(visitor.caller(), resume).await?;
    forward(&visitor, progress)
}
