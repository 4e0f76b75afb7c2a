//! What pages inside a flow may show of the application.

use url::Url;

use super::{Binding, current, pending::Pending};
use crate::{
    app::{Cx, Guard, Operation},
    domain::clients::Client,
    kernel::{Result, Time, id::FlowId},
};

/// An application, as people see it.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Its logo.
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms of service.
    pub tos_uri: Option<String>,
    /// Its home page.
    pub client_uri: Option<String>,
    /// The host that answers go to, in ASCII form: mixed scripts cannot pose as another.
    pub host: String,
    /// Since when it is registered.
    pub since: Time,
    /// The address by which it is known, where nobody registered it: then `host` is that of this address
    /// (draft-ietf-oauth-client-id-metadata-document §8.5).
    pub described_at: Option<String>,
}

impl Application {
    /// The application behind a client, in the first of these languages that it has words for (`ui_locales`).
    pub fn of(client: &Client, locales: Option<&str>) -> Self {
        let described_at = client.metadata.metadata_document.then(|| client.client_id.clone());
        let address = described_at.iter().chain(&client.redirect_uris).chain(&client.client_uri).next();
        let text = |name: &str, usual: &str| client.text_in(name, locales.unwrap_or_default(), usual).to_owned();
        let link = |name: &str, usual: &Option<String>| usual.as_ref().map(|usual| text(name, usual));
        Self {
            name: text("client_name", &client.client_name),
            logo_uri: link("logo_uri", &client.logo_uri),
            policy_uri: link("policy_uri", &client.policy_uri),
            tos_uri: link("tos_uri", &client.tos_uri),
            client_uri: link("client_uri", &client.client_uri),
            host: address.map(|uri| host(uri)).unwrap_or_default(),
            since: client.created_at,
            described_at,
        }
    }
}

/// What a page shows of the flow it is in.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Who asks.
    pub application: Application,
    /// Who the application thinks it is.
    pub login_hint: Option<String>,
    /// Where the answer goes: scheme, host and port, for the page's `form-action`. Nowhere, where a device waits for it.
    pub redirect_origin: Option<String>,
}

/// Reads it; changes nothing.
#[derive(Debug, Clone)]
pub struct PreviewFlow {
    /// The flow.
    pub flow: FlowId,
    /// The browser that asks.
    pub browser: Binding,
}

impl Operation for PreviewFlow {
    type Output = Preview;
    const NAME: &'static str = "authorization.preview";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Preview> {
        let flow = match Pending::find(cx, self.flow, self.browser).await? {
            Pending::Authorization(flow) => flow,
            Pending::Device(visit) => {
                let (_, client) = visit.open(cx).await?;
                let application = Application::of(&client, None);
                return Ok(Preview { application, login_hint: None, redirect_origin: None });
            }
        };
        let client = current::client(cx, &flow).await?;
        Ok(Preview {
            application: Application::of(&client, flow.request.ui_locales.as_deref()),
            login_hint: flow.request.login_hint,
            redirect_origin: Some(origin(&flow.request.address.redirect_uri)),
        })
    }
}

/// What a Content-Security-Policy can name of a redirect URI: its origin, or its scheme where it has none of its own.
pub fn origin(redirect_uri: &str) -> String {
    match Url::parse(redirect_uri) {
        Ok(url) if url.origin().is_tuple() => url.origin().ascii_serialization(),
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => String::new(),
    }
}

/// The host of an address, with its port, in ASCII form; the scheme, for an application's own.
pub fn host(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(url) if url.has_host() => match (url.host_str().unwrap_or_default(), url.port()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        },
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_can_name_the_address() {
        assert_eq!(origin("https://shop.example.test/cb?x=1"), "https://shop.example.test");
        assert_eq!(origin("http://127.0.0.1:9601/cb"), "http://127.0.0.1:9601");
        assert_eq!(origin("com.example.app:/cb"), "com.example.app:");
    }
}
