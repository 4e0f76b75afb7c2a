//! The person is asked, and answers.

use super::{Application, Binding, Flow, Progress, current, preview};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        consents::{self, Asked},
        oauth::{
            details::{self, Kinds, Told},
            scopes,
        },
        resources::{self, Resource},
    },
    kernel::{Code, Fact, Result, id::FlowId, scope::Scopes},
};

/// What the consent page shows.
#[derive(Debug, Clone)]
pub struct ConsentView {
    /// Who asks.
    pub application: Application,
    /// For what, in words.
    pub scopes: Vec<ScopeWords>,
    /// The APIs that it names.
    pub apis: Vec<Api>,
    /// What it asks for in detail (RFC 9396 §3.1: all of it is shown).
    pub details: Vec<Told>,
    /// The host that the answer goes to, in full.
    pub returns_to: String,
    /// Whether a program on the person's own device takes the answer: anybody may have put it there.
    pub to_device: bool,
}

/// An API that access is asked for (RFC 8707 §3: people ought to know where their tokens go).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// Its name.
    pub name: String,
    /// Its resource indicator.
    pub uri: String,
}

impl From<Resource> for Api {
    fn from(api: Resource) -> Self {
        Self { name: api.name, uri: api.uri }
    }
}

/// One scope, in words where there are any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeWords {
    /// The technical name.
    pub name: String,
    /// What allowing it means.
    pub words: String,
}

/// Reads what a consent page shows; changes nothing.
#[derive(Debug, Clone)]
pub struct ShowConsent {
    /// The flow.
    pub flow: FlowId,
    /// The browser that asks.
    pub browser: Binding,
}

impl Operation for ShowConsent {
    type Output = ConsentView;
    const NAME: &'static str = "consent.show";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<ConsentView> {
        let flow = Flow::find(cx, self.flow, self.browser).await?;
        let client = current::client(cx, &flow).await?;
        let request = &flow.request;
        let kinds = Kinds::of(cx, &request.details).await?;
        let apis = resources::judge_beside(cx, &client, &request.resources, &kinds.resources()).await?;
        Ok(ConsentView {
            apis: apis.into_iter().map(Api::from).collect(),
            details: details::in_words(&request.details, &kinds),
            scopes: in_words(&request.to_be_allowed()),
            to_device: !request.address.redirect_uri.starts_with("https://"),
            returns_to: preview::host(&request.address.redirect_uri),
            application: Application::of(&client, request.ui_locales.as_deref()),
        })
    }
}

/// Scopes as people read them: the known ones first, in their own order; then the client's own.
pub fn in_words(asked: &Scopes) -> Vec<ScopeWords> {
    let known = scopes::SCOPES.iter().filter(|scope| asked.has(scope.name));
    let known = known.map(|scope| ScopeWords { name: scope.name.into(), words: scope.words.into() });
    let others = asked.iter().filter(|name| scopes::words(name).is_none());
    known
        .chain(others.map(|name| ScopeWords { name: name.into(), words: format!("Use “{name}” in your name") }))
        .collect()
}

/// The person allows or denies.
#[derive(Debug, Clone)]
pub struct AnswerConsent {
    /// The flow.
    pub flow: FlowId,
    /// The browser that asks.
    pub browser: Binding,
    /// What they said.
    pub allow: bool,
}

impl Operation for AnswerConsent {
    type Output = Progress;
    const NAME: &'static str = "consent.answer";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Progress> {
        let mut flow = Flow::find(cx, self.flow, self.browser).await?;
        let client = current::client(cx, &flow).await?;
        let person = cx.person()?.clone();
        let tenant = cx.tenant().id;
        if !self.allow {
            flow.end(cx, true).await?;
            let refusal = Code::AccessDenied.because("the person did not allow it");
            let progress = current::refuse(cx, &flow, &client, &refusal).await?;
            cx.begin().await?.record(Fact::ConsentDenied.of(person.user).client(client.id).session(person.session));
            return Ok(progress);
        }
        let held = consents::store::find(cx.db().reader(), tenant, person.user, client.id).await?;
        let scope = flow.request.to_be_allowed();
        let request = &flow.request;
        let asked =
            Asked { scope: &scope, resources: &request.resources, details: &request.details, once: request.once };
        let consent = asked.added_to(held.consent, cx.now);
        // Steps before consent are judged again before anything is stored: none can be skipped by posting here. The word is not
        // kept: a flow that a parallel form has ended would come back to life.
        flow.consented = Some(person.authenticated_at);
        let progress = current::advance(cx, flow.clone(), &client, true).await?;
        if matches!(progress, Progress::Answer(_)) {
            let fact = Fact::ConsentGranted.of(person.user).client(client.id).session(person.session);
            let tx = cx.tx()?; // begun when the code was issued
            if !consents::store::allow(tx, (tenant, person.user, client.id), held.epoch, &consent).await? {
                return Err(Code::FlowExpired
                    .because("You took back what you allow this application meanwhile.")
                    .into());
            }
            let fact = fact.with("scope", consent.scope.to_string());
            tx.record(details::noted(fact, &flow.request.details));
        }
        Ok(progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_shown_and_known_ones_in_words() {
        let shown = in_words(&Scopes::parse("orders:read email openid").unwrap());
        let names: Vec<_> = shown.iter().map(|scope| scope.name.as_str()).collect();
        assert_eq!(names, ["openid", "email", "orders:read"]);
        assert_eq!(shown[1].words, "See your e-mail address");
    }
}
