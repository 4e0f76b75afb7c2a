//! One navigation: the request, its redirects, and where they end.

use axum::http::{Method, header};
use url::Url;

use super::{Arrival, Browser, Page, Window};
use crate::world::ISSUER;

/// As desktop Chromium says it.
const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
/// No flow has more.
const MOST_REDIRECTS: usize = 10;

/// Who began a navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Initiator {
    /// The person, in the address bar.
    Typed,
    /// A page of ours.
    Page,
    /// A page of an application.
    Client,
}

/// A navigation.
pub(super) struct Visit {
    method: Method,
    url: Url,
    body: Option<String>,
    initiator: Initiator,
    targets: Option<Vec<String>>,
}

impl Visit {
    pub(super) fn get(address: &str, initiator: Initiator) -> Self {
        Self { method: Method::GET, url: resolve(address), body: None, initiator, targets: None }
    }

    pub(super) fn post(address: &str, body: String, initiator: Initiator) -> Self {
        Self { method: Method::POST, url: resolve(address), body: Some(body), initiator, targets: None }
    }

    /// Held to the `form-action` of the page whose form it is, redirects included, as Chromium holds it.
    pub(super) fn within(mut self, targets: Vec<String>) -> Self {
        self.targets = Some(targets);
        self
    }

    fn is_ours(&self) -> bool {
        self.url.as_str().starts_with(&format!("{ISSUER}/"))
    }

    fn judge_target(&self) {
        let Some(targets) = &self.targets else { return };
        let scheme = format!("{}:", self.url.scheme());
        let origin = self.url.origin().ascii_serialization();
        let allowed = targets
            .iter()
            .any(|each| if each == "'self'" { self.is_ours() } else { *each == origin || *each == scheme });
        assert!(allowed, "form-action {targets:?} forbids {}", self.url);
    }
}

impl Browser {
    /// Goes where a visit leads.
    pub(super) async fn walk(&mut self, mut visit: Visit) -> &mut Self {
        for _ in 0..MOST_REDIRECTS {
            visit.judge_target();
            if !visit.is_ours() {
                self.window = Window::Client(arrive(visit));
                return self;
            }
            let answer = self.request(&visit).await;
            self.cookies.take(&answer.headers, self.world.now());
            let location = answer.header("location");
            if !answer.status.is_redirection() || location.is_empty() {
                let address = visit.url.as_str().strip_prefix(ISSUER).unwrap().to_owned();
                self.window = Window::Page(Box::new(Page::read(&address, answer)));
                return self;
            }
            // RFC 9700 §4.12: no credentials are sent on.
            assert_eq!(answer.status.as_u16(), 303, "a redirect that may repeat the body");
            visit = Visit { method: Method::GET, url: resolve_from(&visit.url, location), body: None, ..visit };
        }
        panic!("the redirects do not end: {}", visit.url);
    }

    async fn request(&self, visit: &Visit) -> crate::world::Answer {
        let path = visit.url.as_str().strip_prefix(ISSUER).unwrap();
        let same_site = visit.initiator != Initiator::Client;
        let site = match visit.initiator {
            Initiator::Typed => "none",
            Initiator::Page => "same-origin",
            Initiator::Client => "cross-site",
        };
        let mut call = self
            .world
            .call(visit.method.clone(), path)
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("sec-fetch-site", site)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document");
        if let Some(address) = &self.address {
            call = call.from(address);
        }
        let safe = visit.method == Method::GET;
        if let Some(cookies) = self.cookies.header(same_site, safe, self.world.now()) {
            call = call.header(header::COOKIE, &cookies);
        }
        if let Some(body) = &visit.body {
            let origin = if same_site { ISSUER } else { "https://client.example.test" };
            call = call.header(header::ORIGIN, origin).body("application/x-www-form-urlencoded", body.clone());
        }
        call.send().await
    }
}

/// What an application gets.
fn arrive(visit: Visit) -> Arrival {
    let Visit { method, mut url, body, .. } = visit;
    let fragment = url.fragment().map(str::to_owned);
    let sent = match (&body, &fragment) {
        (Some(body), _) => body.clone().into_bytes(),
        (None, Some(fragment)) => fragment.clone().into_bytes(),
        (None, None) => url.query().unwrap_or_default().to_owned().into_bytes(),
    };
    let mut parameters = std::collections::BTreeMap::new();
    for (name, value) in form_urlencoded::parse(&sent) {
        assert!(parameters.insert(name.clone().into_owned(), value.into_owned()).is_none(), "{name} stands twice");
    }
    if fragment.is_none() {
        url.set_query(None);
    }
    url.set_fragment(None);
    Arrival { method, url, parameters, fragment: fragment.is_some() }
}

fn resolve(address: &str) -> Url {
    resolve_from(&Url::parse(ISSUER).unwrap(), address)
}

fn resolve_from(base: &Url, address: &str) -> Url {
    base.join(address).unwrap_or_else(|error| panic!("{address}: {error}"))
}
