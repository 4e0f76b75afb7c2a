//! A person's browser: its cookie, the session it holds, and the tokens of the forms that are made for it.

use std::{ops::Deref, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, request::Parts},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    Call, CookieNames, Form, Params,
    cookies::{self, is_browser_id},
    forgery::{Provenance, judge_form},
};
use crate::{
    app::App,
    domain::{oauth::session_state::browser_state, sessions},
    kernel::{Caller, Code, Error, Principal, Result, secret::Secret},
    ports::random,
};

/// A browser that asks for a page or sends a form.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The request.
    pub call: Call,
    /// 256 random bits that stay with the browser; forms and flows are bound to them.
    pub browser: Secret,
    /// Who is signed in.
    pub principal: Option<Principal>,
    /// What the browser says its session is, to whoever asks in a frame.
    state: Option<Secret>,
    provenance: Provenance,
}

impl Visitor {
    /// The caller of an operation: the signed-in person, or nobody in particular.
    pub fn caller(&self) -> Caller {
        match &self.principal {
            Some(principal) => self.call.caller_for(principal),
            None => self.call.caller(),
        }
    }

    /// The signed-in person.
    ///
    /// # Errors
    /// `NotSignedIn`.
    pub fn person(&self) -> Result<&Principal> {
        self.principal.as_ref().ok_or_else(|| Code::NotSignedIn.because("Sign in first.").into())
    }

    /// The token of a form that is made for this browser.
    pub fn csrf(&self, form: Form) -> String {
        let purpose = form.purpose();
        URL_SAFE_NO_PAD.encode(self.app.macs.form.tag(&[self.browser.expose().as_bytes(), purpose.as_bytes()]))
    }

    /// Refuses a form that was not made for this browser, or that another site sent.
    ///
    /// # Errors
    /// `ForeignForm`.
    pub fn admit(&self, form: Form, params: &Params) -> Result<()> {
        let presented = URL_SAFE_NO_PAD.decode(params.field("csrf")?).unwrap_or_default();
        let purpose = form.purpose();
        let parts = [self.browser.expose().as_bytes(), purpose.as_bytes()];
        let token_ok = self.app.macs.form.verify(&parts, &presented);
        let Provenance { origin, fetch_site } = &self.provenance;
        Ok(judge_form(self.app.config.issuer.origin(), origin.as_deref(), fetch_site.as_deref(), token_ok)?)
    }

    /// Gives the browser a session's secret. The cookie lives as long as the session can.
    pub fn keep_session(&self, secret: &Secret) -> Result<()> {
        let names = CookieNames::of(&self.app.config.issuer);
        let seconds = self.app.config.sessions.absolute.seconds();
        self.noted.send_cookie(names.set(names.session(), secret, Some(seconds))?);
        Ok(())
    }

    /// Takes the session's cookie away.
    pub fn forget_session(&self) -> Result<()> {
        let names = CookieNames::of(&self.app.config.issuer);
        self.noted.send_cookie(names.set(names.session(), &Secret::new(""), Some(0))?);
        self.tell_state(None)
    }

    /// Lets the browser tell applications whether the session is still the present one (OpenID Connect Session Management).
    pub fn keep_state(&self) -> Result<()> {
        self.tell_state(self.principal.as_ref().map(|principal| browser_state(&self.app, principal.session)))
    }

    /// Sets or clears the state's cookie, where it does not say so already.
    fn tell_state(&self, state: Option<Secret>) -> Result<()> {
        if self.state != state {
            let names = CookieNames::of(&self.app.config.issuer);
            let seconds = if state.is_some() { self.app.config.sessions.absolute.seconds() } else { 0 };
            self.noted.send_cookie(names.set_state(&state.unwrap_or_else(|| Secret::new("")), seconds)?);
        }
        Ok(())
    }
}

impl Deref for Visitor {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let call = Call::from_request_parts(parts, app).await?;
        let names = CookieNames::of(&app.config.issuer);
        let principal = match cookies::value(&parts.headers, names.session()) {
            Some(secret) => sessions::resume::principal(app, &call.tenant, &secret, call.now).await?,
            None => None,
        };
        if let Some(principal) = &principal {
            call.noted.user(principal.user);
        }
        let browser = match cookies::value(&parts.headers, names.browser()).filter(is_browser_id) {
            Some(browser) => browser,
            None => {
                let fresh = random::token("")?;
                call.noted.send_cookie(names.set(names.browser(), &fresh, None)?);
                fresh
            }
        };
        let provenance = Provenance {
            origin: text(&parts.headers, &axum::http::header::ORIGIN),
            fetch_site: text(&parts.headers, &HeaderName::from_static("sec-fetch-site")),
        };
        let state = cookies::value(&parts.headers, names.state());
        let visitor = Self { call, browser, principal, state, provenance };
        if visitor.state.is_some() {
            visitor.keep_state()?; // the session may have ended elsewhere, or be another one
        }
        Ok(visitor)
    }
}

/// The text of a header; one that cannot be read is a text that fits nothing.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned())
}
