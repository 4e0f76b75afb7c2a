//! What stands between a request and its answer. Steps know nothing of each other; `next` is the only dispatcher.

use chrono::TimeDelta;

use crate::{
    domain::{
        consents::{Asked, Held, is_covered},
        oauth::request::Prompt,
    },
    kernel::{Code, Principal, Time},
};

use super::Flow;

/// Where things stand for a flow at one instant.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Who is signed in in this browser.
    pub person: Option<Principal>,
    /// The `sub` by which this client knows them.
    pub subject: Option<String>,
    /// Whether their address is verified.
    pub email_verified: bool,
    /// Whether the tenant demands that.
    pub verification_required: bool,
    /// What they allowed this client before, and the epoch of what it is granted now.
    pub held: Held,
    /// Whether the client is the operator's own.
    pub first_party: bool,
    /// Whether the client can prove that it is the one which was allowed (RFC 8252 §8.6).
    pub assured: bool,
}

impl Standing {
    /// Whether the person signed in after the flow began.
    fn is_fresh(&self, flow: &Flow) -> bool {
        self.person.as_ref().is_some_and(|person| person.authenticated_at >= flow.started_at)
    }
}

/// Whether a step has to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// No.
    Met,
    /// A page has to be shown.
    Page,
    /// No page can help: the client is told.
    Refused(Code),
}

/// One step: a page, and the pure judgment whether it is needed.
#[derive(Debug)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// Its page.
    pub path: &'static str,
    /// What the client is told where `prompt=none` forbids the page (OpenID Connect Core §3.1.2.6).
    pub silent: Code,
    /// Whether it is needed.
    pub need: fn(&Flow, &Standing, Time) -> Need,
}

/// Every step, in order.
pub const STEPS: &[Step] = &[
    Step {
        name: "select account",
        path: "/select-account",
        silent: Code::AccountSelectionRequired,
        need: select_account,
    },
    Step { name: "create an account", path: "/register", silent: Code::InteractionRequired, need: create },
    Step { name: "sign in", path: "/login", silent: Code::LoginRequired, need: sign_in },
    Step { name: "verify the address", path: "/verify-email", silent: Code::InteractionRequired, need: verify_email },
    Step { name: "consent", path: "/consent", silent: Code::ConsentRequired, need: consent },
];

/// What happens next in a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// This page is shown.
    Page(&'static str),
    /// The client is told no.
    Refuse(Code),
    /// The client gets its answer.
    Done,
}

/// The first step that is needed decides.
pub fn next(flow: &Flow, standing: &Standing, now: Time) -> Next {
    for step in STEPS {
        match (step.need)(flow, standing, now) {
            Need::Met => {}
            Need::Page if flow.request.prompts(Prompt::None) => return Next::Refuse(step.silent),
            Need::Page => return Next::Page(step.path),
            Need::Refused(code) => return Next::Refuse(code),
        }
    }
    Next::Done
}

fn needed(page: bool) -> Need {
    if page { Need::Page } else { Need::Met }
}

/// Asked for, somebody is signed in from before, and nothing was chosen yet.
fn select_account(flow: &Flow, standing: &Standing, _: Time) -> Need {
    needed(
        flow.request.prompts(Prompt::SelectAccount)
            && standing.person.is_some()
            && !standing.is_fresh(flow)
            && !flow.account_chosen,
    )
}

/// Asked for, and neither was an account made in this flow nor did somebody sign in after it began: whoever finds on that page
/// that they have an account may use it.
fn create(flow: &Flow, standing: &Standing, _: Time) -> Need {
    needed(flow.request.prompts(Prompt::Create) && !flow.registered && !standing.is_fresh(flow))
}

