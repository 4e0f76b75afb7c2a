//! A person decides a request.

use super::{Kind, Request, store};
use crate::{
    app::Cx,
    domain::{
        clients::{self, Client},
        consents::{self, Asked, Consent},
        notices,
        oauth::{details, refresh::Authentication},
        users,
    },
    kernel::{Code, Fact, Principal, Result},
};

/// What a decision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// The client may collect its tokens.
    Allowed,
    /// It is told no.
    Denied,
}

/// A decision that the person may make.
#[derive(Debug)]
pub struct Judged {
    by: Principal,
    /// The sign-in in which it is allowed, and what the client is allowed then; none where it is refused.
    allowed: Option<(Authentication, Consent)>,
}

/// Whether whoever is signed in may decide like this. What is asked here is asked again by nobody: no step can be skipped by sending
/// the form of the last one.
///
/// What is allowed joins the person's consents, so that it is listed and can be withdrawn with them. A consent never answers such a
/// request, though: every one is decided.
///
/// # Errors
/// `email_unverified`.
pub async fn judge(cx: &Cx, request: &Request, client: &Client, allow: bool) -> Result<Judged> {
    let (by, tenant, db) = (cx.person()?.clone(), cx.tenant().id, cx.db().reader());
    if !allow {
        return Ok(Judged { by, allowed: None });
    }
    let user = users::store::find(db, tenant, by.user).await?;
    let verified = user.is_some_and(|user| user.email_verified_at.is_some());
    if cx.config().verification.required && !verified {
        return Err(Code::EmailUnverified.because("Confirm your e-mail address first.").into());
    }
    let held = consents::store::find(db, tenant, by.user, client.id).await?;
    let asked =
        Asked { scope: &request.scope, resources: &request.resources, details: &request.details, once: request.once };
    let consent = asked.added_to(held.consent, cx.now);
    let authentication = Authentication {
        at: by.authenticated_at,
        methods: by.methods.clone(),
        session: by.session,
        claims: Default::default(),
        epoch: held.epoch,
        ds_hash: None,
    };
    Ok(Judged { by, allowed: Some((authentication, consent)) })
}

impl Judged {
    /// Carries it out, in a transaction that it begins; none where it was somebody else's to decide, is decided already, or it is too
    /// late. Whoever is answered that has to refuse, so that nothing is written.
    ///
    /// # Errors
    /// `flow_expired` where the person took everything back meanwhile.
    pub async fn carry_out(self, cx: &mut Cx, request: &Request, client: &Client) -> Result<Option<Decided>> {
        let Self { by, allowed } = self;
        let tenant = request.tenant;
        let tx = cx.begin().await?;
        let authentication = allowed.as_ref().map(|(authentication, _)| authentication);
        if !request.is_for(by.user) || !store::decide(tx, request, by.user, authentication).await? {
            return Ok(None);
        }
        let about = |fact: Fact| fact.of(by.user).client(client.id).session(by.session);
        let (yes, no) = facts(request.kind);
        let Some((authentication, consent)) = allowed else {
            tx.record(about(no));
            return Ok(Some(Decided::Denied));
        };
        let whose = (tenant, by.user, client.id);
        if !consents::store::allow(tx, whose, authentication.epoch, &consent).await? {
            let words =
                "You took back what you allow this application meanwhile. Start again there if you want to go on.";
            return Err(Code::FlowExpired.because(words).into());
        }
        clients::registration::store::note_answer(tx, client).await?;
        notices::store::note_client(tx, tenant, by.session, client.id).await?; // it hears of the session's end
        tx.record(details::noted(about(yes).with("scope", request.scope.to_string()), &request.details));
        Ok(Some(Decided::Allowed))
    }
}

/// What the trail calls yes and no.
fn facts(kind: Kind) -> (Fact, Fact) {
    match kind {
        Kind::Device => (Fact::DeviceAllowed, Fact::DeviceDenied),
        Kind::Backchannel => (Fact::BackchannelAllowed, Fact::BackchannelDenied),
    }
}
