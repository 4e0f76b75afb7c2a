//! The flow that a page is in, if any: which application is waiting, and where the answer goes.

use serde::Serialize;

use super::destination::Destination;
use crate::{
    domain::oauth::flow::{self, Binding, PreviewFlow},
    kernel::{Code, Result, id::FlowId},
    web::extract::{Params, Visitor},
};

/// An application as pages show it.
#[derive(Debug, Clone, Serialize)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// The host that answers go to.
    pub host: String,
    /// Since when it is known here: "March 2026".
    pub since: String,
    /// The address by which it is known, where nobody registered it; `host` is that of this address.
    pub described_at: Option<String>,
    /// Its logo.
    pub logo_uri: Option<String>,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms of service.
    pub tos_uri: Option<String>,
}

/// The flow of a page.
#[derive(Debug, Clone, Default)]
pub struct FlowContext {
    /// The flow.
    pub flow: Option<FlowId>,
    /// Who is waiting.
    pub application: Option<Application>,
    /// Who the application thinks it is.
    pub login_hint: Option<String>,
    /// Where the answer goes, for the page's `form-action`.
    pub redirect_origin: Option<String>,
}

impl From<flow::Application> for Application {
    fn from(application: flow::Application) -> Self {
        Self {
            name: application.name,
            host: application.host,
            since: application.since.format("%B %Y").to_string(),
            described_at: application.described_at,
            logo_uri: application.logo_uri,
            client_uri: application.client_uri,
            policy_uri: application.policy_uri,
            tos_uri: application.tos_uri,
        }
    }
}

impl FlowContext {
    /// The flow that the parameters name. One that has ended, or belongs to another browser, is none: the person can
    /// still sign in and is told when they go on.
    pub async fn of(visitor: &Visitor, params: &Params) -> Result<Self> {
        let Some(flow) = params.once("flow")?.and_then(|text| text.parse().ok()) else {
            return Ok(Self::default());
        };
        match Self::required(visitor, flow).await {
            Err(error) if error.refusal().is_some_and(|refusal| refusal.code == Code::FlowExpired) => {
                Ok(Self::default())
            }
            found => found,
        }
    }

    /// The flow of a page that is nothing without one.
    ///
    /// # Errors
    /// `FlowExpired` where it has ended, or belongs to another browser.
    pub async fn required(visitor: &Visitor, flow: FlowId) -> Result<Self> {
        let browser = Binding(visitor.browser.digest());
        let preview = visitor.app.perform(visitor.caller(), PreviewFlow { flow, browser }).await?;
        visitor.noted.keep_opener();
        Ok(Self {
            flow: Some(flow),
            application: Some(preview.application.into()),
            login_hint: preview.login_hint,
            redirect_origin: preview.redirect_origin,
        })
    }

    /// What links between pages of the flow end in: `?flow=…`, or nothing.
    pub fn query(&self) -> String {
        self.flow.map(|flow| format!("?flow={flow}")).unwrap_or_default()
    }

    /// Where a person goes who has just signed in: on with the flow, or to one of our own pages.
    pub(super) fn after_sign_in(&self, otherwise: Destination) -> String {
        self.flow.map_or_else(|| otherwise.path().into(), |flow| format!("/oauth2/resume?flow={flow}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_carried_on() {
        assert_eq!(FlowContext::default().query(), "");
        assert_eq!(FlowContext::default().after_sign_in(Destination::Password), "/account/password");
        let flow = FlowId::fresh();
        let context = FlowContext { flow: Some(flow), ..FlowContext::default() };
        assert_eq!(context.query(), format!("?flow={flow}"));
        assert_eq!(context.after_sign_in(Destination::Password), format!("/oauth2/resume?flow={flow}"));
    }
}
