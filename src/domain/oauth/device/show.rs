//! What a person is told before they sign a device in (RFC 8628 §5.4: enough to tell their own device from a stranger's).

use super::Visit;
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        oauth::{
            decoupled::Origin,
            details::{self, Kinds, Told},
            flow::{Api, Application, Binding, ScopeWords, in_words},
        },
        resources,
    },
    kernel::{Result, Time, id::FlowId},
};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct DeviceView {
    /// Who asks.
    pub application: Application,
    /// For what, in words.
    pub scopes: Vec<ScopeWords>,
    /// The APIs that it names.
    pub apis: Vec<Api>,
    /// What it asks for in detail.
    pub details: Vec<Told>,
    /// From where.
    pub origin: Origin,
    /// When.
    pub asked_at: Time,
    /// The code, as the device shows it.
    pub user_code: String,
}

/// Reads it; changes nothing.
#[derive(Debug, Clone)]
pub struct ShowDevice {
    /// The visit.
    pub flow: FlowId,
    /// The browser that asks.
    pub browser: Binding,
}

impl Operation for ShowDevice {
    type Output = DeviceView;
    const NAME: &'static str = "device.show";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<DeviceView> {
        let visit = Visit::required(cx, self.flow, self.browser).await?;
        let (request, client) = visit.open(cx).await?;
        let kinds = Kinds::of(cx, &request.details).await?;
        let apis = resources::judge_beside(cx, &client, &request.resources, &kinds.resources()).await?;
        Ok(DeviceView {
            apis: apis.into_iter().map(Api::from).collect(),
            details: details::in_words(&request.details, &kinds),
            application: Application::of(&client, None),
            scopes: in_words(&request.scope),
            origin: request.origin,
            asked_at: request.created_at,
            user_code: visit.user_code.expose().to_owned(),
        })
    }
}