/// Nobody is signed in, or not the right person, or not recently enough. What was asked for afresh, only a sign-in after the
/// flow began satisfies.
fn sign_in(flow: &Flow, standing: &Standing, now: Time) -> Need {
    let Some(person) = &standing.person else { return Need::Page };
    let fresh = standing.is_fresh(flow);
    if flow.request.expected_subject.is_some() && flow.request.expected_subject != standing.subject {
        // They have just signed in, and it is somebody else: asking again would go on forever.
        return if fresh { Need::Refused(Code::LoginRequired) } else { Need::Page };
    }
    let age = now - person.authenticated_at;
    let too_old = flow.request.max_age.is_some_and(|max_age| age > TimeDelta::seconds(max_age.into()));
    let afresh = flow.request.prompts(Prompt::Login) || flow.request.prompts(Prompt::Create);
    needed(!fresh && (afresh || too_old))
}

fn verify_email(_: &Flow, standing: &Standing, _: Time) -> Need {
    needed(standing.verification_required && !standing.email_verified)
}

/// Asked for, or not covered by an earlier consent. Access while away is covered like any other scope, and never without
/// (OpenID Connect Core §11). A consent given in this flow counts for the sign-in that gave it.
fn consent(flow: &Flow, standing: &Standing, _: Time) -> Need {
    let given_now =
        flow.consented.is_some() && flow.consented == standing.person.as_ref().map(|person| person.authenticated_at);
    let asked_for = flow.request.prompts(Prompt::Consent);
    let scope = flow.request.to_be_allowed();
    let request = &flow.request;
    let asked = Asked { scope: &scope, resources: &request.resources, details: &request.details, once: request.once };
    let covered = is_covered(asked, standing.held.consent.as_ref(), standing.first_party, standing.assured);
    needed(!given_now && (asked_for || !covered))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            consents::{Consent, Epoch},
            oauth::{
                flow::Binding,
                request::{AuthorizationRequest, ClaimsRequest, ResponseMode, ResponseType, ReturnAddress},
            },
        },
        kernel::{
            Clock,
            assurance::Method,
            id::{SessionId, UserId},
            scope::Scopes,
            secret::Digest,
        },
    };

    fn flow(prompt: &[Prompt], now: Time) -> Flow {
        let request = AuthorizationRequest {
            client_id: "shop".into(),
            address: ReturnAddress {
                redirect_uri: "https://shop.example.test/cb".into(),
                mode: ResponseMode::QUERY,
                state: None,
            },
            response_type: ResponseType::CODE,
            scope: Scopes::parse("openid profile").unwrap(),
            nonce: None,
            prompt: prompt.to_vec(),
            max_age: None,
            login_hint: None,
            expected_subject: None,
            ui_locales: None,
            display: None,
            acr_values: vec![],
            claims: ClaimsRequest::default(),
            code_challenge: None,
            resources: vec![],
            details: Default::default(),
            once: false,
            dpop_jkt: None,
        };
        Flow::begin(request, Binding(Digest::of(b"browser")), now)
    }

    fn standing(now: Time, age: i64) -> Standing {
        let scope = Scopes::parse("openid profile").unwrap();
        let consent = Consent { scope, resources: vec![], details: Default::default(), since: now };
        Standing {
            person: Some(Principal {
                user: UserId::fresh(),
                session: SessionId::fresh(),
                authenticated_at: now - TimeDelta::seconds(age),
                methods: vec![Method::Password],
            }),
            subject: Some("alice".into()),
            email_verified: true,
            verification_required: true,
            held: Held { consent: Some(consent), epoch: Epoch::default() },
            first_party: false,
            assured: true,
        }
    }

    #[test]
    fn with_everything_settled_the_answer_follows() {
        let now = Clock::System.now();
        assert_eq!(next(&flow(&[], now), &standing(now, 100), now), Next::Done);
        assert_eq!(next(&flow(&[Prompt::None], now), &standing(now, 100), now), Next::Done);
    }

    #[test]
    fn each_missing_piece_has_its_page_and_its_silent_error() {
        let now = Clock::System.now();
        let settled = standing(now, 100);
        for (standing, page, silent) in [
            (Standing { person: None, ..settled.clone() }, "/login", Code::LoginRequired),
            (Standing { email_verified: false, ..settled.clone() }, "/verify-email", Code::InteractionRequired),
            (Standing { held: Held::default(), ..settled.clone() }, "/consent", Code::ConsentRequired),
            (Standing { assured: false, ..settled.clone() }, "/consent", Code::ConsentRequired),
        ] {
            assert_eq!(next(&flow(&[], now), &standing, now), Next::Page(page));
            assert_eq!(next(&flow(&[Prompt::None], now), &standing, now), Next::Refuse(silent));
        }
    }

    #[test]
    fn prompts_are_honored_once() {
        let now = Clock::System.now();
        let (old, fresh) = (standing(now, 100), standing(now, 0));
        assert_eq!(next(&flow(&[Prompt::Login], now), &old, now), Next::Page("/login"));
        assert_eq!(next(&flow(&[Prompt::Login], now), &fresh, now), Next::Done);
        assert_eq!(next(&flow(&[Prompt::SelectAccount], now), &old, now), Next::Page("/select-account"));
        assert_eq!(next(&flow(&[Prompt::SelectAccount], now), &fresh, now), Next::Done);
        let chosen = Flow { account_chosen: true, ..flow(&[Prompt::SelectAccount], now) };
        assert_eq!(next(&chosen, &old, now), Next::Done);
        let signed_out = Standing { person: None, ..old.clone() };
        assert_eq!(next(&flow(&[Prompt::SelectAccount], now), &signed_out, now), Next::Page("/login"));
        assert_eq!(next(&flow(&[Prompt::Consent], now), &old, now), Next::Page("/consent"));
        let allowed = Flow {
            consented: old.person.as_ref().map(|person| person.authenticated_at),
            ..flow(&[Prompt::Consent], now)
        };
        assert_eq!(next(&allowed, &old, now), Next::Done);
        assert_eq!(next(&allowed, &fresh, now), Next::Page("/consent"), "somebody else's consent does not count");
    }

    #[test]
    fn an_account_is_made_first_and_then_somebody_signs_in() {
        let now = Clock::System.now();
        let (old, fresh) = (standing(now, 100), standing(now, 0));
        let nobody = Standing { person: None, subject: None, ..old.clone() };
        let create = flow(&[Prompt::Create], now);
        for standing in [&nobody, &old] {
            assert_eq!(next(&create, standing, now), Next::Page("/register"));
        }
        let registered = Flow { registered: true, ..create.clone() };
        for standing in [&nobody, &old] {
            assert_eq!(next(&registered, standing, now), Next::Page("/login"), "not as whoever was here before");
        }
        for flow in [&create, &registered] {
            assert_eq!(next(flow, &fresh, now), Next::Done);
        }
    }

    #[test]
    fn max_age_counts_from_the_sign_in_and_zero_means_now() {
        let now = Clock::System.now();
        let with = |max_age| {
            let mut flow = flow(&[], now);
            flow.request.max_age = Some(max_age);
            flow
        };
        assert_eq!(next(&with(3600), &standing(now, 100), now), Next::Done);
        assert_eq!(next(&with(60), &standing(now, 100), now), Next::Page("/login"));
        assert_eq!(next(&with(0), &standing(now, 100), now), Next::Page("/login"));
        assert_eq!(next(&with(0), &standing(now, 0), now), Next::Done);
        assert_eq!(next(&with(1), &standing(now + TimeDelta::seconds(5), 0), now + TimeDelta::seconds(10)), Next::Done);
    }

    #[test]
    fn another_person_than_the_expected_one_is_never_answered_for() {
        let now = Clock::System.now();
        let mut flow = flow(&[], now);
        flow.request.expected_subject = Some("somebody else".into());
        assert_eq!(next(&flow, &standing(now, 100), now), Next::Page("/login"));
        assert_eq!(next(&flow, &standing(now, 0), now), Next::Refuse(Code::LoginRequired));
        flow.request.prompt = vec![Prompt::None];
        assert_eq!(next(&flow, &standing(now, 100), now), Next::Refuse(Code::LoginRequired));
        flow.request.expected_subject = Some("alice".into());
        assert_eq!(next(&flow, &standing(now, 100), now), Next::Done);
    }
}
