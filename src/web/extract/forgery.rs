//! Forms that another site made are refused: a token bound to the browser, and what the browser says about where the
//! form came from.

use crate::kernel::{
    Code, Principal, Refusal,
    id::{FlowId, SessionId},
};

/// What a form is for. Its token is good for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Sign in.
    SignIn,
    /// Register, verify an address, ask for another code.
    SignUp,
    /// Ask for a new password, and choose one.
    Recovery,
    /// Change something of one's own account; dies with the session.
    Account(SessionId),
    /// A step of an authorization request that somebody takes who is not signed in.
    Flow(FlowId),
    /// A step that a person takes whom the page names: consent, choice of account, a device. In another session it is worth nothing,
    /// and so whoever signs in after them decides nothing on their page.
    Decision(FlowId, SessionId),
    /// Enter a device's code.
    Device,
    /// Sign out.
    SignOut,
}

impl Form {
    /// A step of an authorization request, for whoever is signed in.
    pub fn step(flow: FlowId, principal: Option<&Principal>) -> Self {
        principal.map_or(Self::Flow(flow), |principal| Self::Decision(flow, principal.session))
    }

    /// What the token is bound to besides the browser.
    pub fn purpose(self) -> String {
        match self {
            Self::SignIn => "sign-in".into(),
            Self::SignUp => "sign-up".into(),
            Self::Recovery => "recovery".into(),
            Self::Account(session) => format!("account {session}"),
            Self::Flow(flow) => format!("flow {flow}"),
            Self::Decision(flow, session) => format!("flow {flow} {session}"),
            Self::Device => "device".into(),
            Self::SignOut => "sign-out".into(),
        }
    }
}

/// What the browser said about a form that was sent.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// The `Origin` header.
    pub origin: Option<String>,
    /// The `Sec-Fetch-Site` header.
    pub fetch_site: Option<String>,
}

/// Judges a form: its token must be right, and nothing the browser says may contradict it.
///
/// `Sec-Fetch-Site` must be `same-origin` where it is sent. `Origin` must be ours; `null` (a sandbox, or a referrer
/// policy that hides it) is taken only when `Sec-Fetch-Site` vouches for it. Neither header: not a browser that can be
/// made to send a form, and the token, bound to a `SameSite` cookie, is proof enough. (ASVS 3.5.1–3.5.3, security.md
/// 87.)
pub fn judge_form(ours: &str, origin: Option<&str>, fetch_site: Option<&str>, token_ok: bool) -> Result<(), Refusal> {
    let vouched = match fetch_site {
        None => false,
        Some("same-origin") => true,
        Some(site) => return Err(foreign(format!("Sec-Fetch-Site: {site}"))),
    };
    match origin {
        Some("null") if !vouched => return Err(foreign("Origin: null".into())),
        Some(origin) if origin != "null" && origin != ours => return Err(foreign(format!("Origin: {origin}"))),
        _ => {}
    }
    if token_ok { Ok(()) } else { Err(foreign("the token is missing or wrong".into())) }
}

fn foreign(hidden: String) -> Refusal {
    Code::ForeignForm
        .because("This form was not made for this browser, or is too old. Open the page again and send it from there.")
        .hiding(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://id.example.test";

    fn taken(origin: Option<&str>, fetch_site: Option<&str>, token_ok: bool) -> bool {
        judge_form(OURS, origin, fetch_site, token_ok).is_ok()
    }

    #[test]
    fn our_own_form_is_taken() {
        assert!(taken(Some(OURS), Some("same-origin"), true));
        assert!(taken(Some(OURS), None, true));
        assert!(taken(None, Some("same-origin"), true));
        assert!(taken(None, None, true));
        assert!(taken(Some("null"), Some("same-origin"), true));
    }

    #[test]
    fn a_form_of_another_site_is_refused_even_with_a_token() {
        for site in ["cross-site", "same-site", "none", "nonsense"] {
            assert!(!taken(Some(OURS), Some(site), true), "{site}");
            assert!(!taken(None, Some(site), true), "{site}");
        }
        assert!(!taken(Some("https://evil.test"), None, true));
        assert!(!taken(Some("https://evil.test"), Some("same-origin"), true));
        assert!(!taken(Some("https://id.example.test.evil.test"), None, true));
        assert!(!taken(Some("http://id.example.test"), None, true));
        assert!(!taken(Some("null"), None, true));
        assert!(!taken(Some("null"), Some("cross-site"), true));
    }

    #[test]
    fn a_form_without_its_token_is_refused() {
        assert!(!taken(Some(OURS), Some("same-origin"), false));
        assert!(!taken(None, None, false));
    }

    #[test]
    fn purposes_differ() {
        let (one, other) = (FlowId::fresh(), FlowId::fresh());
        let forms = [
            Form::SignIn,
            Form::SignUp,
            Form::Recovery,
            Form::Device,
            Form::SignOut,
            Form::Flow(one),
            Form::Flow(other),
        ];
        let purposes: std::collections::HashSet<_> = forms.iter().map(|form| form.purpose()).collect();
        assert_eq!(purposes.len(), forms.len());
    }
}
