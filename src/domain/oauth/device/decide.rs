//! A person signs a device in, or does not (RFC 8628 §3.3).

use super::{DECISION_PAGE, Visit, visit};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        clients,
        consents::{self, Asked},
        notices,
        oauth::{
            decoupled::{self, Decision},
            details,
            flow::Binding,
            refresh::Authentication,
        },
        users,
    },
    kernel::{Code, Fact, Result, id::FlowId},
};

/// Decides. The page is always shown, whatever was allowed before: a code that somebody else sent must not do its work silently
/// (RFC 8628 §5.4).
#[derive(Debug, Clone)]
pub struct DecideDevice {
    /// The visit.
    pub flow: FlowId,
    /// The browser that asks.
    pub browser: Binding,
    /// What they said.
    pub allow: bool,
}

/// What it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// The device may collect its tokens.
    Allowed,
    /// It is told no.
    Denied,
}

impl Operation for DecideDevice {
    type Output = Decided;
    const NAME: &'static str = "device.decide";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Decided> {
        let visit = Visit::required(cx, self.flow, self.browser).await?;
        let (request, client) = visit.open(cx).await?;
        let (person, tenant, db) = (cx.person()?.clone(), cx.tenant().id, cx.db().reader());
        // No step can be skipped by posting here.
        let user = users::store::find(db, tenant, person.user).await?.map(|user| user.email_verified_at);
        if self.allow && visit::page(user, cx.config().verification.required) != DECISION_PAGE {
            return Err(Code::EmailUnverified.because("Confirm your e-mail address first.").into());
        }
        let held = consents::store::find(db, tenant, person.user, client.id).await?;
        let asked = Asked {
            scope: &request.scope,
            resources: &request.resources,
            details: &request.details,
            once: request.once,
        };
        let consent = asked.added_to(held.consent, cx.now);
        let authentication = Authentication {
            at: person.authenticated_at,
            methods: person.methods,
            session: person.session,
            claims: Default::default(),
            epoch: held.epoch,
            ds_hash: None,
        };
        let decision = self.allow.then_some(Decision { user: person.user, authentication });
        visit.end(cx).await?;
        let tx = cx.begin().await?;
        if !decoupled::store::decide(tx, tenant, request.id, decision.as_ref()).await? {
            return Err(visit::over());
        }
        let about = |fact: Fact| fact.of(person.user).client(client.id).session(person.session);
        if !self.allow {
            tx.record(about(Fact::DeviceDenied));
            return Ok(Decided::Denied);
        }
        if !consents::store::allow(tx, (tenant, person.user, client.id), held.epoch, &consent).await? {
            let words = "You took back what you allow this application meanwhile. Your device can show a new code.";
            return Err(Code::FlowExpired.because(words).into());
        }
        clients::registration::store::note_answer(tx, &client).await?;
        notices::store::note_client(tx, tenant, person.session, client.id).await?; // it hears of the session's end
        let fact = about(Fact::DeviceAllowed).with("scope", request.scope.to_string());
        tx.record(details::noted(fact, &request.details));
        Ok(Decided::Allowed)
    }
}
